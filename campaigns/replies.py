"""Take a reply once, and do what it asks: join, confirm, stop, help; all else is for a person."""

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Q

from campaigns import meaning, outbox, wording
from campaigns.inbound_payload import read_payload
from campaigns.lifecycle import COUNTED_AS_SENT
from campaigns.meaning import Reading
from campaigns.models import Message, OriginationNumber, Reply
from campaigns.vocabulary import Meaning, MessageKind, ReplyState
from consent import clock, contacts, joining, lapsing, ledger
from consent.ledger import EventDraft, EvidenceDraft
from consent.models import Disclosure, OptInEvent, Subscription, Topic
from consent.vocabulary import EventKind, LegalBasis, Place, Source, Standing

logger = logging.getLogger(__name__)

# Carriers test HELP twice; two machines that answer each other never stop by themselves
HELP_REPLIES_A_DAY = 5
A_DAY = timedelta(days=1)
NEAREST = {Standing.OPTED_IN: 0, Standing.PENDING: 1}


def receive(payload: Mapping[str, Any], *, published_at: datetime | None = None) -> Reply | None:
    """Take one inbound text, once per `inboundMessageId`, with all its effects or none.

    Returns its row, also when it was taken before; None for senders that are nobody's phone. Raises
    `Unreadable` for what is no inbound text. The caller wakes the number: `tasks.wake`.
    """
    said = read_payload(payload)
    if said.sender is None:
        return None
    with transaction.atomic():
        contact = contacts.contact_for(said.sender)
        ledger.hold([contact.pk])
        number = number_called(said.destination)
        carried = _carried(number)
        reading = meaning.read(said.body, [w for topic in carried for w in topic.opt_in_keywords])
        reply, is_new = Reply.objects.get_or_create(
            inbound_message_id=said.inbound_message_id,
            defaults={
                "contact": contact,
                "origination_number": number,
                "destination": said.destination,
                "body": said.body,
                "previous_message_id": said.previous_message_id,
                "meaning": reading.meaning,
                "rule": reading.rule[:60],
                "state": ReplyState.NEEDS_PERSON,
                "published_at": published_at,
                "received_at": clock.now(),
            },
        )
        if is_new and number is not None and _act(reply, number, carried, reading):
            reply.state = ReplyState.ACTED
            reply.save(update_fields=["state"])
    return reply


def number_called(destination: str) -> OriginationNumber | None:
    """Return our number by the name that Amazon gave it, live or not; None where it is not ours."""
    digits = destination.removeprefix("+")
    return (
        OriginationNumber.objects.filter(number__in=[digits, "+" + digits])
        .select_related("brand")
        .first()
    )


def topics_left_at(number: OriginationNumber) -> list[Topic]:
    """Return the topics that a STOP may mean: those carried, or else its brand's of its class.

    Whoever says STOP to a number whose topics moved away still means what they got from there.
    """
    return _carried(number) or list(
        Topic.objects.filter(brand=number.brand, message_class=number.message_class)
        .select_related("brand")
        .order_by("pk")
    )


def _carried(number: OriginationNumber | None) -> list[Topic]:
    return list(number.topics.select_related("brand").order_by("pk")) if number else []


def _act(
    reply: Reply, number: OriginationNumber, carried: Sequence[Topic], reading: Reading
) -> bool:
    """Do what a reply asks; False where a person must read it."""
    match reading.meaning:
        case Meaning.STOP:
            return _stop(reply, number, topics_left_at(number))
        case Meaning.HELP:
            return _help(reply, number, topics_left_at(number))
        case Meaning.YES:
            return not _has_stopped_since(reply) and _confirm(reply, number, carried)
        case Meaning.KEYWORD:
            return not _has_stopped_since(reply) and _join(reply, number, carried)
        case _:
            return False


def _has_stopped_since(reply: Reply) -> bool:
    """Say whether a STOP that was sent after this reply overtook it on the way."""
    if reply.published_at is None:
        return False
    return Reply.objects.filter(
        contact=reply.contact_id,
        origination_number=reply.origination_number_id,
        meaning=Meaning.STOP,
        published_at__gt=reply.published_at,
    ).exists()


def _join(reply: Reply, number: OriginationNumber, carried: Sequence[Topic]) -> bool:
    word = meaning.normalise(reply.body)
    topic = next(
        (
            topic
            for topic in sorted(carried, key=lambda topic: not topic.open)
            if word in {meaning.normalise(keyword) for keyword in topic.opt_in_keywords}
        ),
        None,
    )
    if topic is None:
        return False
    shown = Disclosure.objects.shown(topic, Place.KEYWORD, reply.contact.language or "en")
    disclosure = shown or Disclosure.objects.shown(topic, Place.KEYWORD)
    event = joining.join(
        reply.contact,
        topic,
        source=Source.KEYWORD,
        disclosure=disclosure,
        evidence=_evidence(reply, disclosure.wording if disclosure else ""),
    )
    if event is None:
        return False
    standing = Subscription.objects.get(contact=reply.contact, topic=topic).standing
    # Who is in already is told so; asking them again would put their standing in doubt
    kind = (
        MessageKind.WELCOME if standing == Standing.OPTED_IN else MessageKind.CONFIRMATION_REQUEST
    )
    _answer(kind, reply, number, topic, event)
    return True


