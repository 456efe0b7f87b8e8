"""Take receipts from Amazon's delivery logs: once each, none lost, and act on what they say."""

import json
import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Max, Q

from campaigns import amazon_blocks, receipt_matching, stops
from campaigns.delivery_report import Unreadable, read_report
from campaigns.gateways import delivery_logs
from campaigns.gateways.delivery_logs import LogEvent
from campaigns.gateways.reads import AmazonFault
from campaigns.models import DeliveryLog, SendingStop
from campaigns.vocabulary import AccountFault, ReceiptOutcome
from consent import clock, ledger
from consent.ledger import EventDraft, EvidenceDraft
from consent.models import Suppression
from consent.vocabulary import EventKind, Source

logger = logging.getLogger(__name__)

FIRST_LOOK = timedelta(days=7)  # how far back a log is read that was never read before
OVERLAP = timedelta(minutes=15)  # events may appear that much later than their own moment
STRETCH = timedelta(hours=6)  # read and remembered at a time, so that a long outage is made up for
LEASE = timedelta(minutes=5)
# SNS takes such texts and drops them, so that only receipts tell. Older ones tell nothing of now.
FAULTS = {
    ReceiptOutcome.NO_QUOTA: AccountFault.SPEND,
    ReceiptOutcome.SANDBOX: AccountFault.SANDBOX,
}
STILL_TRUE = timedelta(hours=1)
BLOCKED_NOTE = (
    "The phone blocks our texts, as after STOP to a toll-free number. Look into it, then keep or "
    "lift this."
)

TAKE = """
    INSERT INTO campaigns_receipt
        (event_id, amazon_message_id, message_id, contact_id, success, outcome,
         provider_response, published_at, logged_at, received_at, parts, price, carrier,
         dwell_ms, to_phone_ms)
    SELECT r.event_id, r.amazon_message_id, m.id, COALESCE(m.contact_id, c.id), r.success,
           r.outcome, r.provider_response, r.published_at, r.logged_at, %(now)s, r.parts,
           r.price, r.carrier, r.dwell_ms, r.to_phone_ms
    FROM jsonb_to_recordset(%(events)s::jsonb) AS r(
        event_id text, amazon_message_id text, destination text, success boolean, outcome text,
        provider_response text, published_at timestamptz, logged_at timestamptz, parts int,
        price numeric, carrier text, dwell_ms int, to_phone_ms int)
    LEFT JOIN LATERAL (
        SELECT id, contact_id FROM campaigns_message
        WHERE amazon_message_id = r.amazon_message_id AND amazon_message_id <> '' LIMIT 1
    ) AS m ON true
    LEFT JOIN consent_contact AS c ON c.number = r.destination
    ORDER BY r.logged_at
    ON CONFLICT (event_id) DO NOTHING
    RETURNING id, event_id, amazon_message_id, message_id, contact_id, outcome,
              provider_response, COALESCE(published_at, logged_at)
"""


@dataclass(slots=True)
class Reading:
    """What a reading of the logs brought: receipts by outcome, and what could not be read."""

    taken: Counter[str] = field(default_factory=Counter)
    unreadable: int = 0
    late: receipt_matching.Late = field(default_factory=receipt_matching.Late)
    faults: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Taken:
    receipt: int
    event_id: str
    amazon_message_id: str
    message: int | None
    contact: int | None
    outcome: str
    provider_response: str
    at: datetime

    @property
    def evidence(self) -> EvidenceDraft:
        """Return what the ledger keeps as proof."""
        return EvidenceDraft(
            form_fields={
                "receipt": self.receipt,
                "eventId": self.event_id,
                "messageId": self.amazon_message_id,
                "message": self.message,
                "providerResponse": self.provider_response,
            }
        )


def read() -> Reading:
    """Read both logs from where the last reading ended, then match what came early.

    A log that cannot be read is noted and does not hold up the other. Two readings at once are
    harmless; the second finds the logs taken and leaves them. What appears later than the overlap
    is found by `receipts_again`.
    """
    found = Reading()
    try:
        groups = delivery_logs.groups()
    except AmazonFault as fault:
        logger.error("Receipts wait: %s", fault.code)
        found.faults["account"] = fault.code
        groups = []
    for group in groups:
        log, _ = DeliveryLog.objects.get_or_create(group=group)
        if lease(log):
            _read_log(log, found)
    found.late = receipt_matching.match_late()
    return found


