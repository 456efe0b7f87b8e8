"""Start campaigns whose time has come, write their audience down, and see when they are done."""

import json
from collections.abc import Sequence
from datetime import datetime

from django.db import connection, transaction
from django.db.models import Exists, Max, OuterRef

from campaigns import wording
from campaigns.clearance import Outcome
from campaigns.clearance_facts import Ask, Decisions, facts_of
from campaigns.lifecycle import OPEN
from campaigns.models import Campaign, Message
from campaigns.outbox import PRIORITY
from campaigns.vocabulary import CampaignStatus, MessageKind, MessageStatus
from consent import clock
from consent.models import Subscription

C = CampaignStatus
CHUNK = 2500
CHANGED = "It was changed after its approval, so it did not start: submit it again."

STATUS = {
    Outcome.CLEAR: MessageStatus.QUEUED,
    Outcome.HOLD: MessageStatus.HELD,
    Outcome.REFUSE: MessageStatus.REFUSED,
}

# One contact once per campaign by constraint, so a chunk that is frozen twice adds nothing.
# Verdicts are few and people many: each verdict travels once and is joined to its people here.
FREEZE = """
    INSERT INTO campaigns_message (
        contact_id, topic_id, campaign_id, origination_number_id, kind, body, parts, priority,
        status, due_at, created_at, clearance, reason_code, authorised_by_id, exemption, worker,
        amazon_message_id, settled_at
    )
    SELECT p.contact, %(topic)s, %(campaign)s, %(number)s, 'campaign', '', %(parts)s,
           %(priority)s, v.status, v.due_at, %(now)s,
           CASE WHEN p.event IS NULL THEN v.clearance::jsonb
                ELSE v.clearance::jsonb || jsonb_build_object('a', p.event) END,
           v.code, p.event, '', '', '', CASE WHEN v.status = 'refused' THEN %(now)s END
    FROM unnest(%(contacts)s::bigint[], %(events)s::bigint[], %(verdicts)s::int[])
        AS p(contact, event, verdict)
    JOIN unnest(%(numbers)s::int[], %(statuses)s::text[], %(due)s::timestamptz[],
                %(clearances)s::text[], %(codes)s::text[])
        AS v(number, status, due_at, clearance, code) ON v.number = p.verdict
    ON CONFLICT DO NOTHING
"""


@transaction.atomic
def start(campaign_id: int) -> bool:
    """Set an approved campaign running if its time has come; return whether it runs.

    One that no longer says what was approved goes back to draft, with the reason; nothing leaves.
    """
    row = Campaign.objects.select_for_update().get(pk=campaign_id)
    if row.status != C.APPROVED or row.scheduled_at > clock.now():
        return False
    row._history_user = None
    if not row.is_approved:
        row.status, row._change_reason = C.DRAFT, CHANGED
        row.approved_by = row.approved_at = None
        row.approved_digest = ""
        row.save()
        return False
    row.status, row.started_at = C.RUNNING, clock.now()
    row._change_reason = "Started at the time that was approved"
    row.save()
    return True


def freeze(campaign_id: int) -> None:
    """Write the audience of a running campaign down, a chunk at a time, each with its clearance.

    May be lost at any point and run again, or run twice at once: it goes on behind the last chunk.
    """
    while _freeze_chunk(campaign_id):
        pass


@transaction.atomic
def _freeze_chunk(campaign_id: int) -> bool:
    """Freeze the next people, in order of their ids; return whether there may be more."""
    found = Campaign.objects.select_for_update(no_key=True).filter(
        pk=campaign_id, status__in=[C.RUNNING, C.PAUSED], frozen_at=None
    )
    row = found.first()
    if row is None:
        return False
    # Behind the last one written: the audience is in order of ids, and the constraint knows them
    last = Message.objects.filter(campaign=row).aggregate(last=Max("contact_id"))["last"] or 0
    people = list(
        Subscription.objects.opted_in(row.topic)
        .filter(contact_id__gt=last)
        .order_by("contact_id")
        .values_list("contact_id", flat=True)[:CHUNK]
    )
    if people:
        _write(row, people, clock.now())
        return True
    row.frozen_at = clock.now()
    row._history_user, row._change_reason = None, "The audience is written down"
    row.save()
    return False


def _write(row: Campaign, people: Sequence[int], moment: datetime) -> None:
    asks = [
        Ask(MessageKind.CAMPAIGN, contact, row.topic_id, row.origination_number_id, row.pk)
        for contact in people
    ]
    decisions = Decisions(moment)
    verdicts: dict[tuple[str, datetime, str, str], int] = {}
    events, numbers = [], []
    for facts in facts_of(asks):
        clearance, packed = decisions.of(facts)
        verdict = (
            STATUS[clearance.outcome].value,
            clearance.until or moment,
            json.dumps({key: value for key, value in packed.items() if key != "a"}),
            clearance.code,
        )
        numbers.append(verdicts.setdefault(verdict, len(verdicts)))
        events.append(clearance.authorised_by)
    statuses, due, clearances, codes = zip(*verdicts, strict=True)
    with connection.cursor() as cursor:
        cursor.execute(
            FREEZE,
            {
                "topic": row.topic_id,
                "campaign": row.pk,
                "number": row.origination_number_id,
                "parts": wording.parts(row.text).parts,
                "priority": PRIORITY[MessageKind.CAMPAIGN],
                "now": moment,
                "contacts": list(people),
                "events": events,
                "verdicts": numbers,
                "numbers": list(range(len(verdicts))),
                "statuses": list(statuses),
                "due": list(due),
                "clearances": list(clearances),
                "codes": list(codes),
            },
        )


def unfrozen() -> list[int]:
    """Return running campaigns whose audience is not yet written down whole (P6)."""
    return list(Campaign.objects.filter(status=C.RUNNING, frozen_at=None).values_list(flat=True))


def finish_exhausted() -> int:
    """Finish running campaigns of which no message waits or is under way; return how many.

    An unconfirmed message keeps none open: a person settles it in their own time.
    """
    still_open = Message.objects.filter(
        campaign=OuterRef("pk"), status__in=[status.value for status in OPEN]
    )
    done = 0
    for pk in list(
        Campaign.objects.filter(~Exists(still_open), status=C.RUNNING)
        .exclude(frozen_at=None)
        .values_list("pk", flat=True)
    ):
        with transaction.atomic():
            row = Campaign.objects.select_for_update().get(pk=pk)
            if row.status != C.RUNNING:
                continue
            row.status, row.finished_at = C.FINISHED, clock.now()
            row._history_user, row._change_reason = None, "Nothing is left to send"
            row.save()
            done += 1
    return done
