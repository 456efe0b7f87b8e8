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

# Two readings of one message take turns, else both would count its price
HOLD = """
    SELECT FROM campaigns_message WHERE id = ANY(%(messages)s) ORDER BY id FOR NO KEY UPDATE
"""

# The latest word counts; a price may have come with an earlier one. By how much a message's cost
# changes is by how much the month's does.
TELL = """
    WITH latest AS (
        SELECT DISTINCT ON (message_id) message_id, outcome,
               max(price) OVER (PARTITION BY message_id) AS cost
        FROM campaigns_receipt WHERE message_id = ANY(%(messages)s)
        ORDER BY message_id, logged_at DESC, id DESC
    ), changed AS MATERIALIZED (
        SELECT m.id, m.contact_id, m.parts, m.cost AS was, latest.outcome, latest.cost,
               date_trunc('month', m.claimed_at, 'UTC') AS month
        FROM latest JOIN campaigns_message AS m ON m.id = latest.message_id
        WHERE (m.delivery, m.cost) IS DISTINCT FROM (latest.outcome, latest.cost)
    ), told AS (
        UPDATE campaigns_message AS m SET delivery = changed.outcome, cost = changed.cost
        FROM changed WHERE m.id = changed.id
    )
    INSERT INTO campaigns_partspriced AS p (country, month, parts, cost)
    SELECT c.country, changed.month, coalesce(sum(changed.parts) FILTER (WHERE was IS NULL), 0),
           sum(changed.cost - coalesce(was, 0))
    FROM changed JOIN consent_contact AS c ON c.id = changed.contact_id
    WHERE changed.cost IS DISTINCT FROM was AND changed.month IS NOT NULL
    GROUP BY c.country, changed.month
    ORDER BY c.country, changed.month
    ON CONFLICT (month, country)
    DO UPDATE SET parts = p.parts + EXCLUDED.parts, cost = p.cost + EXCLUDED.cost
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


@transaction.atomic
def tell_messages(messages: Sequence[int]) -> None:
    """Write the latest word of their receipts on messages, and what they cost on their month.

    For pages that count many, and for the month's money.
    """
    if messages:
        asked = {"messages": list(messages)}
        with connection.cursor() as cursor:
            cursor.execute(HOLD, asked)
            # A statement of its own: it must see what whoever held them before has written
            cursor.execute(TELL, asked)
