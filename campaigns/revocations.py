"""Acts of leaving as the records tell them: received, honoured, acknowledged, by road.

Nothing is kept beside the ledger: an act is what one person's opt-outs upon one reply, or else
recorded at one moment by one road, amount to. Opt-outs that came in lists were made to somebody
else and are left out.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import Any

from django.db import connection

from campaigns.revocation_clock import honour_by
from campaigns.rulebook.loader import Rulebook
from consent.vocabulary import Source

# Ten business days are never fewer, so only what took longer is asked of the calendar
SURELY_IN_TIME = timedelta(days=10)

# What the software recorded upon one reply is one act, however often other replies that came late
# had it recorded anew; it was honoured when it first was. What was barred at once was honoured
# then, unless the bar was lifted before a person confirmed it.
# Its text is about its event, or about one that had been recorded before; whoever was told that
# they left by what they said later is told of no earlier STOP that arrives after that.
# Amazon stamps a reply by a clock of its own: it may lie behind ours but not before the act.
ACTS = """
    SELECT a.event, a.contact, c.country, a.source, a.topics,
        COALESCE(b.at, a.honoured_at) AS honoured_at,
        LEAST(
            b.at, a.honoured_at, COALESCE(r.published_at, r.received_at, a.occurred_at)
        ) AS received_at,
        m.at AS acknowledged_at, r.id AS reply
    FROM (
        SELECT min(e.id) AS event, e.contact_id AS contact, e.source,
            min(e.recorded_at) AS honoured_at, max(e.recorded_at) AS settled_at,
            min(e.occurred_at) AS occurred_at, min(v.form_fields ->> 'inboundMessageId') AS said_in,
            CASE WHEN bool_or(e.topic_id IS NULL) THEN NULL ELSE count(*) END AS topics
        FROM consent_optinevent AS e
        LEFT JOIN consent_topic AS t ON t.id = e.topic_id
        LEFT JOIN consent_evidence AS v ON v.event_id = e.id AND e.source = 'reply'
        WHERE e.kind = 'opted_out' AND e.contact_import_id IS NULL
            AND NOT EXISTS (
                SELECT FROM consent_optinevent AS x WHERE x.corrects_id = e.id
                    AND x.source = 'system'
            )
            AND e.occurred_at >= %(since)s AND e.occurred_at < %(until)s
            AND (%(road)s::text IS NULL OR e.source = %(road)s)
            AND (%(people)s::bigint[] IS NULL OR e.contact_id = ANY(%(people)s::bigint[]))
        GROUP BY e.contact_id, e.source, e.recorded_by_id, CASE
            WHEN e.recorded_by_id IS NULL AND v.form_fields ? 'inboundMessageId'
            THEN v.form_fields ->> 'inboundMessageId' ELSE e.recorded_at::text
        END
        HAVING (
            %(brand)s::bigint IS NULL OR bool_or(e.topic_id IS NULL OR t.brand_id = %(brand)s)
        ) AND (
            %(topics)s::bigint[] IS NULL OR bool_or(e.topic_id = ANY(%(topics)s::bigint[]))
            OR bool_or(e.topic_id IS NULL) AND EXISTS (
                SELECT FROM consent_optinevent AS y
                WHERE y.contact_id = e.contact_id AND y.topic_id = ANY(%(topics)s::bigint[])
            )
        )
    ) AS a
    JOIN consent_contact AS c ON c.id = a.contact
    LEFT JOIN campaigns_reply AS r ON r.inbound_message_id = a.said_in
    LEFT JOIN LATERAL (
        SELECT min(s.recorded_at) AS at
        FROM consent_optinevent AS s JOIN consent_evidence AS w ON w.event_id = s.id
        WHERE a.source = 'reply' AND s.contact_id = a.contact
            AND (
                s.kind = 'suppressed' OR s.kind = 'opted_out' AND EXISTS (
                    SELECT FROM consent_optinevent AS x WHERE x.corrects_id = s.id
                        AND x.source = 'system'
                )
            )
            AND s.source = 'reply' AND s.id < a.event
            AND w.form_fields ->> 'inboundMessageId' = a.said_in
            AND NOT EXISTS (
                SELECT FROM consent_optinevent AS l
                WHERE l.contact_id = a.contact AND l.kind = 'suppression_lifted'
                    AND l.id BETWEEN s.id AND a.event
            )
    ) AS b ON TRUE
    LEFT JOIN LATERAL (
        SELECT COALESCE(
            min(o.settled_at) FILTER (WHERE o.about_event_id = a.event OR o.answers_id = r.id),
            min(o.settled_at)
        ) AS at
        FROM campaigns_message AS o LEFT JOIN campaigns_reply AS q ON q.id = o.answers_id
        WHERE o.contact_id = a.contact AND o.kind = 'stop_confirmation' AND o.status = 'accepted'
            AND (
                o.about_event_id = a.event OR o.answers_id = r.id
                OR o.created_at <= a.settled_at
                AND q.origination_number_id = r.origination_number_id
                AND (COALESCE(q.published_at, q.received_at), q.inbound_message_id)
                    > (COALESCE(r.published_at, r.received_at), r.inbound_message_id)
            )
    ) AS m ON TRUE
