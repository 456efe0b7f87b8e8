"""Hold the rows of a list against the ledger, all at once.

What becomes of a row is decided by `checking.against_ledger` alone: once for each way in which the
ledger can stand to a row, and one statement joins the answers to the rows.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import product

from django.db import connection

from consent import clock
from consent.importing.checking import OnRecord, against_ledger
from consent.models import Topic
from consent.vocabulary import Standing

_AT = datetime(2025, 1, 1, tzinfo=UTC)  # any moment: only what came before and after it counts

_CHANGED = """
    WITH verdict AS (
        SELECT * FROM unnest(%(standing)s::text[], %(later)s::bool[], %(opted_out)s::bool[],
                             %(suppressed)s::bool[], %(told)s::bool[], %(outcome)s::text[],
                             %(reason)s::text[])
            AS v(standing, later, opted_out, suppressed, told, outcome, reason)
    ), fact AS MATERIALIZED (
        SELECT r.line,
               -- A topic's own row counts in what concerned every topic; without one that speaks
               coalesce(own.standing, whole.standing, 'unknown') AS standing,
               coalesce(coalesce(own.since, whole.since) >= r.occurred_at, false) AS later,
               CASE WHEN own.id IS NULL THEN whole.opted_out_by_id
                    ELSE own.opted_out_by_id END IS NOT NULL AS opted_out,
               EXISTS (SELECT FROM consent_suppression s WHERE s.contact_id = c.id
                       AND (s.topic_id = r.topic_id OR s.topic_id IS NULL)
                       AND (s.expires_at IS NULL OR s.expires_at > %(now)s)) AS suppressed,
               EXISTS (SELECT FROM consent_optinevent e WHERE e.contact_id = c.id
                       AND e.topic_id = r.topic_id AND e.occurred_at = r.occurred_at
                       AND e.kind = 'opted_in'
                       AND NOT EXISTS (SELECT FROM consent_optinevent v
                                       WHERE v.corrects_id = e.id)) AS told
        FROM consent_contactimportrow r
        JOIN consent_contact c ON c.number = r.number
        LEFT JOIN consent_subscription own ON own.contact_id = c.id AND own.topic_id = r.topic_id
        LEFT JOIN consent_subscription whole ON whole.contact_id = c.id AND whole.topic_id IS NULL
        WHERE r.contact_import_id = %(import)s AND r.line BETWEEN %(first)s AND %(last)s
          AND r.outcome = 'new'
    )
    UPDATE consent_contactimportrow r SET outcome = v.outcome, reason = v.reason
    FROM fact JOIN verdict v USING (standing, later, opted_out, suppressed, told)
    WHERE r.contact_import_id = %(import)s AND r.line = fact.line AND v.outcome <> 'new'
"""
_CLOSED = """
    UPDATE consent_contactimportrow r
    SET outcome = 'unknown_topic', reason = 'The topic "' || t.slug || '" is closed.'
    FROM consent_topic t
    WHERE t.id = r.topic_id AND NOT t.open AND r.outcome = 'new'
      AND r.contact_import_id = %(import)s AND r.line BETWEEN %(first)s AND %(last)s
"""


def hold_against_ledger(import_id: int, first: int, last: int) -> int:
    """Change the outcome of new rows in lines `first` to `last` that the ledger bars or knows.

    Return how many it changed.
    """
    columns = zip(*_verdicts(), strict=True)
    names = ("standing", "later", "opted_out", "suppressed", "told", "outcome", "reason")
    with connection.cursor() as cursor:
        cursor.execute(
            _CHANGED,
            {
                **dict(zip(names, map(list, columns), strict=True)),
                "import": import_id,
                "first": first,
                "last": last,
                "now": clock.now(),
            },
        )
        return cursor.rowcount


def leave_closed_topics(import_id: int, first: int, last: int) -> None:
    """Change the outcome of new rows whose topic was closed since they were read."""
    if not Topic.objects.filter(open=False).exists():
        return
    with connection.cursor() as cursor:
        cursor.execute(_CLOSED, {"import": import_id, "first": first, "last": last})


def _verdicts() -> Iterator[tuple[str, bool, bool, bool, bool, str, str]]:
    """Yield each way in which the ledger can stand to a consent, and what becomes of the row."""
    yes_or_no = (False, True)
    for standing, later, opted_out, suppressed, told in product(
        Standing, yes_or_no, yes_or_no, yes_or_no, yes_or_no
    ):
        since = _AT if later else _AT - timedelta(seconds=1)
        outcome, reason = against_ledger(
            _AT, OnRecord(standing, since, opted_out, suppressed, told)
        )
        yield standing.value, later, opted_out, suppressed, told, outcome.value, reason
