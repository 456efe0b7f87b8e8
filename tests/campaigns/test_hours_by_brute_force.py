"""Clearance and a second computation agree on when each state may be texted."""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from campaigns.clearance import Facts, Outcome, decide
from campaigns.clearance_rules import HOURS
from campaigns.clearance_timing import Case
from campaigns.quiet_hours import open_spans
from campaigns.rulebook.loader import HOUSE, load, rulebook_of
from consent.whereabouts import zones_of
from tests.campaigns import by_brute_force as brute
from tests.campaigns.facts import CLEAR_CAMPAIGN

START, END = datetime(2026, 7, 1, tzinfo=UTC), datetime(2028, 7, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
MINUTES = (END - START) // MINUTE
LAWS = rulebook_of(rule for rule in load().rules if rule.jurisdiction != HOUSE)
WHOLE_DAYS = [
    *(date(2026, 10, 17), date(2026, 10, 18), date(2026, 10, 19)),  # Pennsylvania's new hours
    *(date(2026, 11, 1), date(2027, 3, 14)),  # the nights when summer time ends and begins
    *(date(2026, 7, 3), date(2027, 7, 5), date(2027, 2, 9), date(2027, 8, 9)),  # holidays
    *(date(2027, 12, 31), date(2028, 2, 29)),
]


def facts(state: str) -> Facts:
    return replace(CLEAR_CAMPAIGN, state=state, time_zones=tuple(sorted(zones_of(f"US-{state}"))))


def moments_to_look_at(state: str, zones: tuple[str, ...]) -> Iterator[datetime]:
    rng = random.Random(state)
    days = [*rng.sample(WHOLE_DAYS, 6), START.date() + timedelta(days=rng.randrange(700))]
    for day in days:
        zone = ZoneInfo(rng.choice(zones))
        midnight = datetime.combine(day, datetime.min.time(), zone).astimezone(UTC)
        was = brute.is_open(state, zones, midnight - MINUTE)
        for quarter in range(0, 25 * 60, 15):
            moment = midnight + quarter * MINUTE
            now = brute.is_open(state, zones, moment)
            if now != was:
                yield from (moment - MINUTE, moment, moment + MINUTE)
            was = now
    for _ in range(12):
        yield START + rng.randrange(MINUTES) * MINUTE


@pytest.mark.parametrize("state", brute.STATES)
def test_both_agree_at_every_change_of_some_days_and_at_random_minutes(state: str) -> None:
    asked = facts(state)
    for moment in moments_to_look_at(state, asked.time_zones):
        decided = decide(asked, LAWS, moment)
        opened = brute.is_open(state, asked.time_zones, moment)
        assert (moment, decided.outcome) == (moment, Outcome.CLEAR if opened else Outcome.HOLD)
        if decided.until:
            assert brute.is_open(state, asked.time_zones, decided.until)
            assert not brute.is_open(state, asked.time_zones, decided.until - MINUTE)


@pytest.mark.slow
@pytest.mark.parametrize("state", brute.STATES)
def test_both_agree_at_every_minute_of_two_years(state: str) -> None:
    asked = facts(state)
    opened = bytearray()
    stops = [START, *LAWS.changes(START, END), END]
    for start, stop in pairwise(stops):
        case = Case(asked, LAWS, start)
        count = (stop - start) // MINUTE
        common = int.from_bytes(b"\1" * count, "big")
        for hours, zone in case.demands(case.rows[HOURS]):
            marks = bytearray(count)
            for opens, closes in open_spans(hours, zone, start, stop):
                first, last = (opens - start) // MINUTE, (closes - start) // MINUTE
                marks[first:last] = b"\1" * (last - first)
            common &= int.from_bytes(marks, "big")
        opened += common.to_bytes(count, "big")
    assert opened == brute.minutes_open(state, asked.time_zones, START, MINUTES)
