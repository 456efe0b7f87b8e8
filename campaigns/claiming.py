"""Take a small batch of due messages for one worker, asking clearance once more (P1).

What is claimed is committed as `sending`, with its send attempt, before anything leaves (P4).
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Count, Max

from campaigns import allowance, pacing, stops, turns, unsubscribe_links, window_closing
from campaigns.clearance import Clearance, Outcome
from campaigns.clearance_facts import Decisions, facts_for
from campaigns.gateways.protocol import OutboundText
from campaigns.models import InboundText, Message, OriginationNumber, SendAttempt
from campaigns.outbound_text import outbound_text
from campaigns.vocabulary import AttemptOutcome, MessageStatus
from campaigns.waiting import due_for_sending
from consent import clock
from consent.models import OptInEvent
from consent.vocabulary import EventKind

S = MessageStatus

# Rows of people whose ledger is being written are passed over: others must be at hand
SLACK = 2

# Nothing leaves later than this after its claim: clearance is asked for both ends of the time
LEAD = timedelta(seconds=5)

# Whose text lies unread is looked at again after this
UNTIL_READ = timedelta(seconds=1)

RESTRICTING = [
    EventKind.OPTED_OUT,
    EventKind.SUPPRESSED,
    EventKind.DECLINED,
    EventKind.EXPIRED,
    EventKind.CORRECTED,
]

DECIDE = """
    UPDATE campaigns_message AS m
    SET status = d.status, due_at = d.due_at, expires_at = d.expires_at,
        clearance = d.clearance::jsonb, reason_code = d.reason_code,
        authorised_by_id = d.authorised_by, exemption = d.exemption,
        claimed_at = CASE WHEN d.status = 'sending' THEN %(now)s ELSE m.claimed_at END,
        lease_until = CASE WHEN d.status = 'sending' THEN %(lease)s::timestamptz END,
        worker = CASE WHEN d.status = 'sending' THEN %(worker)s ELSE m.worker END,
        settled_at = CASE WHEN d.status IN ('refused', 'expired') THEN %(now)s
                          ELSE m.settled_at END
    FROM unnest(%(ids)s::bigint[], %(statuses)s::text[], %(due)s::timestamptz[],
                %(expire)s::timestamptz[], %(clearances)s::text[], %(codes)s::text[],
                %(events)s::bigint[], %(exemptions)s::text[])
        AS d(id, status, due_at, expires_at, clearance, reason_code, authorised_by, exemption)
    WHERE m.id = d.id
"""


@dataclass(frozen=True, slots=True)
class Claimed:
    """One message in a worker's hands: what to hand over, and not before when.

    `restrictions` counts the events that take consent away, as the claim saw them.
    """

    message: int
    contact: int
    ordinal: int
    text: OutboundText
    leaves_at: datetime
    restrictions: int


@dataclass(slots=True)
class Batch:
    """What a claim took at a moment; `looked_at` counts refused, held and put off rows too.

    `again_at` is when there may be more, if the claim knows it to be soon.
    """

    at: datetime
    claimed: list[Claimed] = field(default_factory=list)
    looked_at: int = 0
    again_at: datetime | None = None
    tries: bool = False  # one text, although the sender is stopped, to see whether Amazon takes it


@dataclass(frozen=True, slots=True)
class _Decided:
    message: Message
    status: MessageStatus
    due_at: datetime
    clearance: Clearance
    packed: dict[str, object]
    own_end: datetime | None
    leaves_before: datetime | None

    @property
    def code(self) -> str:
        """Return the reason that is kept."""
        return window_closing.EXPIRED if self.status is S.EXPIRED else self.clearance.code


# What is claimed must outlive a crash of PostgreSQL, or it would be sent twice (P4)
DURABLE = """
    SELECT set_config('synchronous_commit', 'on', true)
    WHERE current_setting('synchronous_commit') = 'off'
