"""What SQL reads of an audience, as keys; see `audience_keys` for what they mean."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from campaigns.clearance_blocks import AGREED_SINCE
from campaigns.clearance_history import COUNTED, FILLED, LONGEST, SCHEDULED
from campaigns.clearance_likeness import stale_by
from campaigns.clearance_silence import EXPECTS_NONE
from campaigns.clearance_timing import HORIZON
from campaigns.models.amazon_block import AFTER_SILENCE, BETWEEN_OPT_INS
from campaigns.rulebook.rows import Rulebook
from campaigns.rulebook.values import Cap, Engagement, Per, Promised

LAST = """
    SELECT max(contact_id) FROM (
        SELECT contact_id FROM consent_subscription
        WHERE topic_id = %(topic)s AND standing = 'opted_in' AND contact_id > %(after)s
        ORDER BY contact_id LIMIT %(size)s
    ) AS next
"""

MARK = "\x1f"
"""Divides the parts of a key; people's own words are in JSON there, which has no such character."""

# Every table is read by the same stretch of contacts: its rows are found by range, not one by one.
# What a key always has comes first and has no letter; most people have little else, so that a key
# is short, which is much of what laying it down costs. Of a postal code only what places are read
# from is kept; one that is written oddly stays whole. A consent that ends beyond all that is asked
# might as well never end, and ended is ended.
READERS = """
    CREATE TEMPORARY TABLE reader ON COMMIT DROP AS
    WITH {silence} text AS (
        SELECT contact_id, topic_id, CASE WHEN status = ANY(%(scheduled)s) THEN due_at
                                     ELSE coalesce(claimed_at, settled_at, due_at) END AS at
        FROM campaigns_message
        WHERE contact_id > %(after)s AND contact_id <= %(last)s AND kind = ANY(%(counted)s)
            AND answers_id IS NULL AND (settled_at IS NULL OR settled_at > %(earliest)s)
            AND (status = ANY(%(scheduled)s)
                 OR status = ANY(%(filled)s) AND created_at <= %(now)s)
    ), texts AS (
        SELECT contact_id,
               json_build_array(array_agg(at ORDER BY at) FILTER (WHERE topic_id = %(topic)s),
                                array_agg(at ORDER BY at) FILTER (WHERE topic_id = ANY(%(kin)s)),
                                array_agg(at ORDER BY at)) AS moments
        FROM text {silent} GROUP BY contact_id HAVING {counts}
    ), request AS (
        SELECT contact_id, source, disclosure_id, occurred_at,
               lead(occurred_at) OVER (PARTITION BY contact_id ORDER BY occurred_at, id) AS next_at
        FROM consent_optinevent
        WHERE kind = 'requested' AND topic_id = %(topic)s
            AND contact_id > %(after)s AND contact_id <= %(last)s
    ), bar AS (
        SELECT contact_id, json_agg(
            json_build_array(topic_id IS NOT NULL, reason, expires_at) ORDER BY topic_id NULLS FIRST
        ) AS bars
        FROM consent_suppression
        WHERE contact_id > %(after)s AND contact_id <= %(last)s
            AND (topic_id IS NULL OR topic_id = %(topic)s)
        GROUP BY contact_id
    )
    SELECT s.contact_id AS contact, s.authorised_by_id AS event,
           concat_ws(
               chr(31), c.country, c.state, array_to_string(c.time_zones, ' '), e.source,
               e.legal_basis,
               CASE WHEN c.country = '' AND starts_with(c.number, '+1') THEN 'n' END,
               CASE WHEN c.stated_time_zone <> '' THEN 'z' || to_json(c.stated_time_zone)::text END,
               CASE WHEN c.stated_place <> '' THEN 'p' || to_json(c.stated_place)::text END,
               CASE WHEN c.stated_postal_code = '' THEN NULL
                    WHEN c.stated_postal_code ~ '^[0-9]{{5}}(-?[0-9]{{4}})?$'
                    THEN 'c"' || left(c.stated_postal_code, 3) || '00"'
                    ELSE 'c' || to_json(c.stated_postal_code)::text END,
               CASE WHEN s.opted_out_by_id IS NOT NULL THEN 'o' END,
               CASE WHEN s.confirmed THEN 'f' END,
               CASE WHEN e.contact_import_id IS NOT NULL THEN 'l' END,
               'r' || r.source,
               'w' || coalesce(e.disclosure_id, r.disclosure_id),
               CASE WHEN (%(ages)s OR e.implied_by <> '') AND g.since <= %(fresh)s
                    THEN 'a' || to_json(g.since)::text END,
               CASE WHEN e.implied_by <> '' THEN 'i' || e.implied_by END,
               CASE WHEN e.legal_basis = 'soft_opt_in' THEN 's' || json_build_array(
                   e.details_from_sale, e.own_similar_products,
                   e.refusal_offered_then, e.refusal_in_each_text)::text END,
               CASE WHEN e.expires_at <= %(now)s THEN 'e' || to_json(%(now)s)::text
                    WHEN e.expires_at <= %(horizon)s THEN 'e' || to_json(e.expires_at)::text END,
               'b' || b.bars, 't' || t.moments, {unanswered},
               CASE WHEN k.contact_id IS NOT NULL THEN 'x' || json_build_array(
                   {agreed_since},
                   greatest(k.opted_in_at + %(between_opt_ins)s, k.refused_at + %(between_opt_ins)s,
                            k.unanswered_at + %(after_silence)s))::text END
           ) COLLATE "C" AS key,
           coalesce(e.disclosure_id, r.disclosure_id) AS wording
    FROM consent_subscription s
    JOIN consent_contact c ON c.id = s.contact_id
    JOIN consent_optinevent e ON e.id = s.authorised_by_id
    CROSS JOIN LATERAL (
        SELECT coalesce(e.implied_on::timestamp AT TIME ZONE 'UTC', e.occurred_at) AS since
    ) AS g
    LEFT JOIN request r ON r.contact_id = s.contact_id
        AND e.kind = 'confirmed' AND e.disclosure_id IS NULL
        AND r.occurred_at <= e.occurred_at AND (r.next_at > e.occurred_at) IS NOT FALSE
    LEFT JOIN bar b ON b.contact_id = s.contact_id
    LEFT JOIN texts t ON t.contact_id = s.contact_id
    LEFT JOIN campaigns_amazonblock k ON k.contact_id = s.contact_id AND k.left_at IS NULL
        AND k.contact_id > %(after)s AND k.contact_id <= %(last)s
    {levels}
    WHERE s.topic_id = %(topic)s AND s.standing = 'opted_in'
        AND s.contact_id > %(after)s AND s.contact_id <= %(last)s
        AND c.id > %(after)s AND c.id <= %(last)s
        AND e.contact_id > %(after)s AND e.contact_id <= %(last)s
    ORDER BY s.contact_id;
    CREATE TEMPORARY TABLE sort ON COMMIT DROP AS
    SELECT row_number() OVER () AS number, key, wording
    FROM (SELECT DISTINCT key, wording FROM reader) AS each
"""
# Counted only where some row of the rulebook asks how many went unanswered
SILENCE = """
    life AS (
        SELECT contact_id, max(at) AS seen FROM (
            SELECT contact_id, received_at AS at FROM campaigns_reply
            WHERE contact_id > %(after)s AND contact_id <= %(last)s AND received_at <= %(now)s
            UNION ALL
            SELECT e.contact_id, e.occurred_at FROM consent_optinevent e
            WHERE e.contact_id > %(after)s AND e.contact_id <= %(last)s
                AND e.kind = ANY(%(signs)s) AND e.occurred_at <= %(now)s
                AND NOT EXISTS (SELECT FROM consent_optinevent c
                                WHERE c.corrects_id = e.id AND c.occurred_at <= %(now)s)
        ) AS sign GROUP BY contact_id
    ), silence AS (
        SELECT t.contact_id, width_bucket(count(*), %(silences)s::bigint[]) AS level
        FROM campaigns_message t
        JOIN consent_topic o ON o.id = t.topic_id AND o.message_class = %(promotional)s
        LEFT JOIN life ON life.contact_id = t.contact_id
        WHERE t.contact_id > %(after)s AND t.contact_id <= %(last)s
            AND t.status = ANY(%(arrived)s) AND t.kind = ANY(%(silent_kinds)s)
            AND t.created_at <= %(now)s
            AND coalesce(t.claimed_at, t.settled_at, t.due_at) <= %(now)s
            AND coalesce(t.claimed_at, t.settled_at, t.due_at) > coalesce(life.seen, '-infinity')
        GROUP BY t.contact_id
    ),
"""
SILENT = "LEFT JOIN silence USING (contact_id)"
LEVELS = "LEFT JOIN silence l ON l.contact_id = s.contact_id"


