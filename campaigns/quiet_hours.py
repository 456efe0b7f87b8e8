"""When a text may reach a person: hours by the clock on the wall, in every zone at once.

Start inclusive, end exclusive. All results are exact over changes of summer time, which shift what
an hour on the wall means in UTC.
"""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from campaigns.calendars import WEEKDAYS, ClosedDays, said_weekdays

__all__ = [
    "LOOK_AHEAD",
    "WEEKDAYS",
    "ClosedDays",
    "Demand",
    "Hours",
    "Span",
    "Window",
    "first_close",
    "first_open",
    "is_open",
    "is_zone",
    "next_open",
    "open_in_all",
    "open_spans",
]

LOOK_AHEAD = timedelta(days=14)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Window:
    """Open from `opens` to just before `closes` on these weekdays (Monday is 0).

    `closes` at 00:00 is the end of the day.
    """

    weekdays: frozenset[int]
    opens: time
    closes: time

    def __str__(self) -> str:
        closes = "24:00" if self.closes == time() else f"{self.closes:%H:%M}"
        return f"{said_weekdays(self.weekdays)} {self.opens:%H:%M}-{closes}"


Hours = tuple[Window, ...]
"""Open while any of its windows is."""

Demand = tuple[Hours | ClosedDays, str]
"""Hours that must be open or days that must not be, and the time zone whose clocks count."""

Span = tuple[datetime, datetime]


# ZoneInfo itself keeps eight zones alive and reads the others from disk each time
_zone = lru_cache(maxsize=1024)(ZoneInfo)


@lru_cache(maxsize=1024)
def is_zone(name: str) -> bool:
    """Say whether there is a time zone of that name."""
    try:
        _zone(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def is_open(hours: Hours | ClosedDays, zone: str, moment: datetime) -> bool:
    """Say whether the clock on the wall in that zone shows one of these hours."""
    wall = moment.astimezone(_zone(zone))
    if isinstance(hours, ClosedDays):
        return not hours.includes(wall.date())
    return any(
        wall.weekday() in window.weekdays
        and window.opens <= wall.time()
        and (window.closes == time() or wall.time() < window.closes)
        for window in hours
    )


def open_in_all(demands: Iterable[Demand], moment: datetime) -> bool:
    """Say whether every demand is open at that moment; with no demand it always is."""
    return all(is_open(hours, zone, moment) for hours, zone in demands)


def next_open(
    demands: Iterable[Demand], moment: datetime, before: datetime | None = None
) -> datetime | None:
    """Return the earliest moment, in UTC, from which on every demand is open at once.

    That is the moment itself when all are open then. None when they never are before `before`,
    which is 14 days ahead unless said otherwise.
    """
    start = moment.astimezone(UTC)
    return first_open(demands, start, (before or start + LOOK_AHEAD).astimezone(UTC))


def first_open(
    demands: Iterable[Demand], start: datetime, end: datetime, barred: Iterable[Span] = ()
) -> datetime | None:
    """Return the earliest moment between two at which all is open and nothing is barred, in UTC."""
    days = start.date().toordinal(), end.date().toordinal()
    opened = [_open_on(hours, zone, *days) for hours, zone in demands]
    spans = _merged(list(barred))
    moment = start
    while moment < end:
        # Each in turn puts the moment off to when it opens, until none does
        put_off = moment
        for opens, closes in opened:
            place = bisect_right(closes, put_off)
            if place == len(closes):
                return None
            put_off = max(put_off, opens[place])
        for bar, lets_go in spans:
            if bar <= put_off < lets_go:
                put_off = lets_go
        if put_off == moment:
            return moment
        moment = put_off
    return None


def first_close(demands: Iterable[Demand], start: datetime, end: datetime) -> datetime | None:
    """Return when the first of several demands that are open at a moment closes, in UTC.

    None when none does before `end`; the moment itself when one is closed already.
    """
    days = start.date().toordinal(), end.date().toordinal()
    first = end
    for hours, zone in demands:
        opens, closes = _open_on(hours, zone, *days)
        place = bisect_right(closes, start)
        if place == len(closes) or opens[place] > start:
            return start
        first = min(first, closes[place])
    return first if first < end else None


@lru_cache(maxsize=1024)
def _open_on(
    hours: Hours | ClosedDays, zone: str, first_day: int, last_day: int
) -> tuple[tuple[datetime, ...], tuple[datetime, ...]]:
    """Return when these hours open and close on some days of UTC; many people share them."""
    first, last = (datetime.fromordinal(day).replace(tzinfo=UTC) for day in (first_day, last_day))
    spans = open_spans(hours, zone, first, last + _DAY)
    return tuple(start for start, _ in spans), tuple(end for _, end in spans)


def open_spans(hours: Hours | ClosedDays, zone: str, start: datetime, end: datetime) -> list[Span]:
    """Return when these hours are open in that zone between two moments, in UTC, in order."""
    spans = []
    for first, last, offset in _even_stretches(zone, start, end):
        day = (first + offset).replace(hour=0, minute=0, second=0, microsecond=0)
        while day < last + offset:
            for opens, closes in _parts(hours, day):
                span = (max(first, day + opens - offset), min(last, day + closes - offset))
                if span[0] < span[1]:
                    spans.append(span)
            day += _DAY
    return _merged(spans)


def _parts(hours: Hours | ClosedDays, day: datetime) -> list[tuple[timedelta, timedelta]]:
    """Return the open parts of a day, as times since its midnight on the wall."""
    if isinstance(hours, ClosedDays):
        return [] if hours.includes(day.date()) else [(timedelta(), _DAY)]
    return [
        (_into_day(window.opens), _into_day(window.closes) or _DAY)
        for window in hours
        if day.weekday() in window.weekdays
    ]


def _even_stretches(
    zone: str, start: datetime, end: datetime
) -> list[tuple[datetime, datetime, timedelta]]:
    """Cut a stretch of time where the zone's offset from UTC changes."""
    stretches = []
    for change in [*_changes(zone, start.date().toordinal(), end.date().toordinal()), end]:
        until = min(max(change, start), end)
        if start < until:
            stretches.append((start, until, _offset(zone, start)))
            start = until
    return stretches


@lru_cache(maxsize=4096)
def _changes(zone: str, first_day: int, last_day: int) -> tuple[datetime, ...]:
    """Return when a zone's offset changes between two days, to the second."""
    found = []
    step = datetime.fromordinal(first_day).replace(tzinfo=UTC)
    end = datetime.fromordinal(last_day).replace(tzinfo=UTC) + _DAY
    while step < end:
        low, high = step, step + _DAY / 2
        step = high
        if _offset(zone, low) == _offset(zone, high):
            continue
        before = _offset(zone, low)
        while high - low > timedelta(seconds=1):
            middle = low + timedelta(seconds=int((high - low).total_seconds()) // 2)
            low, high = (middle, high) if _offset(zone, middle) == before else (low, middle)
        found.append(high)
    return tuple(found)


def _offset(zone: str, moment: datetime) -> timedelta:
    return moment.astimezone(_zone(zone)).utcoffset() or timedelta()


def _into_day(clock: time) -> timedelta:
    return timedelta(hours=clock.hour, minutes=clock.minute, seconds=clock.second)


def _merged(spans: list[Span]) -> list[Span]:
    found: list[Span] = []
    for span in sorted(spans):
        if found and span[0] <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], span[1]))
        else:
            found.append(span)
    return found
