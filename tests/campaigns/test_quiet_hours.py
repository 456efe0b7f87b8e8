from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns.quiet_hours import Hours, Window, is_open, is_zone, next_open, open_in_all

WEEK = frozenset(range(7))
BUSINESS: Hours = (Window(frozenset(range(5)), time(9), time(17)),)
DAYTIME: Hours = (Window(WEEK, time(8), time(21)),)
NEW_YORK, CHICAGO, LOS_ANGELES = "America/New_York", "America/Chicago", "America/Los_Angeles"
ZONES = [
    *(NEW_YORK, CHICAGO, LOS_ANGELES, "America/Phoenix", "America/Denver", "America/Anchorage"),
    *("America/Adak", "Pacific/Honolulu", "America/Puerto_Rico", "America/St_Johns"),
    *("Pacific/Guam", "Europe/London", "Africa/Casablanca", "Australia/Lord_Howe"),
    *("Pacific/Chatham", "Asia/Kolkata"),
]


def at(written: str, zone: str = NEW_YORK) -> datetime:
    return datetime.fromisoformat(written).replace(tzinfo=ZoneInfo(zone))


@pytest.mark.parametrize(
    ("written", "opened"),
    [
        ("2026-03-02T08:59:59.999999", False),
        ("2026-03-02T09:00", True),
        ("2026-03-02T16:59:59.999999", True),
        ("2026-03-02T17:00", False),
        ("2026-02-28T12:00", False),
        ("2026-03-01T12:00", False),
        ("2028-02-29T12:00", True),
    ],
)
def test_hours_begin_on_the_minute_and_end_before_it(written: str, opened: bool) -> None:
    assert is_open(BUSINESS, NEW_YORK, at(written)) == opened


@pytest.mark.parametrize(
    ("written", "opens"),
    [
        ("2026-03-02T09:00", "2026-03-02T09:00"),
        ("2026-03-02T16:59", "2026-03-02T16:59"),
        ("2026-03-02T08:59", "2026-03-02T09:00"),
        ("2026-03-02T17:00", "2026-03-03T09:00"),
        ("2026-03-06T17:00", "2026-03-09T09:00"),
        ("2026-10-30T17:00", "2026-11-02T09:00"),
    ],
)
def test_business_hours_open_again_the_next_working_morning(written: str, opens: str) -> None:
    assert next_open([(BUSINESS, NEW_YORK)], at(written)) == at(opens)


def test_hours_in_several_zones_open_when_the_last_has_opened() -> None:
    demands = [(BUSINESS, NEW_YORK), (BUSINESS, LOS_ANGELES)]
    assert next_open(demands, at("2026-03-02T09:00")) == at("2026-03-02T12:00")
    assert next_open(demands, at("2026-03-02T17:00")) == at("2026-03-03T12:00")
    assert open_in_all(demands, at("2026-03-02T16:59"))
    assert not open_in_all(demands, at("2026-03-02T11:59"))


def test_arizona_drifts_against_its_neighbours_with_the_season() -> None:
    demands = [(BUSINESS, "America/Denver"), (BUSINESS, "America/Phoenix")]
    winter, summer = at("2026-01-05T00:00"), at("2026-07-06T00:00")
    assert next_open(demands, winter) == at("2026-01-05T09:00", "America/Phoenix")
    assert next_open(demands, summer) == at("2026-07-06T09:00", "America/Phoenix")
    assert next_open([(BUSINESS, "America/Denver")], summer) == at(
        "2026-07-06T08:00", "America/Phoenix"
    )


def test_several_rules_are_open_when_all_are() -> None:
    late: Hours = (Window(WEEK, time(10), time(0)),)
    demands = [(BUSINESS, NEW_YORK), (late, NEW_YORK), (DAYTIME, NEW_YORK)]
    assert next_open(demands, at("2026-03-02T00:00")) == at("2026-03-02T10:00")


def test_windows_of_one_rule_are_each_enough() -> None:
    split: Hours = (
        Window(frozenset({5}), time(10), time(17)),
        Window(frozenset(range(5)), time(9), time(18)),
    )
    assert next_open([(split, NEW_YORK)], at("2026-03-06T18:00")) == at("2026-03-07T10:00")