def lease(log: DeliveryLog) -> bool:
    """Take a log for one reader, for as long as the lease lasts; return whether it was free."""
    free = Q(lease_until=None) | Q(lease_until__lte=clock.now())
    return bool(DeliveryLog.objects.filter(free, pk=log.pk).update(lease_until=clock.now() + LEASE))


def _read_log(log: DeliveryLog, found: Reading) -> None:
    now = clock.now()
    # A clock that was turned back must not leave a gap behind it
    start = min(log.read_until or now - FIRST_LOOK, now) - OVERLAP
    ours = DeliveryLog.objects.filter(pk=log.pk)
    try:
        while start < now:
            end = min(start + STRETCH, now)
            for page in delivery_logs.pages(log.group, start, end):
                take(page, found)
            ours.update(read_until=end, lease_until=clock.now() + LEASE)
            start = end
        ours.update(read_at=now, missing=False, fault="", fault_since=None, lease_until=None)
    except AmazonFault as fault:
        if fault.is_missing:
            # It is made with the first text; until then there is nothing to lose
            ours.update(read_at=now, missing=True, fault="", fault_since=None, lease_until=None)
            return
        logger.error("Delivery log %s waits: %s", log.pk, fault.code)
        found.faults[log.group] = fault.code
        ours.update(fault=fault.code, fault_since=log.fault_since or now, lease_until=None)


@transaction.atomic
def take(events: Sequence[LogEvent], found: Reading) -> None:
    """Keep the receipts among these events that are new, with all their effects or none."""
    rows = []
    for event in events:
        try:
            report = read_report(event.message)
        except Unreadable as fault:
            logger.warning("Event %s is left out: %s", event.event_id, fault)
            found.unreadable += 1
            continue
        rows.append(
            {
                "event_id": event.event_id,
                "amazon_message_id": report.amazon_message_id,
                "destination": report.destination,
                "success": report.success,
                "outcome": report.outcome.value,
                "provider_response": report.provider_response,
                "published_at": report.published_at and report.published_at.isoformat(),
                "logged_at": event.at.isoformat(),
                "parts": report.parts,
                "price": None if report.price is None else str(report.price),
                "carrier": report.carrier,
                "dwell_ms": report.dwell_ms,
                "to_phone_ms": report.to_phone_ms,
            }
        )
    if not rows:
        return
    with connection.cursor() as cursor:
        cursor.execute(TAKE, {"events": json.dumps(rows), "now": clock.now()})
        taken = [_Taken(*row) for row in cursor.fetchall()]
    found.taken.update(each.outcome for each in taken)
    _act(taken)
    _stop_sender(taken)
    receipt_matching.tell_messages([each.message for each in taken if each.message is not None])


def _act(taken: Sequence[_Taken]) -> None:
    """Bring into the ledger what receipts say of people: the earliest of each is the evidence."""
    out: dict[int, _Taken] = {}
    blocked: dict[int, _Taken] = {}
    for each in taken:
        if each.contact is None:
            continue
        if each.outcome == ReceiptOutcome.OPTED_OUT:
            out.setdefault(each.contact, each)
        elif each.outcome == ReceiptOutcome.PHONE_BLOCKED:
            blocked.setdefault(each.contact, each)
    if not out and not blocked:
        return
    ledger.hold({*out, *blocked})
    if out:
        amazon_blocks.note({pk: (each.at, each.evidence) for pk, each in out.items()})
    barred = set(
        Suppression.objects.filter(contact__in=blocked, topic=None).values_list(
            "contact_id", flat=True
        )
    )
    ledger.record_many(
        [
            EventDraft(
                contact=pk,
                kind=EventKind.SUPPRESSED,
                source=Source.AMAZON,
                occurred_at=each.at,
                note=BLOCKED_NOTE,
                evidence=each.evidence,
            )
            for pk, each in blocked.items()
            if pk not in barred
        ]
    )


def _stop_sender(taken: Sequence[_Taken]) -> None:
    """Stop the sender where the newest receipt of a fault is newer than the last stop's end."""
    if not any(each.outcome in FAULTS for each in taken):
        return
    ended = SendingStop.objects.filter(origination_number=None).aggregate(at=Max("ended_at"))["at"]
    since = max(clock.now() - STILL_TRUE, ended) if ended else clock.now() - STILL_TRUE
    told = [each for each in taken if each.outcome in FAULTS and each.at > since]
    if told:
        newest = max(told, key=lambda each: each.at)
        fault = FAULTS[ReceiptOutcome(newest.outcome)]
        stops.stop(fault, number_id=None, code=newest.provider_response)
