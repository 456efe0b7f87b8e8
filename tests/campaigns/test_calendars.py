from datetime import date

import pytest

from campaigns.calendars import ClosedDays, days_off, holidays_of
from campaigns.rulebook.loader import load


def closed(row_id: str, written: str) -> bool:
    rule = load().rule(row_id)
    assert rule is not None
    assert isinstance(rule.value, ClosedDays)
    return rule.value.includes(date.fromisoformat(written))


FEDERAL_2026 = {
    *("2026-01-01", "2026-01-19", "2026-02-16", "2026-05-25", "2026-06-19", "2026-07-04"),
    *("2026-09-07", "2026-10-12", "2026-11-11", "2026-11-26", "2026-12-25"),
}


def test_there_are_eleven_federal_holidays() -> None:
    assert {str(day) for day in holidays_of("US", 2026)} == FEDERAL_2026


@pytest.mark.parametrize(
    ("row_id", "written", "is_closed"),
    [
        ("us.ri.holidays", "2026-08-10", True),  # Victory Day, the second Monday of August
        ("us.ri.holidays", "2027-08-09", True),
        ("us.ri.holidays", "2026-08-17", False),
        ("us.la.holidays", "2026-02-17", True),  # Mardi Gras
        ("us.la.holidays", "2027-02-09", True),
        ("us.la.holidays", "2026-04-03", True),  # Good Friday
        ("us.la.holidays", "2026-11-01", True),  # All Saints' Day, a Sunday
        ("us.la.holidays", "2026-11-02", True),  # and the day it moves to
        ("us.la.holidays", "2026-11-03", False),  # Election Day is not named
        ("us.al.holidays", "2026-02-17", True),  # Mardi Gras
        ("us.al.holidays", "2026-04-27", True),  # Confederate Memorial Day
        ("us.al.holidays", "2026-06-01", True),  # Jefferson Davis' Birthday
        ("us.al.holidays", "2026-07-03", True),  # a Saturday holiday moves to Friday
        ("us.al.holidays", "2026-07-04", True),
        ("us.al.holidays", "2027-07-04", True),  # and a Sunday one to Monday
        ("us.al.holidays", "2027-07-05", True),
        ("us.al.holidays", "2027-12-31", True),  # New Year's Day 2028, a Saturday
        ("us.ms.holidays", "2027-07-05", True),
        ("us.ms.holidays", "2026-07-03", False),  # Mississippi moves Sundays alone
        ("us.ut.holidays", "2026-07-24", True),  # Pioneer Day
        ("us.pa.holidays", "2026-07-24", False),
        ("us.strictest.holidays", "2026-08-10", True),
        ("us.strictest.holidays", "2026-02-17", True),
        ("fr.holidays", "2026-07-14", True),
        ("fr.holidays", "2026-04-03", True),  # Good Friday, in Alsace and Moselle
        ("fr.holidays", "2026-07-15", False),
        ("us.la.sunday", "2026-03-01", True),
        ("us.la.sunday", "2026-03-02", False),
    ],
)
def test_closed_days_fall_where_they_should(row_id: str, written: str, is_closed: bool) -> None:
    assert closed(row_id, written) == is_closed


@pytest.mark.parametrize("calendar", ["FR", "DE", "DE-BY", "GB", "GB-SCT", "CA", "CA-QC", "JP"])
def test_calendars_of_other_countries_are_at_hand(calendar: str) -> None:
    assert date(2026, 1, 1) in days_off((calendar,), (), (), 2026)


def test_a_calendar_has_no_days_before_or_after_all_years() -> None:
    assert holidays_of("US", 1) == holidays_of("US", 9999) == {}
