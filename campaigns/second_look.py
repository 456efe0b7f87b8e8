"""Let a person decide of a reply whether it revokes; each decision may be undone by the other."""

from datetime import timedelta

from django.db import transaction

from campaigns import revoking
from campaigns.answering import evidence_of
from campaigns.meaning import Reading, Scope
from campaigns.models import Reply
from campaigns.replies import topics_carried
from campaigns.vocabulary import Meaning, ReplyState, Verdict
from consent import clock, ledger
from consent.as_of import AsOf, events_of
from consent.ledger import EventDraft
from consent.models import OptInEvent, Suppression, Topic
from consent.vocabulary import EventKind, Source

# Presumed to be part of the same conversation only so long, 47 CFR 64.1200(a)(12)
ACKNOWLEDGED_WITHIN = timedelta(minutes=5)


class AlreadyDecided(Exception):  # noqa: N818  reads as what it is where it is caught
    """The reply cannot be decided so; the sentence says why."""


@transaction.atomic
def confirm(reply: Reply, by: int, note: str) -> Reply:
    """Take a reply for a revocation: opt out of what it means, as of when it came in.

    `by` is the id of the member of staff. What was barred by it is barred no more, since the
    opt-out now stands in its place. Acknowledged by text only while it is fresh. Raises
    `AlreadyDecided`. The caller wakes the number: `tasks.wake`.
    """
    row = _held(reply)
    if row.verdict == Verdict.CONFIRMED:
        raise AlreadyDecided("Somebody has taken it for a revocation already.")
    number = row.origination_number
    if number is None:
        raise AlreadyDecided("It came to a number that is not ours: record the opt-out by hand.")
    carried = topics_carried(number)
    barred = _events(row, EventKind.SUPPRESSED)
    ends: list[Topic] | None
    if barred:
        ids = {event.topic_id for event in barred}
        topics = Topic.objects.filter(pk__in=[pk for pk in ids if pk is not None])
        ends = None if None in ids else list(topics.order_by("pk"))
    else:
        reading = Reading(Meaning.STOP, "a person", Scope.BRAND)
        ends = revoking.ended_by(row, number, carried, reading)
    # A person may decide days later; it was said when it came in
    now = AsOf(tuple(events_of(row.contact_id)))
    drafts = revoking.opt_outs(row, ends, now, row.received_at, recorded_by=by, note=note)
    events = ledger.record_many(drafts) if drafts else []
    _lift_bars(row, barred, by, note)
    _settle(row, by, note, Verdict.CONFIRMED)
    if events and clock.now() - row.received_at <= ACKNOWLEDGED_WITHIN:
        revoking.acknowledge(row, number, carried, ends or [], events)
    return row


@transaction.atomic
def lift(reply: Reply, by: int, reason: str) -> Reply:
    """Take a reply for no revocation: what it barred, or a person ended by it, comes back.

    An opt-out that it was confirmed to be is corrected, not wiped: both stay in the ledger. Raises
    `AlreadyDecided`.
    """
    row = _held(reply)
    if row.verdict == Verdict.LIFTED:
        raise AlreadyDecided("Somebody has lifted it already.")
    if row.meaning != Meaning.PROBABLY_STOP and row.verdict != Verdict.CONFIRMED:
        raise AlreadyDecided("It bars nothing that could be lifted.")
    if row.verdict == Verdict.CONFIRMED:
        _correct(row, by, reason)
    _lift_bars(row, _events(row, EventKind.SUPPRESSED), by, reason)
    _settle(row, by, reason, Verdict.LIFTED)
    return row


def barred_by(reply: Reply) -> list[Topic | None]:
    """Return the topics that a reply bars at present; None among them is every topic."""
    events = _events(reply, EventKind.SUPPRESSED)
    rows = Suppression.objects.filter(event__in=events).select_related("topic__brand")
    return [row.topic for row in rows.order_by("topic_id")]


def _held(reply: Reply) -> Reply:
    ledger.hold([reply.contact_id])
    row = Reply.objects.select_for_update(of=("self",)).select_related("contact").get(pk=reply.pk)
    if row.state == ReplyState.ACTED:
        raise AlreadyDecided("The software did what it asks.")
    return row


def _events(row: Reply, kind: EventKind) -> list[OptInEvent]:
    """Return the events that a reply is the evidence of."""
    return list(
        OptInEvent.objects.filter(
            contact=row.contact_id,
            kind=kind,
            source=Source.REPLY,
            evidence__form_fields__inboundMessageId=row.inbound_message_id,
        ).order_by("pk")
    )


def _lift_bars(row: Reply, barred: list[OptInEvent], by: int, note: str) -> None:
    """Lift the suppressions that this reply set and that still stand, and nobody else's."""
    standing = Suppression.objects.filter(event__in=barred).values_list("topic_id", flat=True)
    drafts = [
        EventDraft(
            contact=row.contact_id,
            topic=topic,
            kind=EventKind.SUPPRESSION_LIFTED,
            source=Source.STAFF,
            recorded_by=by,
            note=note,
            evidence=evidence_of(row),
        )
        for topic in standing
    ]
    if drafts:
        ledger.record_many(drafts)


def _correct(row: Reply, by: int, reason: str) -> None:
    opted_out = _events(row, EventKind.OPTED_OUT)
    voided = set(
        OptInEvent.objects.filter(corrects__in=opted_out).values_list("corrects_id", flat=True)
    )
    drafts = [
        EventDraft(
            contact=row.contact_id,
            topic=event.topic_id,
            kind=EventKind.CORRECTED,
            source=Source.STAFF,
            corrects=event.pk,
            recorded_by=by,
            note=reason,
        )
        for event in opted_out
        if event.pk not in voided
    ]
    if drafts:
        ledger.record_many(drafts)


def _settle(row: Reply, by: int, note: str, verdict: Verdict) -> None:
    row.state, row.verdict = ReplyState.SETTLED, verdict
    row.settled_by_id, row.settled_at, row.settled_note = by, clock.now(), note
    row.save(update_fields=["state", "verdict", "settled_by", "settled_at", "settled_note"])
