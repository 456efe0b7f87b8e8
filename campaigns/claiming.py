"""Take a small batch of due messages for one worker, asking clearance once more (P1).

What is claimed is committed as `sending`, with its send attempt, before anything leaves (P4).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from campaigns import (
    allowance,
    amazon_blocks,
    pacing,
    stops,
    turns,
    unsubscribe_links,
    window_closing,
)
from campaigns.beginning import Decided, begin
from campaigns.clearance import Outcome
from campaigns.clearance_facts import Decisions, facts_for
from campaigns.clearance_rules import EXEMPT
from campaigns.gateways.protocol import OutboundText
from campaigns.models import Message, OriginationNumber
from campaigns.outbound_text import outbound_text
from campaigns.statements import rows
from campaigns.vocabulary import MessageStatus
from campaigns.waiting import due_for_sending
from consent import clock
from consent.vocabulary import EventKind

S = MessageStatus

# Rows of people whose ledger is being written are passed over: others must be at hand
SLACK = 2

# Nothing leaves later than this after its claim: clearance is asked for both ends of the time
LEAD = timedelta(seconds=5)

# Whose text lies unread is looked at again after this
UNTIL_READ = timedelta(seconds=1)

# Whom Amazon blocks although they agreed anew: `unblocking` asks it, and brings them forward
UNTIL_LIFTED = timedelta(minutes=5)

RESTRICTING = [
    EventKind.OPTED_OUT,
    EventKind.SUPPRESSED,
    EventKind.DECLINED,
    EventKind.EXPIRED,
    EventKind.CORRECTED,
]

# Read once the people are held, so nothing is written of them until the claim is committed
PEOPLE = """
    SELECT c.id,
           (SELECT count(*) FROM consent_optinevent AS e
            WHERE e.contact_id = c.id AND e.kind = ANY(%(restricting)s)),
           (SELECT max(a.at) FROM campaigns_message AS m
                JOIN campaigns_sendattempt AS a ON a.message_id = m.id
            WHERE m.contact_id = c.id AND a.outcome = 'begun'
                AND a.at > %(since)s AND a.at < %(until)s),
           EXISTS (SELECT FROM campaigns_inboundtext AS t WHERE t.sender = c.number),
           EXISTS (SELECT FROM campaigns_amazonblock AS b
                   WHERE b.contact_id = c.id AND b.left_at IS NULL)
    FROM consent_contact AS c WHERE c.id = ANY(%(contacts)s)
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
class _Known:
    """What was written of a person whom a claim holds, and when they may have their next text.

    `restrictions` counts the events that may take consent away; the ledger only grows, so a count
    that has risen says that something was committed since (P5).
    """

    restrictions: int
    again_at: datetime | None
    unread: bool
    blocked: bool


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
    stopped = stops.holding(number_id) if stops.may_hold() else []
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
    rows(DURABLE)
    most = 1 if stopped else min(most or settings.SEND_BATCH, room)
    due = due_for_sending(number.pk, batch.at, SLACK * most)
    messages = turns.take(due, number, most, urgent_only=left.urgent_only)
    if not messages:
        return batch
    batch.looked_at = len(messages)
    people = _known([row.contact_id for row in messages], batch.at)
    decided = _put_off(_decide(messages, number, batch.at), people, batch)
    others = [each for each in decided if each.status is not S.SENDING]
    sending = _fitting([each for each in decided if each.status is S.SENDING], room, left.most)
    if decided and not sending and not others:
        batch.looked_at = 0  # no allowance is left for even one of them
    # By the clock as it is now: slots that passed while clearance was asked would leave in a burst
    slots = pacing.reserve(number, [each.message.parts for each in sending], clock.now(), account)
    leaving = list(zip(sending, slots, strict=True))
    ordinals = begin(others, leaving, batch.at, worker)
    allowance.count(number, [each.message for each in sending], batch.at)
    links = unsubscribe_links.links_of([each.message for each in sending])
    batch.claimed = [
        Claimed(
            message=each.message.pk,
            contact=each.message.contact_id,
            ordinal=ordinals[each.message.pk],
            text=outbound_text(each.message, number, links, each.leaves_before),
            leaves_at=slot,
            restrictions=people[each.message.contact_id].restrictions,
        )
        for each, slot in leaving
    ]
    if stopped and batch.claimed:
        stops.trying(stopped)
        batch.tries = True
    return batch


