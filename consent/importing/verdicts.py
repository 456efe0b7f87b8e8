"""Hold the rows of a list against the ledger, all at once.

What becomes of a row is decided by `checking.against_ledger` alone: once for each way in which the
ledger can stand to a row, and one statement joins the answers to the rows.
"""

from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import product
from typing import Any

from django.conf import settings
from django.db import connection

from consent import clock
from consent.importing.checking import (
    OnRecord,
    against_ledger,
    opt_out_against_ledger,
    suppression_against_ledger,
)
from consent.models import Topic
from consent.vocabulary import EventKind, Standing

_AT = datetime(2025, 1, 1, tzinfo=UTC)  # any moment: only what came before and after it counts

# All keys at once, which reads the index from one to the next: of nobody who is not on record does
# the ledger hold anything
_ANY_KNOWN = """
    SELECT EXISTS (
        SELECT FROM consent_contact WHERE number = ANY (ARRAY(
            SELECT number FROM consent_contactimportrow
            WHERE contact_import_id = %(import)s AND line BETWEEN %(first)s AND %(last)s
        ))
    )
"""
# Each row is looked up by its key, which OFFSET 0 insists on: a join is planned by what is believed
# of the tables, and while a first import is under way that may be that they are empty
_CHANGED = """
    WITH verdict AS (
        SELECT * FROM unnest(%(kind)s::text[], %(standing)s::text[], %(later)s::bool[],
                             %(opted_out)s::bool[], %(suppressed)s::bool[], %(told)s::bool[],
                             %(proved_later)s::bool[], %(renews)s::bool[], %(outcome)s::text[],
                             %(reason)s::text[])
            AS v(kind, standing, later, opted_out, suppressed, told, proved_later, renews, outcome,
                 reason)
    ), fact AS MATERIALIZED (
        SELECT r.ctid AS at, r.kind,
               -- A topic's own row counts in what concerned every topic; without one that speaks.
               -- Who is in any topic has not left all of them.
               CASE WHEN r.topic_id IS NULL AND EXISTS (
                        SELECT FROM consent_subscription s WHERE s.contact_id = c.id
                        AND s.standing IN ('opted_in', 'pending')) THEN 'opted_in'
                    ELSE coalesce(own.standing, whole.standing, 'unknown') END AS standing,
               coalesce(coalesce(own.since, whole.since) >= r.occurred_at, false) AS later,
               CASE WHEN own.id IS NULL THEN whole.opted_out_by_id
                    ELSE own.opted_out_by_id END IS NOT NULL AS opted_out,
               EXISTS (SELECT FROM consent_suppression s WHERE s.contact_id = c.id
                       AND (s.topic_id = r.topic_id OR s.topic_id IS NULL)
                       AND (s.expires_at IS NULL OR s.expires_at > %(now)s
                            -- A bar replaces only one that ends sooner
                            AND (r.kind <> 'suppressed' OR s.expires_at >= %(until)s))
                       -- and one that asking to join would lift
                       AND (r.kind <> 'suppressed' OR NOT EXISTS (
                            SELECT FROM consent_optinevent b
                            WHERE b.id = s.event_id AND b.source = 'reassigned'))
                       ) AS suppressed,
               EXISTS (SELECT FROM consent_optinevent e WHERE e.contact_id = c.id
                       AND e.topic_id IS NOT DISTINCT FROM r.topic_id
                       AND e.occurred_at = r.occurred_at
                       AND e.kind = CASE r.kind WHEN 'requested' THEN 'opted_in' ELSE r.kind END
                       AND NOT EXISTS (SELECT FROM consent_optinevent v
                                       WHERE v.corrects_id = e.id OFFSET 0)) AS told,
               r.disclosure_id IS NOT NULL AND coalesce(
                   r.occurred_at > (SELECT o.occurred_at FROM consent_optinevent o
                                    WHERE o.id = coalesce(own.opted_out_by_id,
                                                          whole.opted_out_by_id)),
                   false) AS proved_later,
               -- A later purchase begins a new term; a weaker ground takes the place of none
               coalesce(own.legal_basis IN ('implied', 'soft_opt_in')
                        AND own.since < r.occurred_at
                        AND r.legal_basis IN ('express_written', 'express', own.legal_basis),
                        false) AS renews
        FROM consent_contactimportrow r
        CROSS JOIN LATERAL (
            SELECT id FROM consent_contact WHERE number = r.number OFFSET 0
        ) AS c
        LEFT JOIN LATERAL (
            SELECT * FROM consent_subscription
            WHERE contact_id = c.id AND topic_id = r.topic_id OFFSET 0
        ) AS own ON true
        LEFT JOIN LATERAL (
            SELECT * FROM consent_subscription
            WHERE contact_id = c.id AND topic_id IS NULL OFFSET 0
        ) AS whole ON true
        WHERE r.contact_import_id = %(import)s AND r.line BETWEEN %(first)s AND %(last)s
          AND r.outcome IN ('new', 'pending')
    )
    UPDATE consent_contactimportrow r SET outcome = v.outcome, reason = v.reason
    FROM fact JOIN verdict v USING (
        kind, standing, later, opted_out, suppressed, told, proved_later, renews)
    WHERE r.ctid = fact.at AND v.outcome NOT IN ('new', 'pending')
"""
# A consent on record, and a row that fills a blank of the person's
_FILLING = """
    UPDATE consent_contactimportrow r
    SET outcome = 'updated', reason = 'On record already; what the row says of the person is new.'
    WHERE r.contact_import_id = %(import)s AND r.line BETWEEN %(first)s AND %(last)s
      AND r.outcome = 'known' AND r.kind NOT IN ('opted_out', 'suppressed') AND EXISTS (
          SELECT FROM consent_contact c WHERE c.number = r.number AND (
              r.postal_code <> '' AND c.stated_postal_code = ''
              OR r.home <> '' AND c.stated_place = ''
              OR r.language <> '' AND c.language = ''
              OR r.external_id <> '' AND c.external_id = ''
          ) OFFSET 0
      )
"""
_CLOSED = """
    UPDATE consent_contactimportrow r
    SET outcome = 'unknown_topic', reason = 'The topic "' || t.slug || '" is closed.'
    FROM consent_topic t
    WHERE t.id = r.topic_id AND NOT t.open AND r.outcome IN ('new', 'pending')
      AND r.kind NOT IN ('opted_out', 'suppressed')
      AND r.contact_import_id = %(import)s AND r.line BETWEEN %(first)s AND %(last)s
"""