def asked_of(rulebook: Rulebook, moment: datetime) -> dict[str, Any]:
    """Return what the statements are given of a rulebook and a moment."""
    return EXPECTS_NONE | {
        "silences": list(rulebook.silences),
        "ages": any(each.stale_months for each in rulebook.grounds),
        "now": moment,
        "earliest": moment - LONGEST,
        "horizon": moment + HORIZON,
        "fresh": stale_by(moment, _shortest_term(rulebook)),
        "counted": [kind.value for kind in COUNTED],
        "filled": [status.value for status in FILLED],
        "scheduled": [status.value for status in SCHEDULED],
        "between_opt_ins": BETWEEN_OPT_INS,
        "after_silence": AFTER_SILENCE,
    }


def readers(rulebook: Rulebook, promised: Iterable[int]) -> tuple[str, Mapping[str, Any]]:
    """Return the statements that lay keys down, and what they are given beside.

    `promised` are the numbers of texts that readers may have been promised.
    """
    counts, limits = _counts(rulebook, promised)
    silent = {"silence": "", "silent": "", "levels": "", "unanswered": "NULL"}
    if rulebook.silences:
        silent = {
            "silence": SILENCE,
            "silent": SILENT,
            "levels": LEVELS,
            "unanswered": "'u' || l.level",
        }
    return READERS.format(counts=counts, agreed_since=AGREED_SINCE, **silent), limits


