"""When may a text go: hours, days, caps and promises that bind, and when all are open at once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property, lru_cache

from campaigns.calendars import ClosedDays
from campaigns.clearance_consent import accepts, ends, is_told
from campaigns.clearance_places import jurisdictions
from campaigns.clearance_rules import (
    BASIS,
    CAPS,
    DISCLOSURE,
    ENGAGEMENT,
    HOURS,
    PROMISE,
    is_exempt,
)
from campaigns.clearance_terms import Facts
from campaigns.clearance_words import named
from campaigns.frequency import barred, bars
from campaigns.quiet_hours import Demand, Span, first_close, first_open, is_zone, open_in_all
from campaigns.rulebook.rows import Rule, Rulebook
from campaigns.rulebook.values import Cap, Elements, Engagement, Per, Promised, RuleKind

GROUPS = {
    DISCLOSURE: (RuleKind.ELEMENTS,),
    BASIS: (RuleKind.BASIS,),
    HOURS: (RuleKind.WINDOW, RuleKind.CLOSED_DAY),
    CAPS: (RuleKind.CAP,),
    PROMISE: (RuleKind.FREQUENCY,),
    ENGAGEMENT: (RuleKind.ENGAGEMENT,),
}
"""Which kinds of row stand for which groups of rules."""

HORIZON = timedelta(days=62)
"""How far ahead a hold is sought: past the longest promise, and the same for every text, so that
one more restriction can never find a moment that fewer did not."""
_FIRST_LOOK = timedelta(days=4)


@dataclass(frozen=True)
class Case:
    """One question to clearance, with the rows of the rulebook that bear on it."""

    facts: Facts
    rulebook: Rulebook
    moment: datetime

    @cached_property
    def zones(self) -> tuple[str, ...]:
        """Return the zones of the facts; () if any is no zone, as the place is unknown then."""
        zones = self.facts.time_zones
        return zones if all(is_zone(zone) for zone in zones) else ()

    @cached_property
    def rows(self) -> dict[str, tuple[Rule, ...]]:
        """Return the rows that bind now, by group."""
        return self.rows_at(self.moment)

    @cached_property
    def words(self) -> dict[str, str]:
        """Return what sentences may name of the facts."""
        return named(self.facts)

    @cached_property
    def _places(self) -> frozenset[str] | None:
        return jurisdictions(self.facts, self.rulebook)

    @cached_property
    def _words(self) -> frozenset[str] | None:
        kind, message_class = self.facts.kind, self.facts.message_class
        return frozenset({kind, message_class}) if kind and message_class else None

    def rows_at(self, moment: datetime) -> dict[str, tuple[Rule, ...]]:
        """Return the rows that bind this text at a moment, by group; unknown place, all places."""
        stretch = self.rulebook.stretch(moment)
        return _binding(self.rulebook, stretch, self._places, self._words)

    def lacks_place(self, rows: Sequence[Rule]) -> bool:
        """Say whether one of these rows goes by the person's clock while nobody knows the zone."""
        return not self.zones and any(not row.clock for row in rows)

    def demands(self, rows: Sequence[Rule]) -> list[Demand]:
        """Return what rows about hours demand, each on the clocks that count for it."""
        return demands_of(rows, self.zones)

    def barred_by(self, row: Rule) -> list[Span] | None:
        """Return when a row that counts bars this text; None for ever, or when nobody knows."""
        value, facts = row.value, self.facts
        if isinstance(value, Cap):
            sent = counted(facts, value.per)
            return None if sent is None else barred(sent, value.count, value.period)
        if isinstance(value, Engagement):
            return self._silenced_by(value)
        if not isinstance(value, Promised) or facts.promise is None:
            return None
        count, unit = facts.promise.count, facts.promise.unit
        if count is None:
            return []  # "varies" promises no number
        if facts.sent_on_topic is None or unit is None or count < 1:
            return None
        return barred(facts.sent_on_topic, count, value.period(unit))

    def _silenced_by(self, limit: Engagement) -> list[Span] | None:
        facts = self.facts
        if facts.unanswered is None:
            return None
        if facts.unanswered < limit.unanswered:
            return []
        if limit.cap is None or facts.sent_at_all is None:
            return None
        return barred(facts.sent_at_all, limit.cap.count, limit.cap.period)


