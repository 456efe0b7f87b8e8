"""Read an audience by what the rules read of it: people with the same key get the same decision.

A key is JSON, made by SQL: all that can change a decision or what is kept of it, as raw columns,
and nothing else that tells people apart. What it means is derived here, once for each key.
"""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from django.db.backends.utils import CursorWrapper

from campaigns.clearance import Facts, Suppression
from campaigns.clearance_asking import Errand, Person, Stand, is_proven
from campaigns.clearance_history import (
    COUNTED,
    FILLED,
    LONGEST,
    SCHEDULED,
    Ground,
    ground_on,
    promise_of_today,
)
from campaigns.clearance_timing import HORIZON
from campaigns.models import Campaign, OriginationNumber
from campaigns.promised import promised_in
from campaigns.rulebook.rows import Rulebook
from campaigns.rulebook.values import Basis, Cap, Per, Promised
from campaigns.vocabulary import MessageKind
from consent.models import Disclosure
from consent.phone_numbers import PhoneNumber
from consent.vocabulary import Standing
from consent.whereabouts import Whereabouts, whereabouts

LAST = """
    SELECT max(contact_id) FROM (
        SELECT contact_id FROM consent_subscription
        WHERE topic_id = %(topic)s AND standing = 'opted_in' AND contact_id > %(after)s
        ORDER BY contact_id LIMIT %(size)s
    ) AS next
"""

# Every table is read by the same stretch of contacts: its rows are found by range, not one by one.
# Of a postal code only what places are read from is kept; one that is written oddly stays whole.
# A consent that ends beyond all that is asked might as well never end, and ended is ended.
READERS = """
    CREATE TEMPORARY TABLE reader ON COMMIT DROP AS
    WITH text AS (
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
                                array_agg(at ORDER BY at)) AS moments
        FROM text GROUP BY contact_id HAVING {counts}
    ), request AS (
        SELECT DISTINCT ON (e.id) e.id AS event, r.source, r.disclosure_id
        FROM consent_optinevent e JOIN consent_optinevent r
            ON r.contact_id = e.contact_id AND r.topic_id = e.topic_id
            AND r.kind = 'requested' AND r.occurred_at <= e.occurred_at
        WHERE e.kind = 'confirmed' AND e.disclosure_id IS NULL AND e.topic_id = %(topic)s
            AND e.contact_id > %(after)s AND e.contact_id <= %(last)s
            AND r.contact_id > %(after)s AND r.contact_id <= %(last)s
        ORDER BY e.id, r.occurred_at DESC, r.id DESC
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
           json_build_array(
               c.country = '' AND starts_with(c.number, '+1'), c.country, c.state, c.time_zones,
               c.stated_time_zone,
               CASE WHEN c.stated_postal_code ~ '^[0-9]{{5}}(-?[0-9]{{4}})?$'
                    THEN left(c.stated_postal_code, 3) || '00' ELSE c.stated_postal_code END,
               s.opted_out_by_id IS NOT NULL, s.confirmed,
               e.source, coalesce(r.source, e.source), e.contact_import_id IS NOT NULL,
               coalesce(e.disclosure_id, r.disclosure_id), e.legal_basis,
               CASE WHEN e.legal_basis = 'implied' AND e.occurred_at <= %(fresh)s
                    THEN e.occurred_at END,
               CASE WHEN e.expires_at <= %(now)s THEN %(now)s
                    WHEN e.expires_at <= %(horizon)s THEN e.expires_at END,
               b.bars, t.moments
           )::text COLLATE "C" AS key,
           coalesce(e.disclosure_id, r.disclosure_id) AS wording
    FROM consent_subscription s
    JOIN consent_contact c ON c.id = s.contact_id
    JOIN consent_optinevent e ON e.id = s.authorised_by_id
    LEFT JOIN request r ON r.event = e.id
    LEFT JOIN bar b ON b.contact_id = s.contact_id
    LEFT JOIN texts t ON t.contact_id = s.contact_id
    WHERE s.topic_id = %(topic)s AND s.standing = 'opted_in'
        AND s.contact_id > %(after)s AND s.contact_id <= %(last)s
        AND c.id > %(after)s AND c.id <= %(last)s
        AND e.contact_id > %(after)s AND e.contact_id <= %(last)s
"""
KEYS = "SELECT DISTINCT key, wording FROM reader"


