"""What staff record about a contact, through the ledger and with a reason."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse

from consent.admin.base import RecordPages, shown_number
from consent.admin.serious import Refused, SeriousAction, ask
from consent.forms import ReasonForm
from consent.ledger import EventDraft, record
from consent.models import Contact, Topic
from consent.vocabulary import EventKind, Source

EVERYTHING = ""


class AboutForm(ReasonForm):
    """Ask which topic, or everything, and why."""

    topic = forms.ChoiceField(required=False)
    field_order: tuple[str, ...] = ("topic", "reason")

    def __init__(self, *args: Any, topics: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["topic"].choices = topics  # type: ignore[attr-defined]


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