@lru_cache(maxsize=2048)
def _binding(
    rulebook: Rulebook,
    moment: datetime,
    places: frozenset[str] | None,
    words: frozenset[str] | None,
) -> dict[str, tuple[Rule, ...]]:
    """Return the rows that bind, by group; remembered, as many people are where the same bind."""
    found = {}
    for group, kinds in GROUPS.items():
        rows = [
            row
            for kind in kinds
            for row in rulebook.binding(kind, moment=moment, jurisdictions=places, words=words)
            if not isinstance(row.value, Elements) or row.value.bases
        ]
        found[group] = tuple(sorted(rows, key=lambda row: row.id))
    return found


def demands_of(rows: Iterable[Rule], zones: Sequence[str]) -> list[Demand]:
    """Return what rows about hours demand of people in these zones."""
    return list(
        dict.fromkeys(
            (row.value, zone)
            for row in rows
            if isinstance(row.value, tuple | ClosedDays)
            for zone in ((row.clock,) if row.clock else zones)
        )
    )


def counted(facts: Facts, per: Per) -> tuple[datetime, ...] | None:
    """Return the texts that a cap counts."""
    match per:
        case Per.SUBJECT:
            return facts.sent_on_topic
        case Per.BRAND:
            return facts.sent_of_brand
        case Per.ANY:
            return facts.sent_at_all


def opening(case: Case) -> datetime | None:
    """Return the first moment from now at which all that binds then is open everywhere.

    Rows may begin or end to bind before that, so time is taken in stretches of the same rows. None
    when there is none within the horizon, or before the consent ends.
    """
    end = case.moment + HORIZON
    start = case.moment
    for stop in (*case.rulebook.changes(case.moment, end), end):
        opens = _opening_within(case, start, stop)
        if opens:
            return opens
        start = stop
    return None


def closing(case: Case) -> datetime | None:
    """Return when the hours that are open at the case's moment are over, in UTC.

    That is when the first of them closes, or other rows begin to bind. None where no hours bind,
    where none ends within days, or where they are closed.
    """
    if is_exempt(HOURS, case.facts) or case.lacks_place(case.rows[HOURS]):
        return None
    moment = case.moment.astimezone(UTC)
    last = moment + _FIRST_LOOK
    changes = tuple(case.rulebook.changes(moment, last))
    until = min([*changes, last])
    closes = first_close(case.demands(case.rows[HOURS]), moment, until)
    if closes is None:
        return until if changes else None
    return closes if closes > moment else None


def _opening_within(case: Case, start: datetime, stop: datetime) -> datetime | None:
    """Return the first open moment of a stretch in which the same rows bind."""
    bound = {
        group: () if is_exempt(group, case.facts) else rows
        for group, rows in case.rows_at(start).items()
    }
    consent_ends = ends(bound[BASIS], case.facts)
    if (
        case.lacks_place(bound[HOURS])
        or consent_ends is None
        or not all(accepts(row, case.facts) for row in bound[BASIS])
        or not all(is_told(row, case.facts) for row in bound[DISCLOSURE])
    ):
        return None
    spans: list[Span] = []
    for row in bound[CAPS] + bound[PROMISE] + bound[ENGAGEMENT]:
        more = case.barred_by(row)
        if more is None:
            return None
        spans += more
    last = stop if is_exempt("consent.expiry", case.facts) else min(stop, consent_ends)
    if start >= last:
        return None
    return _first(bound[HOURS], case.zones, start, last, tuple(spans))


@lru_cache(maxsize=4096)
def _first(
    rows: tuple[Rule, ...],
    zones: tuple[str, ...],
    start: datetime,
    last: datetime,
    spans: tuple[Span, ...],
) -> datetime | None:
    """Return the first open moment; remembered, as an audience is asked about at one moment."""
    demands = demands_of(rows, zones)
    if open_in_all(demands, start) and not bars(spans, start):
        return start
    return soonest(demands, start, last, spans)


def soonest(
    demands: Sequence[Demand], start: datetime, end: datetime, spans: Sequence[Span] = ()
) -> datetime | None:
    """Return the first moment between two at which all demands are open and no span bars."""
    # Most holds end within days: look there before looking further
    for until in (min(end, start + _FIRST_LOOK), end):
        opens = first_open(demands, start, until, spans)
        if opens:
            return opens
    return None
