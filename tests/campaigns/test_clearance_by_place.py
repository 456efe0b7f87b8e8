"""Tables of cases: hours and days by state and country, to the minute."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from campaigns.clearance import Clearance, Outcome, decide
from campaigns.rulebook.loader import HOUSE, load, rulebook_of
from consent.phone_numbers import of_e164
from consent.vocabulary import LegalBasis
from consent.whereabouts import whereabouts
from tests.campaigns.facts import CLEAR_CAMPAIGN

LAWS = rulebook_of(rule for rule in load().rules if rule.jurisdiction != HOUSE)
MINUTE = timedelta(minutes=1)
ZONES = {
    **dict.fromkeys(["AL", "LA", "MS", "TX"], "America/Chicago"),
    "AZ": "America/Phoenix",
    "HI": "Pacific/Honolulu",
    "PR": "America/Puerto_Rico",
    "OR": "America/Los_Angeles",
    "UT": "America/Denver",
    "FR": "Europe/Paris",
    "DE": "Europe/Berlin",
    "GB": "Europe/London",
    "IN": "Asia/Kolkata",
    "CA-ON": "America/Toronto",
    "JP": "Asia/Tokyo",
    "BR": "America/Sao_Paulo",
}


def asked(place: str, written: str, minutes: int = 0, **changed: Any) -> Clearance:
    country, _, state = place.partition("-")
    zone = ZONES.get(place, ZONES.get(state, "America/New_York"))
    facts = replace(CLEAR_CAMPAIGN, country=country, state=state, time_zones=(zone,))
    facts = replace(facts, basis=LegalBasis.EXPRESS_WRITTEN, **changed)
    moment = datetime.fromisoformat(written).replace(tzinfo=ZoneInfo(facts.time_zones[0]))
    return decide(facts, LAWS, moment + minutes * MINUTE)


HOURS = [
    # place, day, opens, closes (start inclusive, end exclusive), on the person's clock
    ("US-NY", "2026-03-03", "08:00", "21:00"),
    ("US-KY", "2026-03-03", "10:00", "21:00"),
    ("US-CT", "2026-03-03", "09:00", "20:00"),
    ("US-FL", "2026-03-08", "08:00", "20:00"),  # a Sunday, hours after summer time began
    ("US-RI", "2026-03-03", "09:00", "18:00"),
    ("US-RI", "2026-03-07", "10:00", "17:00"),
    ("US-PA", "2026-10-16", "08:00", "21:00"),  # before Act 47
    ("US-PA", "2026-10-19", "09:00", "19:00"),
    ("US-OR", "2025-12-30", "08:00", "21:00"),  # before HB 3865
    ("US-OR", "2026-01-02", "08:00", "20:00"),
    ("US-TX", "2025-08-29", "08:00", "21:00"),  # before SB 140
    ("US-TX", "2025-09-05", "09:00", "21:00"),
    ("US-TX", "2025-09-07", "12:00", "21:00"),  # Sundays
    ("US-MS", "2026-01-06", "08:00", "20:00"),  # winter: the standard clock is the wall's
    ("US-MS", "2026-07-07", "09:00", "20:00"),  # summer: 8:00 standard is 9:00 on the wall
    ("US-AZ", "2026-07-07", "08:00", "21:00"),
    ("US-HI", "2026-07-07", "08:00", "21:00"),
    ("US-PR", "2026-07-07", "08:00", "21:00"),
    ("US-NE", "2026-03-08", "13:00", "21:00"),
    ("US-KY", "2028-02-29", "10:00", "21:00"),
    ("FR", "2026-03-03", "08:30", "20:00"),
    ("FR", "2026-03-07", "10:00", "19:00"),
    ("DE", "2026-03-08", "08:00", "21:00"),
    ("GB", "2026-03-08", "08:00", "21:00"),
    ("CA-ON", "2026-03-03", "09:00", "21:30"),
    ("CA-ON", "2026-03-08", "10:00", "18:00"),
    ("IN", "2026-03-08", "10:00", "21:00"),
    ("JP", "2026-03-03", "10:00", "18:00"),  # no hours known: the cautious default
    ("BR", "2026-03-07", "10:00", "17:00"),
]


@pytest.mark.parametrize(("place", "day", "opens", "closes"), HOURS)
def test_hours_open_on_the_minute_and_close_before_it(
    place: str, day: str, opens: str, closes: str
) -> None:
    opening, closing = f"{day}T{opens}", f"{day}T{closes}"
    before = asked(place, opening, -1)
    assert before.outcome is Outcome.HOLD
    assert before.until == asked(place, opening).asked_at
    assert [
        asked(place, opening).outcome,
        asked(place, closing, -1).outcome,
        asked(place, closing).outcome,
    ] == [Outcome.CLEAR, Outcome.CLEAR, Outcome.HOLD]


@pytest.mark.parametrize(
    ("place", "closed", "opens"),
    [
        ("US-AL", "2026-03-08T12:00", "2026-03-09T08:00"),  # Sunday, hours after the spring night
        ("US-AL", "2026-11-01T12:00", "2026-11-02T08:00"),  # Sunday of the autumn night
        ("US-AL", "2026-04-26T12:00", "2026-04-28T08:00"),  # Sunday, then Confederate Memorial Day
        ("US-AL", "2026-07-03T12:00", "2026-07-06T08:00"),  # 4 July on a Saturday, then Sunday
        ("US-LA", "2026-02-16T12:00", "2026-02-18T08:00"),  # Presidents' Day, then Mardi Gras
        ("US-LA", "2026-04-03T12:00", "2026-04-04T08:00"),  # Good Friday
        ("US-RI", "2026-08-10T12:00", "2026-08-11T09:00"),  # Victory Day
        ("US-RI", "2026-12-25T12:00", "2026-12-26T10:00"),
        ("US-UT", "2026-07-24T12:00", "2026-07-25T08:00"),  # Pioneer Day
        ("US-MS", "2027-07-05T12:00", "2027-07-06T09:00"),  # 4 July on a Sunday
        ("US-PA", "2026-10-18T12:00", "2026-10-19T09:00"),  # the first closed Sunday
        ("FR", "2026-07-14T12:00", "2026-07-15T08:30"),
        ("FR", "2026-03-08T12:00", "2026-03-09T08:30"),
    ],
)
def test_closed_days_hold_until_the_next_open_one(place: str, closed: str, opens: str) -> None:
    held = asked(place, closed)
    assert (held.outcome, held.until) == (Outcome.HOLD, asked(place, opens).asked_at)


def test_pennsylvanias_sundays_were_open_before_its_act() -> None:
    assert asked("US-PA", "2026-10-11T12:00").outcome is Outcome.CLEAR


def test_a_hold_over_the_day_on_which_a_law_begins_ends_by_that_law() -> None:
    held = asked("US-PA", "2026-10-17T20:30")
    assert (held.code, held.until) == (
        "us.pa.window.2026",
        asked("US-PA", "2026-10-19T09:00").asked_at,
    )


@pytest.mark.parametrize(
    ("state", "zones"),
    [
        ("TN", ("America/Chicago", "America/New_York")),
        ("FL", ("America/Chicago", "America/New_York")),
        ("KY", ("America/Chicago", "America/New_York")),
        ("ND", ("America/Chicago", "America/Denver")),
        ("OR", ("America/Boise", "America/Los_Angeles")),
    ],
)
def test_split_states_wait_for_their_last_zone(state: str, zones: tuple[str, str]) -> None:
    west, east = zones[0], zones[1]
    if state in {"ND", "OR"}:
        west, east = east, west
    opens = {"KY": 10}.get(state, 8)
    closes = {"TN": 21, "KY": 21, "ND": 21}.get(state, 20)
    facts = replace(CLEAR_CAMPAIGN, state=state, time_zones=zones)
    first = datetime(2026, 3, 3, opens, tzinfo=ZoneInfo(west))
    last = datetime(2026, 3, 3, closes, tzinfo=ZoneInfo(east))
    outcomes = [
        decide(facts, LAWS, moment).outcome
        for moment in (first - MINUTE, first, last - MINUTE, last)
    ]
    assert outcomes == [Outcome.HOLD, Outcome.CLEAR, Outcome.CLEAR, Outcome.HOLD]


def test_the_state_of_the_number_and_the_stated_one_both_bind() -> None:
    moved = {"stated_places": ("US-KY",)}
    assert asked("US-FL", "2026-03-03T09:59", **moved).code == "us.ky.window"
    assert asked("US-FL", "2026-03-03T10:00", **moved).outcome is Outcome.CLEAR
    assert asked("US-FL", "2026-03-03T20:00", **moved).code == "us.fl.window"


def test_virginia_binds_by_area_code_alone() -> None:
    def codes(place: str, **changed: Any) -> set[str]:
        return {each.code for each in asked(place, "2026-03-03T12:00", **changed).verdicts}

    assert "us.va.window" in codes("US-VA")
    assert "us.va.window" in codes("US-VA", stated_places=("US-NY",))
    assert "us.va.window" not in codes("US-NY", stated_places=("US-VA",))


def test_a_person_abroad_keeps_the_hours_of_number_and_place() -> None:
    abroad = {
        "stated_places": ("FR",),
        "time_zones": ("America/New_York", "Europe/Paris"),
    }
    assert asked("US-NY", "2026-03-03T13:59", **abroad).outcome is Outcome.CLEAR  # 19:59 in Paris
    assert asked("US-NY", "2026-03-03T14:00", **abroad).code == "fr.window"
    held = {
        each.code for each in asked("US-NY", "2026-03-03T07:59", **abroad).verdicts if each.until
    }
    assert held == {"us.ny.window", "us.quiet", "fr.charter", "fr.window"}


def test_indias_hours_go_by_indias_clock_wherever_the_person_is() -> None:
    travelling = {"time_zones": ("Europe/London",)}
    assert asked("IN", "2026-03-03T04:30", **travelling).outcome is Outcome.CLEAR
    assert asked("IN", "2026-03-03T15:29", **travelling).outcome is Outcome.CLEAR
    assert asked("IN", "2026-03-03T15:30", **travelling).code == "in.window"


def test_a_toll_free_number_keeps_the_strictest_hours_in_every_zone() -> None:
    place = whereabouts(of_e164("+18005550147"))
    facts = replace(
        CLEAR_CAMPAIGN, country=place.country, state=place.state, time_zones=place.time_zones
    )
    held = decide(facts, LAWS, datetime(2026, 7, 6, tzinfo=ZoneInfo("Pacific/Honolulu")))
    assert held.until == datetime(2026, 7, 6, 10, tzinfo=ZoneInfo("Pacific/Honolulu"))
    codes = {each.code for each in held.verdicts}
    assert {"us.strictest.window", "us.ri.window", "us.me.automated", "us.va.window"} < codes


def test_where_only_the_state_is_unknown_every_state_binds() -> None:
    assert asked("US", "2026-03-03T09:59").outcome is Outcome.HOLD
    assert asked("US", "2026-03-03T10:00").outcome is Outcome.CLEAR
    assert asked("US", "2026-03-03T17:00").code == "us.me.automated"
    assert asked("US", "2026-03-07T12:00").outcome is Outcome.HOLD


@pytest.mark.parametrize("night", ["2026-03-08", "2026-11-01"])
def test_on_both_nights_of_the_changing_clock_hours_hold_to_the_minute(night: str) -> None:
    opens = asked("US-NY", f"{night}T08:00").asked_at
    for written in ("00:30", "01:30", "03:30", "07:59"):
        assert asked("US-NY", f"{night}T{written}").until == opens
