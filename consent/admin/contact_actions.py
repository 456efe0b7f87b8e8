"""What staff record about a contact, through the ledger and with a reason."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse

from consent import clock
from consent.admin.base import RecordPages, shown_number
from consent.admin.serious import Refused, SeriousAction, ask
from consent.choices import choices
from consent.forms import MomentInput, ReasonForm
from consent.ledger import EventDraft, EvidenceDraft, record
from consent.models import Contact, Topic
from consent.vocabulary import EventKind, Source, Standing

EVERYTHING = ""
ROADS = {
    Source.PHONE_CALL,
    Source.EMAIL,
    Source.LETTER,
    Source.PAPER_FORM,
    Source.POINT_OF_SALE,
    Source.OTHER,
}


class AboutForm(ReasonForm):
    """Ask which topic, or everything, and why."""

    topic = forms.ChoiceField(required=False)
    field_order: tuple[str, ...] = ("topic", "reason")

    def __init__(self, *args: Any, topics: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["topic"].choices = topics  # type: ignore[attr-defined]


class OptOutForm(AboutForm):
    """Ask how and when a person said that they want no more texts."""

    source = forms.ChoiceField(
        label="How it came", choices=[pair for pair in choices(Source) if pair[0] in ROADS]
    )
    occurred_at = forms.DateTimeField(
        label="When they said so",
        widget=MomentInput(),
        help_text="The legal deadline runs from this moment, not from when you type it.",
    )
    words = forms.CharField(
        label="What they said",
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="In their words, as far as you have them. Kept as evidence.",
    )
    field_order = ("topic", "source", "occurred_at", "words", "reason")

    def clean_occurred_at(self) -> datetime:
        """Refuse what has not happened yet."""
        moment: datetime = self.cleaned_data["occurred_at"]
        if moment > clock.now():
            raise forms.ValidationError("This moment has not come yet.")
        return moment


def leave(
    request: HttpRequest, admin: RecordPages, contact: Contact, stops: Sequence[str]
) -> HttpResponse:
    """Record an opt-out that did not come by text; `stops` says what else it stops."""
    joined = [
        row
        for row in contact.subscriptions.select_related("topic__brand")
        if row.topic and row.standing in {Standing.OPTED_IN, Standing.PENDING}
    ]
    others = Topic.objects.exclude(pk__in=[row.topic_id for row in joined]).select_related("brand")
    topics = [(EVERYTHING, "Everything, now and later topics too")]
    topics += [(str(row.topic_id), str(row.topic)) for row in joined]
    topics += [(str(topic.pk), f"{topic} (not joined)") for topic in others]

    def act(given: dict[str, Any]) -> str:
        record(
            EventDraft(
                contact=contact.pk,
                topic=int(given["topic"]) if given["topic"] else None,
                kind=EventKind.OPTED_OUT,
                source=Source(given["source"]),
                occurred_at=given["occurred_at"],
                recorded_by=request.user.pk,
                note=given["reason"],
                evidence=EvidenceDraft(words_received=given["words"]),
            )
        )
        return f"Opted out: {dict(topics)[given['topic']]}."

    names = ", ".join(str(row.topic) for row in joined) or "nothing at present"
    return ask(
        request,
        admin,
        contact,
        SeriousAction(
            title=f"Record an opt-out of {shown_number(request, contact)}",
            button="Record the opt-out",
            effects=[
                f"The person gets texts about: {names}.",
                *stops,
                "Nothing more is sent to them on what you choose; what still waits is refused.",
                "The ledger keeps it for good. Only the person's own new opt-in ends it.",
            ],
            form=lambda *args, **kwargs: OptOutForm(*args, topics=topics, **kwargs),
            initial={"source": Source.PHONE_CALL, "occurred_at": clock.now()},
            act=act,
            danger=True,
        ),
    )


def suppress(request: HttpRequest, admin: RecordPages, contact: Contact) -> HttpResponse:
    """Bar a contact from texts on one topic or on all."""
    topics = [(EVERYTHING, "Everything")]
    topics += [(str(topic.pk), str(topic)) for topic in Topic.objects.select_related("brand")]

    def act(given: dict[str, Any]) -> str:
        record(_draft(request, contact, EventKind.SUPPRESSED, given))
        return f"Suppressed: {dict(topics)[given['topic']]}."

    return ask(
        request,
        admin,
        contact,
        SeriousAction(
            title=f"Suppress {shown_number(request, contact)}",
            button="Suppress",
            effects=[
                "No text on what you choose reaches this number, whatever its owner agreed to.",
                "Their consents stay as they are; lifting the suppression brings them back.",
            ],
            form=lambda *args, **kwargs: AboutForm(*args, topics=topics, **kwargs),
            act=act,
            danger=True,
        ),
    )


def lift(request: HttpRequest, admin: RecordPages, contact: Contact) -> HttpResponse:
    """Lift one of the suppressions of a contact."""
    barred = list(contact.suppressions.select_related("topic__brand"))
    topics = [
        (str(row.topic_id or EVERYTHING), str(row.topic) if row.topic else "Everything")
        for row in barred
    ]

    def act(given: dict[str, Any]) -> str:
        if given["topic"] not in dict(topics):
            raise Refused("There is no such suppression.")
        record(_draft(request, contact, EventKind.SUPPRESSION_LIFTED, given))
        return f"Suppression lifted: {dict(topics)[given['topic']]}."

    return ask(
        request,
        admin,
        contact,
        SeriousAction(
            title=f"Lift a suppression of {shown_number(request, contact)}",
            button="Lift it",
            effects=[
                f"{row.topic or 'Everything'}: barred since {row.since:%Y-%m-%d} because "
                f"“{row.reason}”."
                for row in barred
            ]
            + ["Where they are opted in, texts reach them again."],
            form=lambda *args, **kwargs: AboutForm(*args, topics=topics, **kwargs),
            act=act,
            may=bool(barred),
            why_not="Nothing is suppressed.",
        ),
    )


def _draft(
    request: HttpRequest, contact: Contact, kind: EventKind, given: dict[str, Any]
) -> EventDraft:
    return EventDraft(
        contact=contact.pk,
        topic=int(given["topic"]) if given["topic"] else None,
        kind=kind,
        source=Source.STAFF,
        recorded_by=request.user.pk,
        note=given["reason"],
    )