def _confirm(reply: Reply, number: OriginationNumber, carried: Sequence[Topic]) -> bool:
    pending = {
        row.topic_id: row
        for row in Subscription.objects.filter(
            contact=reply.contact,
            topic__in=carried,
            standing=Standing.PENDING,
            since__gte=lapsing.oldest_in_time(),
        ).select_related("requested_by")
    }
    asked = (
        Message.objects.filter(
            contact=reply.contact,
            topic__in=pending,
            kind=MessageKind.CONFIRMATION_REQUEST,
            status__in=COUNTED_AS_SENT,
            created_at__gte=lapsing.oldest_in_time(),
        )
        .order_by(F("claimed_at").desc(nulls_last=True), "-pk")
        .select_related("topic__brand")
    )
    for message in asked:
        row = pending[message.topic_id]
        # What was asked before a STOP was answered by the STOP
        if row.opted_out_by_id and (message.about_event_id or 0) < row.opted_out_by_id:
            continue
        basis = LegalBasis(row.legal_basis)
        event = ledger.record(
            EventDraft(
                contact=reply.contact_id,
                topic=message.topic_id,
                kind=EventKind.CONFIRMED,
                source=Source.REPLY,
                basis=basis if basis is not LegalBasis.NONE else LegalBasis.EXPRESS,
                disclosure=row.requested_by.disclosure_id if row.requested_by else None,
                evidence=_evidence(reply, message.text),
            )
        )
        _answer(MessageKind.WELCOME, reply, number, message.topic, event)
        return True
    return False


def _stop(reply: Reply, number: OriginationNumber, topics: Sequence[Topic]) -> bool:
    """Opt out of all that the person stands on here; of all there is, if they stand on nothing."""
    if not topics:
        return False
    stands = _standings(reply, topics)
    leaves = [t for t in topics if stands[t.pk] in {Standing.OPTED_IN, Standing.PENDING}]
    leaves = leaves or [t for t in topics if stands[t.pk] is not Standing.OPTED_OUT]
    if not leaves:
        if not _answered(reply, MessageKind.STOP_CONFIRMATION, number=number):
            _answer(MessageKind.STOP_CONFIRMATION, reply, number, topics[0], None)
        return True
    events = ledger.record_many(
        [
            EventDraft(
                contact=reply.contact_id,
                topic=topic.pk,
                kind=EventKind.OPTED_OUT,
                source=Source.REPLY,
                evidence=_evidence(reply),
            )
            for topic in leaves
        ]
    )
    topic = leaves[0] if len(leaves) == 1 else None
    _answer(MessageKind.STOP_CONFIRMATION, reply, number, topic, events[0])
    return True


def _help(reply: Reply, number: OriginationNumber, topics: Sequence[Topic]) -> bool:
    if _answered(reply, MessageKind.HELP_REPLY) >= HELP_REPLIES_A_DAY:
        return False
    stands = _standings(reply, topics)
    nearest = sorted(topics, key=lambda topic: NEAREST.get(stands[topic.pk], len(NEAREST)))
    _answer(MessageKind.HELP_REPLY, reply, number, nearest[0] if nearest else None, None)
    return True


def _answer(
    kind: MessageKind,
    reply: Reply,
    number: OriginationNumber,
    topic: Topic | None,
    event: OptInEvent | None,
) -> None:
    try:
        words = outbox.words_for(kind, topic, number)
    except wording.UnknownPlaceholder:
        # A slip in a text must not undo the opt-out that it acknowledges
        logger.error("Topic %s: its %s cannot be filled in", topic.pk if topic else None, kind)
        values = outbox.values_of(topic, number.brand, number.message_class)
        words = wording.render(wording.DEFAULTS[kind.value], values)
    outbox.enqueue(
        kind=kind,
        contact=reply.contact,
        topic=topic,
        number=number,
        about_event=event,
        answers=reply,
        body=words,
    )


def _answered(reply: Reply, kind: MessageKind, *, number: OriginationNumber | None = None) -> int:
    """Count the texts of a kind that the person was owed within a day, from a number or any."""
    owed = Message.objects.filter(
        contact=reply.contact, kind=kind, created_at__gt=clock.now() - A_DAY
    )
    return owed.filter(origination_number=number).count() if number else owed.count()


def _standings(reply: Reply, topics: Sequence[Topic]) -> dict[int, Standing]:
    rows: dict[int | None, str] = dict(
        Subscription.objects.filter(
            Q(topic__in=topics) | Q(topic=None), contact=reply.contact
        ).values_list("topic_id", "standing")
    )
    of_everything = rows.get(None, Standing.UNKNOWN)
    return {topic.pk: Standing(rows.get(topic.pk, of_everything)) for topic in topics}


def _evidence(reply: Reply, words_shown: str = "") -> EvidenceDraft:
    return EvidenceDraft(
        form_fields={
            "inboundMessageId": reply.inbound_message_id,
            "destinationNumber": reply.destination,
        },
        words_shown=words_shown,
        words_received=reply.body,
    )