class Keys:
    """Lay down the keys of a campaign's readers as of one moment, and say what facts they are.

    The topic, the number, the campaign and the wordings are those at that moment for all of them.
    """

    def __init__(self, campaign: Campaign, moment: datetime, rulebook: Rulebook) -> None:
        self.moment = moment
        number = OriginationNumber.objects.get(pk=campaign.origination_number_id)
        self._topic = campaign.topic
        self._errand = Errand(
            MessageKind.CAMPAIGN,
            self._topic,
            number,
            campaign,
            number_carries_topic=number.topics.filter(pk=campaign.topic_id).exists(),
        )
        self._wordings = {row.pk: row for row in Disclosure.objects.filter(topic=campaign.topic_id)}
        self._place_of = cache(_place)
        self._ground_of = cache(self._ground)
        self._rulebook = rulebook
        self._asked = {
            "topic": campaign.topic_id,
            "now": moment,
            "earliest": moment - LONGEST,
            "horizon": moment + HORIZON,
            "fresh": moment + HORIZON - _shortest_term(rulebook),
            "counted": [kind.value for kind in COUNTED],
            "filled": [status.value for status in FILLED],
            "scheduled": [status.value for status in SCHEDULED],
        }

    def lay_down(self, cursor: CursorWrapper, after: int, size: int) -> list[str] | None:
        """Write the next people, in order of their ids, to the table `reader` of this transaction.

        Return their keys, each once, or None where nobody is left.
        """
        asked: dict[str, Any] = self._asked | {"after": after, "size": size}
        cursor.execute(LAST, asked)
        (last,) = cursor.fetchone()
        if last is None:
            return None
        while (keys := self._laid_down(cursor, asked | {"last": last})) is None:
            cursor.execute("DROP TABLE reader")
        return keys

    def _laid_down(self, cursor: CursorWrapper, asked: Mapping[str, Any]) -> list[str] | None:
        """Write the table; return its keys, or None where wordings had to be learnt first."""
        counts, limits = _counts(self._rulebook, self._promised())
        cursor.execute(READERS.format(counts=counts), {**asked, **limits})
        cursor.execute(KEYS)
        found = cursor.fetchall()
        # One just published, or another topic's; what it promises says whose texts are counted
        strange = {wording for _, wording in found if wording} - self._wordings.keys()
        self._wordings |= Disclosure.objects.in_bulk(strange) if strange else {}
        return None if strange else [key for key, _ in found]

    def facts(self, key: str) -> Facts:
        """Return the facts of everyone who has this key; the authorising event stands as 0."""
        nowhere, country, state, zones, zone, postal_code, *rest = json.loads(key)
        opted_out, confirmed, source, asked_by, by_list, wording, basis, since, end, *last = rest
        bars, moments = last
        on_topic, at_all = moments or (None, None)
        return self._errand.facts(
            Person(
                Stand(Standing.OPTED_IN, 0, 0 if opted_out else None, confirmed),
                is_proven(source, by_list=by_list),
                self._place_of(nowhere, country, state, tuple(zones), zone, postal_code),
                tuple(
                    Suppression("topic" if on_one else "all", reason, _read(until))
                    for on_one, reason, until in bars or ()
                ),
                self._ground_of(asked_by, by_list, wording, basis, since, end),
                tuple(_moments(on_topic)),
                tuple(_moments(at_all)),
            )
        )

    def _ground(
        self, source: str, by_list: bool, wording: int | None, basis: str, since: str, end: str
    ) -> Ground:
        return ground_on(
            self._topic,
            None if wording is None else self._wordings[wording],
            source=source,
            by_list=by_list,
            basis=basis,
            consented_at=_read(since) or self.moment,
            ends_at=_read(end),
        )

    def _promised(self) -> set[int]:
        """Return the numbers of texts that readers of this topic may have been promised."""
        found = [promised_in(each.wording) for each in self._wordings.values()]
        found.append(promise_of_today(self._topic))
        return {each.count for each in found if each and each.count is not None}


def _place(
    nowhere: bool, country: str, state: str, zones: tuple[str, ...], zone: str, postal_code: str
) -> Whereabouts:
    number = PhoneNumber("+1" if nowhere else "", country, state, zones)
    return whereabouts(number, time_zone=zone, postal_code=postal_code)


def _counts(rulebook: Rulebook, promised: Iterable[int]) -> tuple[str, Mapping[str, Any]]:
    """Return as SQL whether any row may count a person's texts to its full, and what it asks.

    Where none can, their moments change nothing and would only keep people apart: most had a text
    or two at a time of their own.
    """
    promises = [row.value for row in rulebook.rules if isinstance(row.value, Promised)]
    limits = {(count, LONGEST, True) for count in promised if promises}
    for row in rulebook.rules:
        if isinstance(row.value, Cap):
            limits.add((row.value.count, row.value.period, row.value.per is Per.SUBJECT))
    clauses = ["false"]
    asked: dict[str, Any] = {}
    for place, (count, period, on_topic) in enumerate(sorted(limits)):
        about = " AND topic_id = %(topic)s" if on_topic else ""
        clauses.append(
            f"count(*) FILTER (WHERE at > %(now)s - %(period_{place})s{about}) >= %(count_{place})s"
        )
        asked |= {f"period_{place}": period, f"count_{place}": count}
    return "(" + " OR ".join(clauses) + ")", asked


def _shortest_term(rulebook: Rulebook) -> timedelta:
    """Return for how long any implied consent lasts at least; months have 28 days at least."""
    months = [
        count
        for row in rulebook.rules
        if isinstance(row.value, Basis)
        for _, count in row.value.implied_months
    ]
    return timedelta(days=28 * min(months)) if months else timedelta()


def _read(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _moments(texts: Iterable[str] | None) -> list[datetime]:
    return [datetime.fromisoformat(each) for each in texts or ()]
