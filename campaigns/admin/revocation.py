"""Record a revocation that did not come by text: whose, by which road, and what it ends."""

from datetime import datetime
from typing import Any

from django import forms
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse

from campaigns import intake, tasks
from campaigns.intake import Effect, Revocation
from consent import clock, contacts
from consent.admin.base import RecordPages, shown_number
from consent.admin.serious import SeriousAction, ask
from consent.forms import LookUpForm, MomentInput, ReasonForm
from consent.models import Contact
from consent.vocabulary import Source

RECORDS = "consent.record_opt_out"
ROADS = {
    Source.PHONE_CALL: "Phone call",
    Source.VOICEMAIL: "Voicemail",
    Source.EMAIL: "E-mail",
    Source.LETTER: "Letter",
    Source.WEB_FORM: "Web form or chat",
    Source.POINT_OF_SALE: "In the shop",
    Source.PAPER_FORM: "Paper form",
    Source.OTHER: "Another way",
}
LARGEST = 10  # MB; a scan or a recording
MINUTES = int(intake.TOLD_WITHIN.total_seconds() // 60)


class RevocationForm(ReasonForm):
    """Ask what, how, when and who took it; previews stand beside what may be chosen."""

    topic = forms.ChoiceField(
        label="What they want to leave", required=False, widget=forms.RadioSelect
    )
    source = forms.ChoiceField(label="How it came", choices=list(ROADS.items()))
    occurred_at = forms.DateTimeField(
        label="When it reached us",
        widget=MomentInput(),
        help_text="The legal deadline runs from this moment, not from when you type it. Later than "
        f"{MINUTES} minutes after it no text acknowledges it.",
    )
    taken_by = forms.CharField(
        label="Who took it",
        required=False,
        max_length=100,
        widget=forms.TextInput(attrs={"class": "vTextField", "autocomplete": "off"}),
        help_text="Who spoke with them or opened the letter, if it was not you.",
    )
    words = forms.CharField(
        label="What they said",
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="In their words, as far as you have them. Kept as evidence.",
    )
    file = forms.FileField(
        label="File",
        required=False,
        help_text=f"The letter, the e-mail, the recording: up to {LARGEST} MB. Kept as evidence; "
        "its own name is not.",
    )
    field_order = ("topic", "source", "occurred_at", "taken_by", "words", "file", "reason")

    def __init__(self, *args: Any, effects: list[Effect], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["topic"].choices = [  # type: ignore[attr-defined]
            (each.scope.key, f"{each.scope.name}: {_in_short(each)}") for each in effects
        ]

    def clean_occurred_at(self) -> datetime:
        """Refuse what has not happened yet."""
        moment: datetime = self.cleaned_data["occurred_at"]
        if moment > clock.now():
            raise forms.ValidationError("This moment has not come yet.")
        return moment

    def clean_file(self) -> Any:
        """Refuse what is too large to keep."""
        file = self.cleaned_data["file"]
        if file is not None and file.size > LARGEST * 1024 * 1024:
            raise forms.ValidationError(f"The file is larger than {LARGEST} MB.")
        return file


def leave(request: HttpRequest, admin: RecordPages, contact: Contact) -> HttpResponse:
    """Show what leaving each thing would do to this person, and record what they chose."""
    staff = request.user
    assert staff.is_authenticated  # the admin lets nobody else in
    found = intake.effects(contact)
    by_key = {each.scope.key: each for each in found}

    def act(given: dict[str, Any]) -> str:
        scope = by_key[given["topic"]].scope
        revocation = Revocation(
            source=Source(given["source"]),
            received_at=given["occurred_at"],
            taken_by=given["taken_by"],
            words=given["words"],
            note=given["reason"],
            file=given["file"],
        )
        with transaction.atomic():
            events, message = intake.record(contact, scope, revocation, by=staff)
            if message is not None:
                tasks.wake(message.origination_number_id)
        count = f"{len(events)} event{'s'[: len(events) > 1]} recorded"
        told = "one text acknowledges it" if message else "no text acknowledges it"
        return f"Opted out: {scope.name}; {count}, {told}."

    names = ", ".join(str(topic) for topic in by_key[""].ends) or "nothing at present"
    waiting = by_key[""].stops
    plural = "s wait" if waiting > 1 else " waits"
    return ask(
        request,
        admin,
        contact,
        SeriousAction(
            title=f"Record an opt-out of {shown_number(request, contact)}",
            button="Record the opt-out",
            effects=[
                f"The person gets texts about: {names}.",
                f"{waiting or 'No'} text{plural} to be sent to them.",
                "Nothing more is sent to them on what you choose; what still waits is refused.",
                "The ledger keeps it for good. Only the person's own new opt-in ends it.",
                *_silences(by_key[""]),
            ],
            shown=_texts(found),
            form=lambda *args, **kwargs: RevocationForm(*args, effects=found, **kwargs),
            initial={"topic": "", "source": Source.PHONE_CALL, "occurred_at": clock.now()},
            act=act,
            danger=True,
        ),
    )


def begin(request: HttpRequest, admin: RecordPages) -> HttpResponse:
    """Find whose revocation it is by number, in any spelling and by POST alone (P10).

    A number that we never heard of may be left alone, too: its contact is made when asked for.
    """
    admin.require(request, RECORDS)
    form = LookUpForm(request.POST or None)
    unknown = False
    if request.method == "POST" and form.is_valid():
        number = form.cleaned_data["number"]
        contact = form.found()
        if contact is None and "make" in request.POST:
            made = contacts.contacts_for([number], reason="Asked to be left alone")
            contact = made[number.e164]
        if contact is not None:
            return HttpResponseRedirect(admin.page_url("opt-out", contact))
        unknown = True
    return TemplateResponse(
        request,
        "admin/consent/contact/revocation.html",
        {
            **admin.admin_site.each_context(request),
            "title": "Record a revocation",
            "form": form,
            "unknown": unknown,
            "opts": admin.model._meta,
        },
    )


def _in_short(effect: Effect) -> str:
    """Say what choosing it would end and stop."""
    if effect.scope.topic is not None:
        ends = "ends it" if effect.ends else "not joined"
    else:
        ends = f"ends {len(effect.ends)} topic{'' if len(effect.ends) == 1 else 's'}"
        ends += "" if effect.scope.brand is not None else ", and those to come"
    if not effect.stops:
        return ends
    return f"{ends}; {effect.stops} waiting text{'' if effect.stops == 1 else 's'} refused"


def _silences(effect: Effect) -> list[str]:
    return [f"No text acknowledges it: {effect.silent}."] if effect.silent else []


def _texts(effects: list[Effect]) -> list[tuple[str, str]]:
    """Show each text that may acknowledge it, under what it is sent for."""
    chosen_by: dict[tuple[str, str], list[str]] = {}
    for each in effects:
        if each.text and (each.ends or not each.scope.key):
            key = (str(each.number), each.text)
            chosen_by.setdefault(key, []).append(each.scope.name)
    return [
        (
            f"Texted once from {number} if it came within {MINUTES} minutes ({'; '.join(names)})",
            text,
        )
        for (number, text), names in chosen_by.items()
    ]
