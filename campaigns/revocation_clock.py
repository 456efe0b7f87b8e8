"""By when a revocation must be honoured and acknowledged, as the rulebook and calendars say.

A deadline in business days ends at the same time of day as it began, so never later than any
reading of when a day ends where the person is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from types import MappingProxyType

from campaigns.calendars import FEDERAL, ClosedDays
from campaigns.rulebook.rows import Rule, Rulebook
from campaigns.rulebook.values import Deadline, RuleKind, Unit

HONOURED = "revocation honoured"
ACKNOWLEDGED = "opt-out confirmation"
"""What the rows of the rulebook call the two deadlines."""

AIM = timedelta(minutes=5)
"""Ours where no row names a time: for HELP, and for what arrived before a row was in force."""

_LAW_OF_LAST_RESORT = "US"
_WEEKEND = frozenset({5, 6})
_SUNDAY = 6
_A_DAY = timedelta(days=1)

CLOSED: Mapping[str, ClosedDays] = MappingProxyType(
    {
        # A holiday on a Sunday is kept on Monday by all. One on a Saturday closes Friday for some
        # offices only, so that Friday counts: the strictest reading.
        "US": ClosedDays(_WEEKEND, ("US",), (FEDERAL,), ((_SUNDAY, 0),)),
        "CA": ClosedDays(_WEEKEND, ("CA",), (), ((_SUNDAY, 0),)),
    }
)
"""Which days are no business days, by country; elsewhere weekends alone are none."""


@dataclass(frozen=True, slots=True)
class Limit:
    """A moment by which something is due, and the row that says so; None is our own aim."""

    at: datetime
    row: Rule | None = None


def honour_by(rulebook: Rulebook, received: datetime, zone: tzinfo, country: str = "") -> Limit:
    """Return by when a revocation received at a moment must be honoured, where the person is.

    Falls back on the law of the United States where a country has no row in force, and on ten
    business days where that has none either: from before the row's first day nothing is exempt.
    """
    rows = _rows(rulebook, HONOURED, received, country)
    days = CLOSED.get(rows[0].jurisdiction if rows else _LAW_OF_LAST_RESORT, ClosedDays(_WEEKEND))
    found = [Limit(end(received, _deadline(row), days, zone), row) for row in rows]
    ten = Limit(_after_business_days(received, 10, days, zone))
    return min(found, key=lambda each: each.at, default=ten)


def acknowledge_by(rulebook: Rulebook, received: datetime, country: str = "") -> Limit:
    """Return by when the one confirmation of an opt-out should be out: five minutes, mostly."""
    rows = _rows(rulebook, ACKNOWLEDGED, received, country)
    days = ClosedDays(_WEEKEND)
    found = [Limit(end(received, _deadline(row), days, received.tzinfo), row) for row in rows]
    return min(found, key=lambda each: each.at, default=Limit(received + AIM))


def end(start: datetime, deadline: Deadline, closed: ClosedDays, zone: tzinfo | None) -> datetime:
    """Return when a deadline that begins at `start` is over; months and years have none here."""
    match deadline.unit:
        case Unit.MINUTE:
            return start.astimezone(UTC) + timedelta(minutes=deadline.amount)
        case Unit.DAY:
            return start.astimezone(UTC) + timedelta(days=deadline.amount)
        case Unit.BUSINESS_DAY:
            return _after_business_days(start, deadline.amount, closed, zone)
    raise ValueError(f"no clock counts {deadline.unit}s")


def ageing_from(received: datetime, business_days: int, zone: tzinfo) -> datetime:
    """Return from when something that waits since `received` is worth an alert."""
    return _after_business_days(received, business_days, CLOSED["US"], zone)


def business_days_after(day: date, count: int, closed: ClosedDays) -> date:
    """Return the day on which the count of business days after a day is full; 0 is the day."""
    while count:
        day += _A_DAY
        count -= not closed.includes(day)
    return day


def business_days_left(moment: datetime, due: datetime, zone: tzinfo) -> int:
    """Count the business days of the United States that begin after a moment, up to when due."""
    day, last = moment.astimezone(zone).date(), due.astimezone(zone).date()
    count = 0
    while day < last:
        day += _A_DAY
        count += not CLOSED["US"].includes(day)
    return count


def _after_business_days(
    start: datetime, count: int, closed: ClosedDays, zone: tzinfo | None
) -> datetime:
    local = start.astimezone(zone)
    clock: time = local.timetz()
    return datetime.combine(business_days_after(local.date(), count, closed), clock)


def _rows(rulebook: Rulebook, of: str, moment: datetime, country: str) -> Sequence[Rule]:
    rows = [
        rule
        for rule in rulebook.of_kind(RuleKind.DEADLINE)
        if _deadline(rule).of == of and rule.binds_at(moment)
    ]
    return [rule for rule in rows if rule.jurisdiction == country] or [
        rule for rule in rows if rule.jurisdiction == _LAW_OF_LAST_RESORT
    ]


def _deadline(rule: Rule) -> Deadline:
    if not isinstance(rule.value, Deadline):
        raise TypeError(f"{rule.id} is no deadline")
    return rule.value
