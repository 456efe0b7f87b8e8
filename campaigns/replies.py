"""Take a reply once, and do what it asks, with all its effects or none."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from campaigns import meaning, rejoining, revoking
from campaigns.answering import answer, answered_today
from campaigns.consequences import FOR_A_PERSON, Arrival, Consequence, Said, Weighed
from campaigns.inbound_payload import read_payload
from campaigns.meaning import Reading, State
from campaigns.models import OriginationNumber, Reply
from campaigns.replaying import Place, Weigh, carry_out, place_of
from campaigns.vocabulary import Meaning, MessageKind, ReplyState
from consent import clock, contacts
from consent.as_of import AsOf
from consent.models import OptInEvent, Topic
from consent.vocabulary import Standing

# What the software nearly always acts upon
SURE = frozenset({Meaning.STOP, Meaning.HELP, Meaning.YES, Meaning.START})

NEAREST = {Standing.OPTED_IN: 0, Standing.PENDING: 1}


def receive(
    payload: Mapping[str, Any],
    *,
    published_at: datetime | None = None,
    received_at: datetime | None = None,
) -> Reply | None:
    """Take one inbound text, once per `inboundMessageId`, with all its effects or none.

    It was received now, unless it was kept before it was read. Returns its row, also when it was
    taken before; None for senders that are nobody's phone. Raises `Unreadable` for what is no
    inbound text. The caller wakes the number: `tasks.wake`.
    """
    said = read_payload(payload)
    if said.sender is None:
        return None
    # Whoever has begun a transaction gives all of it up where this fails
    with transaction.atomic(savepoint=False):
        reply = Reply(
            inbound_message_id=said.inbound_message_id,
            contact=contacts.held_contact_for(said.sender),
            destination=said.destination,
            body=said.body,
            previous_message_id=said.previous_message_id,
            published_at=published_at,
            received_at=received_at or clock.now(),
        )
        later = list(Reply.objects.said_after(reply, or_itself=True))
        for known in later:
            if known.inbound_message_id == reply.inbound_message_id:
                return known
        reply.origination_number = number_called(said.destination)
        _take(place_of(reply, later), topics_carried(reply.origination_number))
    return reply


def _take(place: Place, carried: Sequence[Topic]) -> None:
    """Write a reply down and do what it asks, in its place among those said before and after."""
    reply, number, then = place.reply, place.reply.origination_number, place.then()
    reading = meaning.read(reply.body, _state(reply, carried, then))
    reply.meaning, reply.rule = reading.meaning, reading.rule[:100]
    # What will most likely be the state, so that few rows are written twice
    sure = number is not None and reading.meaning in SURE
    reply.state = ReplyState.ACTED if sure else ReplyState.NEEDS_PERSON
    reply.save(force_insert=True)
    follows = _follows(reply, number, carried, then, reading)
    state = ReplyState.ACTED if follows.acted else ReplyState.NEEDS_PERSON
    if reply.state != state:
        reply.state = state
        reply.save(update_fields=["state"])
    carry_out(place, follows, _weigher())


def _weigher() -> Weigh:
    """Return what weighs replies said later; what a number carries is looked up once."""
    carried: dict[int | None, list[Topic]] = {}

    def weigh(reply: Reply, then: AsOf) -> Weighed:
        number = reply.origination_number
        if reply.origination_number_id not in carried:
            carried[reply.origination_number_id] = topics_carried(number)
        topics = carried[reply.origination_number_id]
        reading = meaning.read(reply.body, _state(reply, topics, then))
        follows = _follows(reply, number, topics, then, reading)
        return Weighed(reading.meaning, reading.rule[:100], follows)

    return weigh


def number_called(destination: str) -> OriginationNumber | None:
    """Return our number by the name that Amazon gave it, live or not; None where it is not ours."""
    digits = destination.removeprefix("+")
    return (
        OriginationNumber.objects.filter(number__in=[digits, "+" + digits])
        .select_related("brand")
        .first()
    )


def topics_carried(number: OriginationNumber | None) -> list[Topic]:
    """Return the topics that a number carries, none for a number that is not ours."""
    return list(number.topics.select_related("brand").order_by("pk")) if number else []


def _state(reply: Reply, carried: Sequence[Topic], then: AsOf) -> State:
    """Return what the reading of a reply needs to know of its conversation."""
    return State(
        keywords=tuple(word for topic in carried for word in topic.opt_in_keywords),
        names=revoking.all_names(carried),
        asked=bool(rejoining.pending(reply, carried, then)),
    )


def _follows(
    reply: Reply,
    number: OriginationNumber | None,
    carried: Sequence[Topic],
    then: AsOf,
    reading: Reading,
) -> Consequence:
    """Say what a reply asks for, and whether the software does it."""
    if number is None:
        return FOR_A_PERSON
    said = Said(reply, number, carried, then)
    match reading.meaning:
        case Meaning.STOP:
            return revoking.stop(said, reading)
        case Meaning.PROBABLY_STOP:
            return revoking.suppress(said, reading)
        case Meaning.HELP:
            return _help(said)
        case Meaning.YES:
            return rejoining.confirm(said)
        case Meaning.KEYWORD:
            kept = rejoining.keep(said)
            return rejoining.join(said) if kept == FOR_A_PERSON else kept
        case Meaning.START:
            return rejoining.start(said)
        case _:
            return rejoining.keep(said)


def _help(said: Said) -> Consequence:
    """Answer HELP, whatever the standing; whom our words did not help today, a person does."""
    if answered_today(said.reply, MessageKind.HELP_REPLY, said.number):
        return FOR_A_PERSON

    def tell(events: Sequence[OptInEvent], now: AsOf, arrival: Arrival) -> None:
        topics = revoking.topics_left_at(said.number, said.carried)
        stands = {topic.pk: now.stands(topic.pk).standing for topic in topics}
        nearest = sorted(topics, key=lambda topic: NEAREST.get(stands[topic.pk], len(NEAREST)))
        topic = nearest[0] if nearest else None
        answer(
            MessageKind.HELP_REPLY,
            said.reply,
            said.number,
            topic,
            is_new=arrival.brought(said.reply),
        )

    return Consequence(acted=True, answer=tell)