def test_a_window_that_closes_at_midnight_lasts_to_the_end_of_the_day() -> None:
    late: Hours = (Window(frozenset({0}), time(22), time(0)),)
    assert is_open(late, NEW_YORK, at("2026-03-02T23:59:59.999"))
    assert not is_open(late, NEW_YORK, at("2026-03-03T00:00"))


def test_hours_that_never_open_together_have_no_next_moment() -> None:
    assert next_open([(BUSINESS, NEW_YORK), (BUSINESS, "Pacific/Guam")], at("2026-03-02")) is None
    assert next_open([((), NEW_YORK)], at("2026-03-02")) is None


def test_without_a_demand_it_is_always_open() -> None:
    assert next_open([], at("2026-03-02T03:00")) == at("2026-03-02T03:00")
    assert open_in_all([], at("2026-03-02T03:00"))


def test_an_hour_that_the_spring_night_skips_is_never_open() -> None:
    skipped: Hours = (Window(frozenset({6}), time(2), time(3)),)
    assert next_open([(skipped, NEW_YORK)], at("2026-03-07T12:00")) == at("2026-03-15T02:00")


def test_hours_that_begin_in_the_skipped_hour_open_when_the_clock_jumps() -> None:
    night: Hours = (Window(WEEK, time(2, 30), time(4)),)
    opens = next_open([(night, NEW_YORK)], at("2026-03-08T01:00"))
    assert opens == datetime(2026, 3, 8, 7, tzinfo=UTC)


def test_an_hour_that_the_autumn_night_repeats_is_open_twice() -> None:
    repeated: Hours = (Window(frozenset({6}), time(1), time(1, 30)),)
    first = datetime(2026, 11, 1, 5, tzinfo=UTC)
    second = datetime(2026, 11, 1, 6, tzinfo=UTC)
    assert next_open([(repeated, NEW_YORK)], at("2026-11-01T00:00")) == first
    assert next_open([(repeated, NEW_YORK)], first + timedelta(minutes=30)) == second


def test_a_zone_that_nobody_knows_is_told_apart() -> None:
    assert is_zone(NEW_YORK)
    assert not is_zone("Mars/Olympus")
    assert not is_zone("../etc/passwd")
    assert not is_zone("")


def test_hours_are_said_in_words() -> None:
    assert str(BUSINESS[0]) == "Mon-Fri 09:00-17:00"
    assert str(Window(frozenset({0, 5, 6}), time(22), time(0))) == "Mon, Sat, Sun 22:00-24:00"


quarter_hours = st.integers(0, 95).map(lambda n: time(n // 4, n % 4 * 15))
windows = st.builds(
    lambda days, one, other: Window(days, min(one, other), max(one, other)),
    st.frozensets(st.integers(0, 6), min_size=1),
    quarter_hours,
    quarter_hours,
).filter(lambda window: window.opens < window.closes)
demands = st.lists(
    st.tuples(st.lists(windows, min_size=1, max_size=2).map(tuple), st.sampled_from(ZONES)),
    min_size=1,
    max_size=3,
)
minutes = st.one_of(
    st.integers(0, 2 * 365 * 24 * 60),
    st.integers(95_000, 97_000),  # around 8 March 2026, when summer time begins
    st.integers(436_000, 438_500),  # around 1 November 2026, when it ends
).map(lambda n: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=n))


@settings(max_examples=30, deadline=None)
@given(demands, minutes)
def test_the_next_opening_is_what_a_look_at_every_minute_finds(
    asked: list[tuple[Hours, str]], moment: datetime
) -> None:
    def shown(hours: Hours, zone: str, when: datetime) -> bool:
        wall = when.astimezone(ZoneInfo(zone))
        clock = (wall.hour, wall.minute)
        return any(
            wall.weekday() in window.weekdays
            and (window.opens.hour, window.opens.minute) <= clock
            and clock < (window.closes.hour, window.closes.minute)
            for window in hours
        )

    every_minute = (moment + timedelta(minutes=n) for n in range(14 * 24 * 60))
    found = next(
        (when for when in every_minute if all(shown(*demand, when) for demand in asked)), None
    )
    assert next_open(asked, moment) == found
    assert found is None or open_in_all(asked, found)
