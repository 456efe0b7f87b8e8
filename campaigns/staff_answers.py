"""Settle and answer the replies that a person reads; an answer is a message like any other."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Q

from campaigns import outbox, wording
from campaigns.clearance import Clearance, Outcome
from campaigns.clearance_facts import Ask, Decisions, facts_of
from campaigns.models import Message, Reply, SavedAnswer
from campaigns.open_revocations import LIKELY
from campaigns.replies import topics_carried
from campaigns.revoking import topics_left_at
from campaigns.vocabulary import Meaning, MessageKind, ReplyState
from consent import clock, ledger
from consent.models import Subscription, Topic
from consent.vocabulary import Standing

NEAREST = (Standing.OPTED_IN, Standing.PENDING)


class CannotSettle(Exception):  # noqa: N818  reads as what it is where it is caught
    """The reply waits for nobody any more; the sentence says so."""


class CannotAnswer(Exception):  # noqa: N818  reads as what it is where it is caught
    """The answer cannot be sent; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Answered:
    """The message that answers, and what clearance says of it now."""

    message: Message
    clearance: Clearance


def may_settle(reply: Reply) -> bool:
    """Say whether a note is enough: what may be a revocation is confirmed or lifted instead."""
    may_revoke = reply.meaning == Meaning.PROBABLY_STOP and reply.origination_number_id is not None
    return reply.state == ReplyState.NEEDS_PERSON and not may_revoke


@transaction.atomic
def settle(reply: Reply, *, by: Any, note: str) -> Reply:
    """Take a reply off the queue, as read by a person; raise `CannotSettle` if it waits no more."""
    row = Reply.objects.select_for_update().get(pk=reply.pk)
    if row.state != ReplyState.NEEDS_PERSON:
        raise CannotSettle("Somebody has settled it already.")
    if not may_settle(row):
        raise CannotSettle("It may be a revocation: confirm it or lift it.")
    row.state = ReplyState.SETTLED
    row.settled_by_id = by.pk
    row.settled_at = clock.now()
    row.settled_note = note
    row.save(update_fields=["state", "settled_by", "settled_at", "settled_note"])
    return row


@transaction.atomic
def answer(reply: Reply, text: str, *, by: Any, note: str) -> Answered:
    """Write the answer to a reply, from the number that it came to, and settle it.

    One that looks like a revocation stays on the queue: an answer decides nothing about it. Raises
    `CannotAnswer` where clearance refuses, the text is faulty, or somebody was quicker. The caller
    wakes the number: `tasks.wake`.
    """
    ledger.hold([reply.contact_id])
    row = Reply.objects.select_for_update().get(pk=reply.pk)
    if row.origination_number is None:
        raise CannotAnswer("It came to a number that is not ours, so nothing can go back.")
    if row.answers.filter(kind=MessageKind.ANSWER).exists():
        raise CannotAnswer("It has been answered already.")
    topic = topic_spoken_of(row)
    values = values_of(row, topic)
    faults = [each.sentence for each in wording.lint(text, values) if each.stops]
    if faults:
        raise CannotAnswer(" ".join(faults))
    clearance = clearance_of(row, topic)
    if clearance.outcome is Outcome.REFUSE:
        raise CannotAnswer(f"It must not be sent. {clearance.sentence}")
    message = outbox.enqueue(
        kind=MessageKind.ANSWER,
        contact=row.contact,
        topic=topic,
        number=row.origination_number,
        answers=row,
        body=wording.render(text, values),
    )
    if row.state == ReplyState.NEEDS_PERSON and row.meaning not in LIKELY:
        settle(row, by=by, note=note)
    return Answered(message, clearance)


def clearance_of(reply: Reply, topic: Topic | None) -> Clearance:
    """Ask whether an answer to this reply may be sent now."""
    ask = Ask(
        MessageKind.ANSWER,
        reply.contact_id,
        topic.pk if topic else None,
        reply.origination_number_id,
        answers=reply.pk,
    )
    clearance, _ = Decisions(clock.now()).of(facts_of([ask])[0])
    return clearance


def topic_spoken_of(reply: Reply) -> Topic | None:
    """Return the topic of the number that the person stands on, else the first that it carries."""
    if reply.origination_number is None:
        return None
    number = reply.origination_number
    topics = topics_left_at(number, topics_carried(number))
    stands = dict(
        Subscription.objects.filter(contact=reply.contact_id, topic__in=topics).values_list(
            "topic_id", "standing"
        )
    )
    for standing in NEAREST:
        for topic in topics:
            if stands.get(topic.pk) == standing:
                return topic
    return topics[0] if topics else None


def values_of(reply: Reply, topic: Topic | None) -> Mapping[str, str]:
    """Return what fills the placeholders of an answer to this reply."""
    number = reply.origination_number
    if number is None:
        return {}
    return outbox.values_of(topic, number.brand, number.message_class)


def saved_for(reply: Reply, topic: Topic | None) -> list[tuple[SavedAnswer, str]]:
    """Return the saved answers that suit a reply's brand, each filled in for it."""
    number = reply.origination_number
    if number is None:
        return []
    values = values_of(reply, topic)
    rows = SavedAnswer.objects.filter(Q(brand=None) | Q(brand=number.brand_id), live=True)
    return [
        (row, wording.render(row.text, values))
        for row in rows
        if not any(each.stops for each in wording.lint(row.text, values))
    ]