def _known(contacts: Sequence[int], moment: datetime) -> dict[int, _Known]:
    found = rows(
        PEOPLE,
        contacts=list(contacts),
        restricting=[kind.value for kind in RESTRICTING],
        since=moment - pacing.BETWEEN_TEXTS,
        until=moment + pacing.FURTHEST,
    )
    return {
        contact: _Known(count, latest + pacing.BETWEEN_TEXTS if latest else None, unread, blocked)
        for contact, count, latest, unread, blocked in found
    }


def _decide(
    messages: Sequence[Message], number: OriginationNumber, moment: datetime
) -> list[Decided]:
    now = Decisions(moment)
    soon = Decisions(moment + LEAD, now.rulebook)
    facts = facts_for(messages, count_silence=bool(now.rulebook.silences))
    found: list[Decided] = []
    for row in messages:
        clearance, packed = now.of(facts[row.pk])
        # Hours that close within the lead would be over when it leaves
        later = clearance.outcome is Outcome.CLEAR and soon.outcome(facts[row.pk])
        if later and later is not Outcome.CLEAR:
            clearance, packed = soon.of(facts[row.pk])
        due_at, status = row.due_at, S.SENDING
        if clearance.outcome is Outcome.REFUSE:
            status = S.REFUSED
        elif clearance.outcome is Outcome.HOLD:
            status, due_at = S.HELD, clearance.until or moment + timedelta(hours=1)
        own_end = window_closing.own_end(row, facts[row.pk], now)
        if own_end and own_end <= moment + LEAD and status is not S.REFUSED:
            status = S.EXPIRED
        before = window_closing.present_end(number, facts[row.pk], now)
        found.append(Decided(row, status, due_at, clearance, packed, own_end, before))
    return found


def _put_off(
    decided: Sequence[Decided], people: Mapping[int, _Known], batch: Batch
) -> list[Decided]:
    """Leave one text a second to each contact, none to whom we have an unread text of (P5).

    Nor to whom Amazon still blocks: it is asked to let go of who agreed anew. The due moment of the
    others is put off.
    """
    lately: dict[int, datetime] = {}
    blocked: set[int] = set()
    kept = []
    for each in decided:
        if each.status is S.SENDING:
            contact = each.message.contact_id
            again_at = lately.get(contact) or people[contact].again_at
            if people[contact].unread:
                again_at = batch.at + UNTIL_READ
            elif people[contact].blocked and each.message.kind not in EXEMPT["amazon"]:
                blocked.add(contact)
                again_at = batch.at + UNTIL_LIFTED
            if again_at:
                Message.objects.filter(pk=each.message.pk).update(due_at=again_at)
                batch.again_at = min(again_at, batch.again_at or again_at)
                continue
            lately[contact] = batch.at + pacing.HORIZON + pacing.BETWEEN_TEXTS
        kept.append(each)
    if blocked:
        amazon_blocks.ask_soon(blocked, batch.at)
    return kept


def _fitting(decided: list[Decided], room: int, left: int | None) -> list[Decided]:
    """Return as many as the slots of the horizon hold, one at least; the others stay queued.

    No more parts than are left of cap and money, though.
    """
    found: list[Decided] = []
    taken = 0
    for each in decided:
        if found and taken + each.message.parts > room:
            break
        if left is not None and taken + each.message.parts > left:
            break
        taken += each.message.parts
        found.append(each)
    return found