_ABOUT = {
    Per.SUBJECT: " AND topic_id = %(topic)s",
    Per.BRAND: " AND topic_id = ANY(%(kin)s)",
    Per.ANY: "",
}


def _counts(rulebook: Rulebook, promised: Iterable[int]) -> tuple[str, Mapping[str, Any]]:
    """Return as SQL whether any row may count a person's texts to its full, and what it asks.

    Where none can, their moments change nothing and would only keep people apart: most had a text
    or two at a time of their own.
    """
    promises = [row.value for row in rulebook.rules if isinstance(row.value, Promised)]
    limits = {(count, LONGEST, Per.SUBJECT, 0) for count in promised if promises}
    for row in rulebook.rules:
        if isinstance(row.value, Cap):
            limits.add((row.value.count, row.value.period, row.value.per, 0))
        if isinstance(row.value, Engagement) and row.value.cap:
            level = rulebook.silences.index(row.value.unanswered) + 1
            limits.add((row.value.cap.count, row.value.cap.period, Per.ANY, level))
    clauses = ["false"]
    asked: dict[str, Any] = {}
    for place, (count, period, per, level) in enumerate(sorted(limits)):
        within = f"at > %(now)s - %(period_{place})s{_ABOUT[per]}"
        silent = f" AND max(level) >= {level}" if level else ""
        clauses.append(f"count(*) FILTER (WHERE {within}) >= %(count_{place})s{silent}")
        asked |= {f"period_{place}": period, f"count_{place}": count}
    return "(" + " OR ".join(clauses) + ")", asked


def _shortest_term(rulebook: Rulebook) -> int:
    """Return for how many months any consent that ends by its age lasts at least."""
    months = [count for each in rulebook.grounds for _, count in each.implied_months]
    months += [each.stale_months for each in rulebook.grounds if each.stale_months]
    return min(months, default=0)