"""


@transaction.atomic
def claim(number_id: int, worker: str, most: int | None = None) -> Batch:
    """Claim what is due from one number and may leave within about a second, most urgent first.

    Refused and held rows are written with their reasons. Rows that another worker holds, and
    those of people whose ledger is being written at this moment, are passed over.
    """
    number = pacing.hold(number_id)
    batch = Batch(clock.now())
    if not number.live:
        return batch
    stopped = stops.holding(number_id)
    if stopped and not stops.may_try(stopped):
        return batch
    account = allowance.hold_account()
    room = pacing.room(number, batch.at, account)
    if room == 0:
        batch.again_at = pacing.free_from(number, batch.at, account) - pacing.HORIZON / 2
        return batch
    left = allowance.allowance(number, account, batch.at)
    if left.most == 0:
        return batch
    _make_durable()
    most = 1 if stopped else min(most or settings.SEND_BATCH, room)
    rows = turns.take(
        due_for_sending(number.pk, batch.at, SLACK * most)
        .select_related("contact")
        .prefetch_related("campaign", "topic")  # few, and each row would bring its own
        .defer("clearance")
        .select_for_update(of=("self", "contact"), skip_locked=True, no_key=True),
        number,
        most,
        urgent_only=left.urgent_only,
    )
    if not rows:
        return batch
    batch.looked_at = len(rows)
    restrictions = restrictions_on([row.contact_id for row in rows])
    decided = _put_off(_decide(rows, number, batch.at), batch)
    sending = _fitting([each for each in decided if each.status is S.SENDING], room, left.most)
    if decided and not sending and all(each.status is S.SENDING for each in decided):
        batch.looked_at = 0  # no allowance is left for even one of them
    _write(
        [*(each for each in decided if each.status is not S.SENDING), *sending], batch.at, worker
    )
    # By the clock as it is now: slots that passed while clearance was asked would leave in a burst
    slots = pacing.reserve(number, [each.message.parts for each in sending], clock.now(), account)
    allowance.count(number, [each.message for each in sending], batch.at)
    links = unsubscribe_links.links_of([each.message for each in sending])
    ordinals = _next_ordinals([each.message.pk for each in sending])
    batch.claimed = [
        Claimed(
            message=each.message.pk,
            contact=each.message.contact_id,
            ordinal=ordinals.get(each.message.pk, 0) + 1,
            text=outbound_text(each.message, number, links, each.leaves_before),
            leaves_at=slot,
            restrictions=restrictions.get(each.message.contact_id, 0),
        )
        for each, slot in zip(sending, slots, strict=True)
    ]
    SendAttempt.objects.bulk_create(
        SendAttempt(
            message_id=each.message,
            ordinal=each.ordinal,
            outcome=AttemptOutcome.BEGUN,
            at=each.leaves_at,
            worker=worker,
        )
        for each in batch.claimed
    )
    if stopped and batch.claimed:
        stops.trying(stopped)
        batch.tries = True
    return batch


def restrictions_on(contacts: Sequence[int]) -> dict[int, int]:
    """Count each contact's events that may take consent away; the ledger only grows, so a count
    that has risen says that something was committed since (P5)."""
    return dict(
        OptInEvent.objects.filter(contact_id__in=contacts, kind__in=RESTRICTING)
        .values_list("contact_id")
        .annotate(number=Count("pk"))
    )


def _make_durable() -> None:
    with connection.cursor() as cursor:
        cursor.execute(DURABLE)


def _decide(rows: Sequence[Message], number: OriginationNumber, moment: datetime) -> list[_Decided]:
    facts = facts_for(rows)
    now = Decisions(moment)
    soon = Decisions(moment + LEAD, now.rulebook)
    found: list[_Decided] = []
    for row in rows:
        clearance, packed = now.of(facts[row.pk])
        if clearance.outcome is Outcome.CLEAR:
            # Hours that close within the lead would be over when it leaves
            later = soon.of(facts[row.pk])
            clearance, packed = (clearance, packed) if later[0].outcome is Outcome.CLEAR else later
        due_at, status = row.due_at, S.SENDING
        if clearance.outcome is Outcome.REFUSE:
            status = S.REFUSED
        elif clearance.outcome is Outcome.HOLD:
            status, due_at = S.HELD, clearance.until or moment + timedelta(hours=1)
        own_end = window_closing.own_end(row, facts[row.pk], now)
        if own_end and own_end <= moment + LEAD and status is not S.REFUSED:
            status = S.EXPIRED
        before = window_closing.present_end(number, facts[row.pk], now)
        found.append(_Decided(row, status, due_at, clearance, packed, own_end, before))
    return found


def _put_off(decided: list[_Decided], batch: Batch) -> list[_Decided]:
    """Leave one text a second to each contact, none to whom we have an unread text of (P5).

    The due moment of the others is put off.
    """
    lately = pacing.texted_lately({each.message.contact_id for each in decided}, batch.at)
    unread = InboundText.objects.senders_among({each.message.contact.number for each in decided})
    kept = []
    for each in decided:
        if each.status is S.SENDING:
            contact = each.message.contact_id
            again_at = lately.get(contact)
            if each.message.contact.number in unread:
                again_at = batch.at + UNTIL_READ
            if again_at:
                Message.objects.filter(pk=each.message.pk).update(due_at=again_at)
                batch.again_at = min(again_at, batch.again_at or again_at)
                continue
            lately[contact] = batch.at + pacing.HORIZON + pacing.BETWEEN_TEXTS
        kept.append(each)
    return kept


def _fitting(decided: list[_Decided], room: int, left: int | None) -> list[_Decided]:
    """Return as many as the slots of the horizon hold, one at least; the others stay queued.

    No more parts than are left of cap and money, though.
    """
    found: list[_Decided] = []
    taken = 0
    for each in decided:
        if found and taken + each.message.parts > room:
            break
        if left is not None and taken + each.message.parts > left:
            break
        taken += each.message.parts
        found.append(each)
    return found


def _write(decided: Sequence[_Decided], moment: datetime, worker: str) -> None:
    if not decided:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            DECIDE,
            {
                "now": moment,
                "lease": moment + timedelta(seconds=settings.SEND_LEASE_SECONDS),
                "worker": worker,
                "ids": [each.message.pk for each in decided],
                "statuses": [each.status.value for each in decided],
                "due": [each.due_at for each in decided],
                "expire": [each.own_end for each in decided],
                "clearances": [json.dumps(each.packed) for each in decided],
                "codes": [each.code for each in decided],
                "events": [each.clearance.authorised_by for each in decided],
                "exemptions": [each.clearance.exemption.value for each in decided],
            },
        )


def _next_ordinals(messages: Sequence[int]) -> dict[int, int]:
    return dict(
        SendAttempt.objects.filter(message_id__in=messages)
        .values_list("message_id")
        .annotate(last=Max("ordinal"))
    )