"""

ANSWERS = """
    SELECT LEAST(m.settled_at, COALESCE(r.published_at, r.received_at)) AS received_at,
        m.settled_at AS answered_at
    FROM campaigns_reply AS r
    LEFT JOIN campaigns_originationnumber AS n ON n.id = r.origination_number_id
    LEFT JOIN campaigns_message AS m ON m.answers_id = r.id
        AND m.kind = 'help_reply' AND m.status = 'accepted'
    WHERE r.meaning = 'help' AND r.received_at >= %(since)s AND r.received_at < %(until)s
        AND (%(brand)s::bigint IS NULL OR n.brand_id = %(brand)s)
"""

# Whoever was told already when an earlier STOP arrived did not wait for it
TOLD_IN = (
    "extract(epoch FROM CASE WHEN acknowledged_at IS NOT NULL"
    " THEN GREATEST(acknowledged_at - honoured_at, interval '0') END)"
)
SPREAD = "percentile_cont(ARRAY[0.5, 0.95, 1.0]) WITHIN GROUP (ORDER BY {})"

BY_ROAD = f"""
    SELECT source, count(*), count(acknowledged_at),
        count(*) FILTER (WHERE acknowledged_at - honoured_at <= %(aim)s),
        {SPREAD.format("extract(epoch FROM honoured_at - received_at)")},
        {SPREAD.format(TOLD_IN)}
    FROM ({ACTS}) AS acts
    GROUP BY GROUPING SETS ((source), ())
    ORDER BY source NULLS FIRST
"""  # noqa: S608  constants

OF_HELP = f"""
    SELECT count(*), count(answered_at),
        count(*) FILTER (WHERE answered_at - received_at <= %(aim)s),
        {SPREAD.format("extract(epoch FROM answered_at - received_at)")}
    FROM ({ANSWERS}) AS answers
"""  # noqa: S608  constants

BY_DAY = f"""
    SELECT (received_at AT TIME ZONE %(zone)s)::date, count(*) FROM ({ACTS}) AS acts GROUP BY 1
"""  # noqa: S608  constants

SLOW = f"""
    SELECT * FROM ({ACTS}) AS acts WHERE honoured_at - received_at > %(longer)s
    ORDER BY honoured_at - received_at DESC, event
