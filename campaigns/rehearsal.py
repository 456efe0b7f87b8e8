"""Play what people may text through the real code, and take everything back.

Each scene runs in a transaction of its own that is always rolled back, so nothing of it remains
and nobody is woken; whoever rehearses sees what a person would read, and what would be recorded.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import uuid4

from django.db import transaction

from campaigns import outbox, replies
from campaigns.clearance import Clearance
from campaigns.clearance_facts import Decisions, facts_for
from campaigns.models import Message, OriginationNumber, Reply
from campaigns.vocabulary import MessageKind, MessageStatus
from consent import clock, contacts, ledger, phone_numbers
from consent.ledger import EventDraft
from consent.models import Contact, Disclosure, OptInEvent, Subscription, Topic
from consent.vocabulary import EventKind, LegalBasis, Source, Standing

# Numbers 555-0100 to 555-0199 are kept free for fiction: nobody is ever reached by one
FICTIONAL = [f"+1202555{serial:04d}" for serial in range(100, 200)]


class CannotRehearse(Exception):  # noqa: N818  reads as what it is where it is caught
    """The topic cannot be rehearsed; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Line:
    """One text that we would answer with, and what clearance says of it."""

    kind: MessageKind
    text: str
    clearance: Clearance


@dataclass(frozen=True, slots=True)
class Scene:
    """One text of theirs: what it was read as, what we would answer, how the standing moved.

    `seconds` is how long the software took from the text until all was recorded.
    """

    said: str
    meaning: str
    rule: str
    state: str
    before: Standing
    after: Standing
    events: tuple[str, ...]
    answers: tuple[Line, ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """All scenes of a topic, on the number that carries it."""

    number: OriginationNumber
    scenes: tuple[Scene, ...]


def rehearse(topic: Topic) -> Rehearsal:
    """Play STOP, HELP, YES, START and a STOP in other words; nothing of it is kept."""
    number = OriginationNumber.objects.for_topic(topic)
    if number is None:
        raise CannotRehearse("No live origination number carries the topic, so nobody can reply.")
    phone = _free_phone()
    # Somebody who has joined, but for the two scenes that begin before and after that
    scenes: Sequence[tuple[str, Callable[[Contact, Topic, OriginationNumber], None]]] = (
        ("YES", _asked_to_join),
        ("HELP", _joined),
        ("STOP", _joined),
        ("START", _left),
        ("take me off your list", _joined),
    )
    return Rehearsal(
        number, tuple(_play(said, begins, topic, number, phone) for said, begins in scenes)
    )


def _play(
    said: str,
    begins: Callable[[Contact, Topic, OriginationNumber], None],
    topic: Topic,
    number: OriginationNumber,
    phone: str,
) -> Scene:
    with transaction.atomic():
        contact = contacts.contact_for(phone_numbers.parse(phone))
        begins(contact, topic, number)
        before, last = _standing(contact, topic), _last_event(contact)
        started = time.perf_counter()
        reply = replies.receive(
            {
                "originationNumber": phone,
                "destinationNumber": number.number,
                "messageKeyword": "KEYWORD_UNSPECIFIED",
                "messageBody": said,
                "inboundMessageId": f"rehearsal-{uuid4()}",
            },
            published_at=clock.now(),
        )
        seconds = time.perf_counter() - started
        if reply is None:
            raise CannotRehearse("The fictional number was taken for nobody's phone.")
        scene = Scene(
            said,
            reply.get_meaning_display(),
            reply.rule,
            reply.state,
            before,
            _standing(contact, topic),
            _events_since(contact, last),
            _answers(reply),
            seconds,
        )
        # Whatever happened, nothing stays, and no worker that waits for a commit is woken
        transaction.set_rollback(True)
    return scene


def _free_phone() -> str:
    known = set(Contact.objects.filter(number__in=FICTIONAL).values_list("number", flat=True))
    free = next((number for number in FICTIONAL if number not in known), None)
    if free is None:
        raise CannotRehearse("Every fictional number is on record, so none is left to play with.")
    return free


def _asked_to_join(contact: Contact, topic: Topic, number: OriginationNumber) -> None:
    """Let them have asked, and have been texted the question for YES."""
    event = _record(contact, topic, EventKind.REQUESTED, Source.WEB_FORM)
    message = outbox.enqueue(
        kind=MessageKind.CONFIRMATION_REQUEST,
        contact=contact,
        topic=topic,
        number=number,
        about_event=event,
    )
    clearance, packed = Decisions(clock.now()).of(facts_for([message])[message.pk])
    Message.objects.filter(pk=message.pk).update(
        status=MessageStatus.ACCEPTED,
        clearance=packed,
        authorised_by=clearance.authorised_by,
        exemption=clearance.exemption or "opt_in_request",
        amazon_message_id="rehearsal",
        claimed_at=clock.now(),
        settled_at=clock.now(),
    )


def _joined(contact: Contact, topic: Topic, number: OriginationNumber) -> None:
    _record(contact, topic, EventKind.OPTED_IN, Source.WEB_FORM)


def _left(contact: Contact, topic: Topic, number: OriginationNumber) -> None:
    _joined(contact, topic, number)
    _record(contact, topic, EventKind.OPTED_OUT, Source.REPLY)


def _record(contact: Contact, topic: Topic, kind: EventKind, source: Source) -> OptInEvent:
    leaves = kind is EventKind.OPTED_OUT
    shown = None if leaves else Disclosure.objects.published().filter(topic=topic).first()
    return ledger.record(
        EventDraft(
            contact=contact.pk,
            topic=topic.pk,
            kind=kind,
            source=source,
            basis=LegalBasis.NONE if leaves else LegalBasis.EXPRESS_WRITTEN,
            disclosure=shown.pk if shown else None,
        )
    )


def _answers(reply: Reply) -> tuple[Line, ...]:
    rows = list(reply.answers.order_by("pk"))
    facts, decisions = facts_for(rows), Decisions(clock.now())
    return tuple(
        Line(MessageKind(row.kind), row.text, decisions.of(facts[row.pk])[0]) for row in rows
    )


def _standing(contact: Contact, topic: Topic) -> Standing:
    rows: dict[int | None, str] = dict(
        Subscription.objects.filter(contact=contact).values_list("topic_id", "standing")
    )
    return Standing(rows.get(topic.pk) or rows.get(None) or Standing.UNKNOWN)


def _last_event(contact: Contact) -> int:
    return contact.events.order_by("-pk").values_list("pk", flat=True).first() or 0


def _events_since(contact: Contact, last: int) -> tuple[str, ...]:
    rows = contact.events.filter(pk__gt=last).select_related("topic__brand").order_by("pk")
    return tuple(f"{row.get_kind_display()}: {row.topic or 'everything'}" for row in rows)
