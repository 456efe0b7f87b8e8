"""By when a revocation is due; dates worked out by hand from calendars of the year."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from campaigns.calendars import ClosedDays
from campaigns.revocation_clock import (
    AIM,
    CLOSED,
    acknowledge_by,
    ageing_from,
    business_days_after,
    business_days_left,
    end,
    honour_by,
)
from campaigns.rulebook import loader
from campaigns.rulebook.loader import rulebook_of
from campaigns.rulebook.values import Deadline, Unit

NEW_YORK = ZoneInfo("America/New_York")


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=NEW_YORK)


@pytest.mark.parametrize(
    ("received", "due"),
    [
        # Two plain weeks
        ("2026-03-02T10:00", "2026-03-16T10:00"),
        # Saturday and Sunday begin to count on Monday
        ("2026-03-07T10:00", "2026-03-20T10:00"),
        # Thanksgiving on the 26th; the Friday after it is a business day
        ("2026-11-23T15:30", "2026-12-08T15:30"),
        # Christmas and New Year's Day on Fridays
        ("2026-12-21T09:00", "2027-01-06T09:00"),
        # Independence Day 2027 is a Sunday, kept on Monday; Juneteenth a Saturday, Friday counts
        ("2027-06-25T09:00", "2027-07-12T09:00"),
        ("2027-06-14T09:00", "2027-06-28T09:00"),
        # Summer time begins within
        ("2026-03-05T23:30", "2026-03-19T23:30"),
    ],
)
def test_a_revocation_is_due_after_ten_business_days(received, due):
    limit = honour_by(loader.load(), at(received), NEW_YORK, "US")
    assert (limit.at, limit.row.id) == (at(due), "us.revoke.deadline")


def test_the_day_begins_where_the_office_is():
    late = datetime(2026, 3, 7, 2, tzinfo=UTC)  # Friday evening in New York
    assert honour_by(loader.load(), late, NEW_YORK).at == at("2026-03-20T21:00")


def test_a_country_with_a_row_of_its_own_has_its_own_holidays():
    received = at("2026-06-29T09:00")  # Canada Day is on Wednesday, Independence Day a Saturday
    assert honour_by(loader.load(), received, NEW_YORK, "CA").at == at("2026-07-14T09:00")
    assert honour_by(loader.load(), received, NEW_YORK, "CA").row.id == "ca.unsubscribe"
    assert honour_by(loader.load(), received, NEW_YORK, "US").at == at("2026-07-13T09:00")
    assert honour_by(loader.load(), received, NEW_YORK, "FR").row.id == "us.revoke.deadline"


def test_a_rulebook_without_the_row_still_has_a_limit():
    nothing = rulebook_of([])
    limit = honour_by(nothing, at("2026-03-02T10:00"), NEW_YORK)
    assert (limit.at, limit.row) == (at("2026-03-16T10:00"), None)
    assert acknowledge_by(nothing, at("2026-03-02T10:00")).at == at("2026-03-02T10:05")


def test_the_acknowledgement_has_five_minutes():
    received = at("2026-03-02T10:00")
    limit = acknowledge_by(loader.load(), received)
    assert (limit.at, limit.row.id) == (received + AIM, "us.revoke.confirm")


@pytest.mark.parametrize(
    ("amount", "unit", "ends"),
    [
        (5, Unit.MINUTE, "2026-03-06T10:05"),
        # Summer time begins on the Sunday between: a day is so many hours, whatever the clocks do
        (3, Unit.DAY, "2026-03-09T11:00"),
        (1, Unit.BUSINESS_DAY, "2026-03-09T10:00"),
    ],
)
def test_units_count_as_they_are_called(amount, unit, ends):
    friday = at("2026-03-06T10:00")
    deadline = Deadline("anything", amount, unit)
    assert end(friday, deadline, ClosedDays(frozenset({5, 6})), NEW_YORK) == at(ends)


def test_months_are_no_deadline_of_a_clock():
    with pytest.raises(ValueError, match="no clock counts months"):
        end(at("2026-03-06T10:00"), Deadline("x", 1, Unit.MONTH), ClosedDays(), NEW_YORK)


def test_business_days_are_counted_one_by_one():
    closed = CLOSED["US"]
    day = date(2026, 1, 1)
    for count in range(1, 252):
        previous = business_days_after(day, count - 1, closed)
        found = business_days_after(day, count, closed)
        between = [previous + timedelta(days=each) for each in range(1, (found - previous).days)]
        assert not closed.includes(found)
        assert all(closed.includes(each) for each in between)


def test_what_is_left_counts_down_to_nothing():
    due = at("2026-03-16T10:00")
    left = [
        business_days_left(at(moment), due, NEW_YORK)
        for moment in (
            "2026-03-02T10:00",
            "2026-03-13T10:00",
            "2026-03-16T09:00",
            "2026-04-01T09:00",
        )
    ]
    assert left == [10, 1, 0, 0]


def test_ageing_begins_after_business_days():
    assert ageing_from(at("2026-03-06T10:00"), 2, NEW_YORK) == at("2026-03-10T10:00")
