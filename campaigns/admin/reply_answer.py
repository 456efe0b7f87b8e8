"""The page that answers a reply: the words, what clearance says, and why."""

from typing import Any

from django import forms
from django.db import transaction
from django.http import HttpRequest, HttpResponse

from campaigns import staff_answers
from campaigns.clearance import Outcome
from campaigns.models import Reply, SavedAnswer
from campaigns.tasks import wake
from consent.admin.base import RecordPages
from consent.admin.serious import Refused, SeriousAction, ask
from consent.forms import ReasonForm
from consent.zone_names import with_zone_names


class AnswerForm(ReasonForm):
    """Ask for the words, saved ones or one's own."""

    saved = forms.ModelChoiceField(
        SavedAnswer.objects.none(), label="Saved answer", required=False, empty_label="None"
    )
    text = forms.CharField(
        label="Answer",
        required=False,
        max_length=1600,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Empty: the saved answer as it is. It answers them and markets nothing.",
    )
    field_order = ("saved", "text", "reason")

    def __init__(self, *args: Any, saved: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["saved"].queryset = saved  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Take the saved words where none were typed."""
        given = super().clean() or self.cleaned_data
        saved = given.get("saved")
        given["words"] = given.get("text") or (saved.text if saved else "")
        if not given["words"] and "text" not in self.errors:
            self.add_error("text", "Write the answer, or choose a saved one.")
        return given


def answer_page(request: HttpRequest, admin: RecordPages, reply: Reply) -> HttpResponse:
    """Show what clearance says of an answer, and send it."""
    topic = staff_answers.topic_spoken_of(reply)
    clearance = staff_answers.clearance_of(reply, topic)
    said = with_zone_names(clearance.sentence)
    offered = [row.pk for row, _ in staff_answers.saved_for(reply, topic)]
    saved = SavedAnswer.objects.filter(pk__in=offered)

    def act(given: dict[str, Any]) -> str:
        try:
            with transaction.atomic():
                made = staff_answers.answer(
                    reply, given["words"], by=request.user, note=given["reason"]
                )
                wake(made.message.origination_number_id)
        except staff_answers.CannotAnswer as fault:
            raise Refused(str(fault)) from fault
        waits = ""
        if made.clearance.outcome is Outcome.HOLD:
            waits = f" It waits. {with_zone_names(made.clearance.sentence)}"
        return f"Message #{made.message.pk} answers reply #{reply.pk}.{waits}"

    return ask(
        request,
        admin,
        reply,
        SeriousAction(
            title=f"Answer reply #{reply.pk}?",
            button="Send the answer",
            effects=[
                f"One text goes to them from {reply.origination_number or 'no number'}.",
                f"Clearance says now: {said}",
                "It is asked once more before the text leaves.",
                "The reply leaves the queue, unless it looks like a revocation.",
            ],
            shown=[("They wrote", reply.body)],
            form=lambda *args, **kwargs: AnswerForm(*args, saved=saved, **kwargs),
            act=act,
            may=clearance.outcome is not Outcome.REFUSE,
            why_not=f"An answer must not be sent. {said}",
        ),
    )
