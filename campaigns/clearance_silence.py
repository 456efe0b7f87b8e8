"""How many promotional texts a person has left unanswered, at any moment and in bulk."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import connection

from campaigns.vocabulary import MessageKind, MessageStatus
from consent.vocabulary import EventKind, MessageClass

SIGNS_OF_LIFE = [EventKind.REQUESTED.value, EventKind.CONFIRMED.value, EventKind.OPTED_IN.value]
"""What a person does themselves on the ledger; a reply of any kind is one too."""

EXPECTS_NONE = {
    "signs": SIGNS_OF_LIFE,
    "arrived": [MessageStatus.ACCEPTED.value, MessageStatus.UNCONFIRMED.value],
    "silent_kinds": [MessageKind.CAMPAIGN.value, MessageKind.LIST_AUDIT.value],
    "promotional": MessageClass.PROMOTIONAL.value,
}
"""Which texts count once they went out: what nobody asked for. Answers and requests are none."""

_UNANSWERED = """
    SELECT count(m.id)
    FROM unnest(%(contacts)s::bigint[], %(moments)s::timestamptz[], %(messages)s::bigint[])
        WITH ORDINALITY AS asked(contact, moment, message, place)
    CROSS JOIN LATERAL (
        SELECT greatest(
            (SELECT max(received_at) FROM campaigns_reply
             WHERE contact_id = asked.contact AND received_at <= asked.moment),
            (SELECT max(e.occurred_at) FROM consent_optinevent e
             WHERE e.contact_id = asked.contact AND e.kind = ANY(%(signs)s)
                 AND e.occurred_at <= asked.moment
                 AND NOT EXISTS (SELECT FROM consent_optinevent c
                                 WHERE c.corrects_id = e.id AND c.occurred_at <= asked.moment))
        ) AS seen
    ) AS life
    LEFT JOIN LATERAL (
        SELECT t.id FROM campaigns_message t JOIN consent_topic o ON o.id = t.topic_id
        WHERE t.contact_id = asked.contact AND t.id IS DISTINCT FROM asked.message
            AND t.status = ANY(%(arrived)s) AND t.kind = ANY(%(silent_kinds)s)
            AND o.message_class = %(promotional)s AND t.created_at <= asked.moment
            AND coalesce(t.claimed_at, t.settled_at, t.due_at) <= asked.moment
            AND coalesce(t.claimed_at, t.settled_at, t.due_at) > coalesce(life.seen, '-infinity')
    ) AS m ON true
    GROUP BY asked.place ORDER BY asked.place
"""

Asked = tuple[int, datetime, int | None]


def unanswered(asked: Iterable[Asked]) -> dict[Asked, int]:
    """Return how many texts a contact had left unanswered at a moment, a message left out.

    One query. A topic's class is today's.
    """
    distinct = list(dict.fromkeys(asked))
    if not distinct:
        return {}
    contacts, moments, messages = (list(each) for each in zip(*distinct, strict=True))
    given: dict[str, Any] = {
        **EXPECTS_NONE,
        "contacts": contacts,
        "moments": moments,
        "messages": messages,
    }
    with connection.cursor() as cursor:
        cursor.execute(_UNANSWERED, given)
        counts = [count for (count,) in cursor.fetchall()]
    return dict(zip(distinct, counts, strict=True))
