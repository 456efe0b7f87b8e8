"""Which messages wait at an origination number and may be claimed, however many others wait."""

from datetime import datetime
from typing import Any

from django.db import connection

from campaigns.models import Message
from campaigns.models.message import MessageQuerySet
from campaigns.outbox import PRIORITY
from campaigns.vocabulary import MessageKind

# Each source of texts by itself, in the order of its index: neither what is held for later nor what
# waits in a campaign that is paused lies on the way, however many they are
CANDIDATES = """
    SELECT next.id
    FROM (
        SELECT NULL::bigint AS campaign, unnest(%(priorities)s::int[]) AS priority
        UNION ALL
        SELECT id, %(of_campaigns)s FROM campaigns_campaign WHERE status = 'running'
    ) AS source
    CROSS JOIN LATERAL (
        (SELECT id FROM campaigns_message
         WHERE source.campaign IS NULL AND campaign_id IS NULL
             AND origination_number_id = %(number)s AND priority = source.priority
             AND status IN ('queued', 'held') AND due_at <= %(now)s
         -- as the index has it: of nulls PostgreSQL does not know that they are all the same
         ORDER BY campaign_id, due_at, id LIMIT %(most)s)
        UNION ALL
        (SELECT id FROM campaigns_message
         WHERE campaign_id = source.campaign
             AND origination_number_id = %(number)s AND priority = source.priority
             AND status IN ('queued', 'held') AND due_at <= %(now)s
         ORDER BY due_at, id LIMIT %(most)s)
    ) AS next
"""
SINGLES = sorted(set(PRIORITY.values()))


def due_for_sending(number_id: int, moment: datetime, most: int) -> MessageQuerySet:
    """Return up to so many of each campaign and urgency that may be claimed, most urgent first.

    Campaigns that are paused wait.
    """
    with connection.cursor() as cursor:
        cursor.execute(CANDIDATES, asked(number_id, moment, most))
        found = [row[0] for row in cursor.fetchall()]
    return Message.objects.due(moment).filter(pk__in=found)


def has_due(number_id: int, moment: datetime) -> bool:
    """Say whether a number has something to send at this moment."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT EXISTS ({CANDIDATES})", asked(number_id, moment, 1))
        return bool(cursor.fetchone()[0])


def asked(number_id: int, moment: datetime, most: int) -> dict[str, Any]:
    return {
        "number": number_id,
        "now": moment,
        "most": most,
        "priorities": SINGLES,
        "of_campaigns": PRIORITY[MessageKind.CAMPAIGN],
    }
