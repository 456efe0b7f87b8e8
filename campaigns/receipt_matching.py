"""Bring receipts and messages together: by Amazon's id, else by person and time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import connection, transaction

from consent import clock

# Amazon writes receipts up to 72 hours after the text; our own row may be slower still
KEEP_MATCHING = timedelta(days=14)
# How far Amazon's moment of publishing may lie from the attempt: two clocks, and a slow answer
BEFORE = timedelta(seconds=30)
AFTER = timedelta(seconds=60)

BY_ID = """
    UPDATE campaigns_receipt AS r SET message_id = m.id
    FROM campaigns_message AS m
    WHERE r.message_id IS NULL AND r.received_at > %(since)s
      AND m.amazon_message_id = r.amazon_message_id AND m.amazon_message_id <> ''
    RETURNING r.message_id
"""

# One id and one message that may only mean each other; a text still in the air may mean it too
BY_TIME = """
    WITH lost AS MATERIALIZED (
        SELECT DISTINCT contact_id FROM campaigns_message WHERE status = 'unconfirmed'
    ), meant AS (
        SELECT DISTINCT r.amazon_message_id AS amazon_id, m.id AS message, m.status
        FROM lost
        JOIN campaigns_message AS m
          ON m.contact_id = lost.contact_id AND m.status IN ('unconfirmed', 'sending')
        JOIN campaigns_sendattempt AS a ON a.message_id = m.id AND a.outcome = 'begun'
        JOIN campaigns_receipt AS r
          ON r.contact_id = lost.contact_id AND r.message_id IS NULL
         AND r.published_at BETWEEN a.at - %(before)s AND a.at + %(after)s
        WHERE r.received_at > %(since)s
    ), sole AS (
        SELECT amazon_id, message, status,
               count(*) OVER (PARTITION BY amazon_id) AS messages,
               count(*) OVER (PARTITION BY message) AS ids
        FROM meant
    )
    UPDATE campaigns_message AS m
    SET status = 'accepted', amazon_message_id = sole.amazon_id, settled_at = %(now)s,
        reason_code = 'settled_by_receipt', lease_until = NULL
    FROM sole
    WHERE m.id = sole.message AND m.status = 'unconfirmed'
      AND sole.status = 'unconfirmed' AND sole.messages = 1 AND sole.ids = 1
    RETURNING m.id
"""

# The latest word counts; a price may have come with an earlier one
TELL = """
    UPDATE campaigns_message AS m SET delivery = latest.outcome, cost = latest.cost
    FROM (
        SELECT DISTINCT ON (message_id) message_id, outcome,
               max(price) OVER (PARTITION BY message_id) AS cost
        FROM campaigns_receipt WHERE message_id = ANY(%(messages)s)
        ORDER BY message_id, logged_at DESC, id DESC
    ) AS latest
    WHERE m.id = latest.message_id
      AND (m.delivery, m.cost) IS DISTINCT FROM (latest.outcome, latest.cost)
"""


@dataclass(frozen=True, slots=True)
class Late:
    """What was matched after the receipt was kept: by id, and settled by person and time."""

    by_id: int = 0
    settled: int = 0


@transaction.atomic
def match_late() -> Late:
    """Match receipts that came before their message knew its id, and settle what they name.

    An unconfirmed message becomes accepted when one receipt to that person at that moment can mean
    no other text; where it might, a person settles it.
    """
    now = clock.now()
    asked: dict[str, Any] = {
        "since": now - KEEP_MATCHING,
        "now": now,
        "before": BEFORE,
        "after": AFTER,
    }
    with connection.cursor() as cursor:
        cursor.execute(BY_ID, asked)
        found = {row[0] for row in cursor.fetchall()}
        cursor.execute(BY_TIME, asked)
        settled = len(cursor.fetchall())
        by_id = len(found)
        if settled:
            cursor.execute(BY_ID, asked)
            found |= {row[0] for row in cursor.fetchall()}
    tell_messages(sorted(found))
    return Late(by_id, settled)


def tell_messages(messages: Sequence[int]) -> None:
    """Write the latest word of their receipts on messages, for pages that count many."""
    if messages:
        with connection.cursor() as cursor:
            cursor.execute(TELL, {"messages": list(messages)})