def knows_any(import_id: int, first: int, last: int) -> bool:
    """Say whether the ledger knows anybody named in lines `first` to `last`."""
    with connection.cursor() as cursor:
        cursor.execute(_ANY_KNOWN, {"import": import_id, "first": first, "last": last})
        return bool(cursor.fetchone()[0])


def hold_against_ledger(
    import_id: int, first: int, last: int, until: datetime | None = None
) -> int:
    """Change the outcome of rows in lines `first` to `last` that the ledger bars or knows.

    `until`: when what the list suppresses ends. Return how many it changed.
    """
    given: dict[str, Any] = {"import": import_id, "first": first, "last": last}
    given |= {"now": clock.now(), "until": until}
    with connection.cursor() as cursor:
        cursor.execute(_CHANGED, {**_verdicts(settings.IMPORT_OVERTURNS_OPT_OUTS), **given})
        changed = cursor.rowcount
        if changed:
            cursor.execute(_FILLING, given)
    return changed


def leave_closed_topics(import_id: int, first: int, last: int) -> None:
    """Change the outcome of new rows whose topic was closed since they were read."""
    if not Topic.objects.filter(open=False).exists():
        return
    with connection.cursor() as cursor:
        cursor.execute(_CLOSED, {"import": import_id, "first": first, "last": last})


KINDS = (EventKind.OPTED_IN, EventKind.REQUESTED, EventKind.OPTED_OUT, EventKind.SUPPRESSED)
_NOES = {
    EventKind.OPTED_OUT: opt_out_against_ledger,
    EventKind.SUPPRESSED: suppression_against_ledger,
}


@cache
def _verdicts(overturns: bool) -> dict[str, list[Any]]:
    """Return each way in which the ledger can stand to a row, and what becomes of the row."""
    found: dict[str, list[Any]] = {}
    bools = product((False, True), repeat=6)
    for kind, standing, (later, opted_out, suppressed, told, proved_later, renews) in product(
        KINDS, Standing, bools
    ):
        since = _AT if later else _AT - timedelta(seconds=1)
        on_record = OnRecord(standing, since, opted_out, suppressed, told, proved_later, renews)
        outcome, reason = (
            _NOES[kind](on_record)
            if kind in _NOES
            else against_ledger(
                _AT, on_record, asked=kind is EventKind.REQUESTED, overturns=overturns
            )
        )
        for name, value in (
            ("kind", kind.value),
            ("standing", standing.value),
            ("later", later),
            ("opted_out", opted_out),
            ("suppressed", suppressed),
            ("told", told),
            ("proved_later", proved_later),
            ("renews", renews),
            ("outcome", outcome.value),
            ("reason", reason),
        ):
            found.setdefault(name, []).append(value)
    return found