"""  # noqa: S608  constants
NEWEST = f"SELECT * FROM ({ACTS}) AS acts ORDER BY honoured_at DESC, event DESC LIMIT %(limit)s"  # noqa: S608
IN_ORDER = f"SELECT * FROM ({ACTS}) AS acts ORDER BY event"  # noqa: S608


@dataclass(frozen=True, slots=True)
class Which:
    """Which acts are meant: what happened from one moment to another, by road, brand, topics
    and people (ids). Who left everything left topics that they had to do with."""

    since: datetime
    until: datetime
    road: Source | None = None
    brand: int | None = None
    topics: tuple[int, ...] | None = None
    people: tuple[int, ...] | None = None

    def values(self, **more: Any) -> dict[str, Any]:
        """Return the parameters of the statements above."""
        road = self.road.value if self.road else None
        return {
            "since": self.since, "until": self.until, "road": road, "brand": self.brand,
            "topics": None if self.topics is None else list(self.topics),
            "people": None if self.people is None else list(self.people), **more,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Act:
    """One act of leaving; `topics` None means everything, `acknowledged_at` None that no text is
    known to have gone out. `event`, `contact` and `reply` are ids."""

    event: int
    contact: int
    country: str
    road: Source
    topics: int | None
    honoured_at: datetime
    received_at: datetime
    acknowledged_at: datetime | None
    reply: int | None

    @property
    def took(self) -> timedelta:
        """Return how long it took until nothing more could be sent."""
        return self.honoured_at - self.received_at

    @property
    def acknowledged_in(self) -> timedelta | None:
        """Return how long the one confirmation took after that; nothing where it was out before."""
        if self.acknowledged_at is None:
            return None
        return max(self.acknowledged_at - self.honoured_at, timedelta())

    def due(self, rulebook: Rulebook, zone: tzinfo) -> datetime:
        """Return by when the law wanted it honoured."""
        return honour_by(rulebook, self.received_at, zone, self.country).at


@dataclass(frozen=True, slots=True)
class Spread:
    """Median, the twentieth slowest and the slowest of some times, in seconds."""

    median: float
    p95: float
    longest: float


@dataclass(frozen=True, slots=True)
class RoadFigures:
    """How fast the revocations of one road were honoured and acknowledged; road None is all."""

    road: Source | None
    count: int
    acknowledged: int
    within_aim: int
    honoured_in: Spread
    acknowledged_in: Spread | None


@dataclass(frozen=True, slots=True)
class HelpFigures:
    """How fast HELP was answered."""

    count: int
    answered: int
    within_aim: int
    answered_in: Spread | None


def figures_by_road(which: Which, aim: timedelta) -> list[RoadFigures]:
    """Return the figures of all roads together, then of each; nothing where nobody left."""
    with connection.cursor() as cursor:
        cursor.execute(BY_ROAD, which.values(aim=aim))
        rows = cursor.fetchall()
    return [
        RoadFigures(
            Source(road) if road else None, count, told, in_aim, Spread(*took), _spread(after)
        )
        for road, count, told, in_aim, took, after in rows
        if count
    ]


def help_figures(which: Which, aim: timedelta) -> HelpFigures:
    """Return how fast HELP was answered; the road is always a reply."""
    with connection.cursor() as cursor:
        cursor.execute(OF_HELP, which.values(aim=aim))
        count, answered, in_aim, took = cursor.fetchone()
    return HelpFigures(count, answered, in_aim, _spread(took))


def by_day(which: Which, zone: str) -> dict[date, int]:
    """Count the acts by the day on which they were received, in a time zone."""
    with connection.cursor() as cursor:
        cursor.execute(BY_DAY, which.values(zone=zone))
        return dict(cursor.fetchall())


def late(which: Which, rulebook: Rulebook, zone: tzinfo) -> list[Act]:
    """Return the acts that were honoured after the law's limit, slowest first."""
    slow = _acts(SLOW, which.values(longer=SURELY_IN_TIME))
    return [act for act in slow if act.honoured_at > act.due(rulebook, zone)]


def newest(which: Which, limit: int) -> list[Act]:
    """Return the acts recorded last, newest first."""
    return list(_acts(NEWEST, which.values(limit=limit)))


def in_order(which: Which) -> Iterator[Act]:
    """Yield all acts as they were recorded, without holding them in memory (P9)."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(IN_ORDER, which.values())
        for row in cursor:
            yield _act(row)


def _acts(statement: str, values: dict[str, Any]) -> Iterator[Act]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        yield from map(_act, cursor.fetchall())


def _act(row: tuple[Any, ...]) -> Act:
    event, contact, country, source, *rest = row
    return Act(event, contact, country, Source(source), *rest)


def _spread(seconds: list[float | None] | None) -> Spread | None:
    if not seconds or seconds[0] is None:
        return None
    median, p95, longest = (float(each) for each in seconds if each is not None)
    return Spread(median, p95, longest)
