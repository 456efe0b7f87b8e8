"""Take a reply once, and do what it asks, with all its effects or none."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from campaigns import meaning, rejoining, revoking
from campaigns.answering import answer, answered_today, standings
from campaigns.inbound_payload import read_payload
from campaigns.meaning import Reading, State
from campaigns.models import OriginationNumber, Reply
from campaigns.vocabulary import Meaning, MessageKind, ReplyState
from consent import clock, contacts, lapsing
from consent.models import Contact, Subscription, Topic
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
    with transaction.atomic():
        contact = contacts.held_contact_for(said.sender)
        known = Reply.objects.filter(inbound_message_id=said.inbound_message_id).first()
        if known is not None:
            return known
        number = number_called(said.destination)
        carried = topics_carried(number)
        reading = meaning.read(said.body, _state(contact, carried))
        reply = Reply.objects.create(
            inbound_message_id=said.inbound_message_id,
            contact=contact,
            origination_number=number,
            destination=said.destination,
            body=said.body,
            previous_message_id=said.previous_message_id,
            meaning=reading.meaning,
            rule=reading.rule[:100],
            state=_likely_state(number, reading),
            published_at=published_at,
            received_at=received_at or clock.now(),
        )
        acted = number is not None and _act(reply, number, carried, reading)
        state = ReplyState.ACTED if acted else ReplyState.NEEDS_PERSON
        if reply.state != state:
            reply.state = state
            reply.save(update_fields=["state"])
    return reply


def _likely_state(number: OriginationNumber | None, reading: Reading) -> ReplyState:
    """Return what will most likely be the state, so that few rows are written twice."""
    sure = number is not None and reading.meaning in SURE
    return ReplyState.ACTED if sure else ReplyState.NEEDS_PERSON


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


def _state(contact: Contact, carried: Sequence[Topic]) -> State:
    """Return what the reading of a reply needs to know of its conversation."""
    asked = Subscription.objects.filter(
        contact=contact,
        topic__in=carried,
        standing=Standing.PENDING,
        since__gte=lapsing.oldest_in_time(),
    )
    return State(
        keywords=tuple(word for topic in carried for word in topic.opt_in_keywords),
        names=revoking.all_names(carried),
        asked=asked.exists(),
    )


def _act(
    reply: Reply, number: OriginationNumber, carried: Sequence[Topic], reading: Reading
) -> bool:
    """Do what a reply asks; False where a person must read it."""
    match reading.meaning:
        case Meaning.STOP:
            return _stop(reply, number, carried, reading)
        case Meaning.PROBABLY_STOP:
            revoking.suppress(reply, number, carried, reading)
            return False
        case Meaning.HELP:
            return _help(reply, number, revoking.topics_left_at(number, carried))
        case _ if _has_stopped_since(reply):
            return False
        case Meaning.YES:
            return rejoining.confirm(reply, number, carried)
        case Meaning.KEYWORD:
            return rejoining.keep(reply, number, carried) or rejoining.join(reply, number, carried)
        case Meaning.START:
            return rejoining.start(reply, number, carried)
        case _:
            return rejoining.keep(reply, number, carried)


def _stop(
    reply: Reply, number: OriginationNumber, carried: Sequence[Topic], reading: Reading
) -> bool:
    """End what a STOP means, unless a START sent after it was faster; take up one that waited."""
    later = _starts_since(reply)
    if any(start.state == ReplyState.ACTED for start in later):
        return True
    done = revoking.stop(reply, number, carried, reading)
    waiting = [start for start in later if start.state == ReplyState.NEEDS_PERSON]
    for start in waiting[:1]:
        if not _has_stopped_since(start) and rejoining.start(start, number, carried):
            start.state = ReplyState.ACTED
            start.save(update_fields=["state"])
    return done


def _starts_since(reply: Reply) -> list[Reply]:
    """Return the STARTs that were sent after this reply and came before it, the last one first."""
    if reply.published_at is None:
        return []
    return list(
        Reply.objects.filter(
            contact=reply.contact_id,
            origination_number=reply.origination_number_id,
            meaning=Meaning.START,
            published_at__gt=reply.published_at,
        ).order_by("-published_at")
    )


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


def _help(reply: Reply, number: OriginationNumber, topics: Sequence[Topic]) -> bool:
    """Answer HELP, whatever the standing; whom our words did not help today, a person does."""
    if answered_today(reply, MessageKind.HELP_REPLY, number):
        return False
    stands = standings(reply.contact_id, topics)
    nearest = sorted(topics, key=lambda topic: NEAREST.get(stands[topic.pk], len(NEAREST)))
    answer(MessageKind.HELP_REPLY, reply, number, nearest[0] if nearest else None)
    return True
