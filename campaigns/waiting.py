"""Which messages wait at an origination number and may be claimed, however many others wait."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from campaigns.models import Message
from campaigns.outbox import PRIORITY
from campaigns.statements import rows
from campaigns.vocabulary import MessageKind
from consent.models import Contact

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

OF_MESSAGE = (
    *("id", "contact_id", "topic_id", "campaign_id", "origination_number_id", "kind", "body"),
    *("parts", "priority", "about_event_id", "answers_id", "status", "due_at", "expires_at"),
)
OF_CONTACT = ("id", "number", "country")
# A row that somebody holds, or whose person's ledger is being written, is passed over
HOLD = f"""
    SELECT {", ".join(f"m.{column}" for column in OF_MESSAGE)},
           {", ".join(f"c.{column}" for column in OF_CONTACT)}
    FROM campaigns_message AS m JOIN consent_contact AS c ON c.id = m.contact_id
    WHERE m.id = ANY(%(ids)s) AND m.status IN ('queued', 'held') AND m.due_at <= %(now)s
        AND m.priority BETWEEN %(first)s AND %(last)s
    ORDER BY m.priority, m.due_at, m.id LIMIT %(most)s
    FOR NO KEY UPDATE OF m, c SKIP LOCKED
"""  # noqa: S608  our own columns
LEAST_URGENT = max(SINGLES)


@dataclass(frozen=True, slots=True)
class Due:
    """What may be claimed from a number at a moment: so many of each campaign and urgency."""

    ids: list[int]
    moment: datetime

    def hold(self, most: int, *, first: int = 0, last: int = LEAST_URGENT) -> list[Message]:
        """Lock and return so many of these priorities, most urgent first, with their contacts.

        They hold what a claim reads, and no more.
        """
        if not self.ids:
            return []
        found = rows(HOLD, ids=self.ids, now=self.moment, first=first, last=last, most=most)
        return [_message(row) for row in found]


def due_for_sending(number_id: int, moment: datetime, most: int) -> Due:
    """Find up to so many of each campaign and urgency; campaigns that are paused wait."""
    return Due([pk for (pk,) in rows(CANDIDATES, **asked(number_id, moment, most))], moment)


def has_due(number_id: int, moment: datetime) -> bool:
    """Say whether a number has something to send at this moment."""
    ((found,),) = rows(f"SELECT EXISTS ({CANDIDATES})", **asked(number_id, moment, 1))
    return bool(found)


def asked(number_id: int, moment: datetime, most: int) -> dict[str, Any]:
    return {
        "number": number_id,
        "now": moment,
        "most": most,
        "priorities": SINGLES,
        "of_campaigns": PRIORITY[MessageKind.CAMPAIGN],
    }


def _message(row: tuple[Any, ...]) -> Message:
    of_message = len(OF_MESSAGE)
    message = Message.from_db("default", OF_MESSAGE, row[:of_message])
    message.contact = Contact.from_db("default", OF_CONTACT, row[of_message:])
    return message
