"""A second computation of when people in each state may be texted, by the laws alone.

It shares no code and no data with clearance: hours are written down again, holidays are counted
out by hand, and every minute is looked at by itself. Where sources disagree it takes the strictest.
"""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

MINUTE = timedelta(minutes=1)
STATES = [
    *("AK", "AL", "AR", "AZ", "CA", "CO", "CT", "DC", "DE", "FL", "GA", "HI", "IA", "ID", "IL"),
    *("IN", "KS", "KY", "LA", "MA", "MD", "ME", "MI", "MN", "MO", "MS", "MT", "NC", "ND", "NE"),
    *("NH", "NJ", "NM", "NV", "NY", "OH", "OK", "OR", "PA", "PR", "RI", "SC", "SD", "TN", "TX"),
    *("UT", "VA", "VT", "WA", "WI", "WV", "WY"),
]

# Weekdays, Saturdays, Sundays: first and last hour; None is not at all
DAYS: dict[str, tuple[tuple[int, int] | None, ...]] = {
    "AL": ((8, 20), (8, 20), None),
    "CA": ((9, 21), (9, 21), (9, 21)),
    "CT": ((9, 20), (9, 20), (9, 20)),
    "FL": ((8, 20), (8, 20), (8, 20)),
    "IN": ((9, 20), (9, 20), (9, 20)),
    "KY": ((10, 21), (10, 21), (10, 21)),
    "LA": ((8, 20), (8, 20), None),
    "MA": ((8, 20), (8, 20), (8, 20)),
    "MD": ((8, 20), (8, 20), (8, 20)),
    "ME": ((9, 17), None, None),
    "MI": ((9, 21), (9, 21), (9, 21)),
    "MN": ((9, 21), (9, 21), (9, 21)),
    "MS": ((8, 20), (8, 20), None),
    "NE": ((8, 21), (8, 21), (13, 21)),
    "NM": ((9, 21), (9, 21), (9, 21)),
    "NV": ((9, 20), (9, 20), (9, 20)),
    "OK": ((8, 20), (8, 20), (8, 20)),
    "OR": ((8, 20), (8, 20), (8, 20)),
    "PA": ((9, 19), (9, 19), None),
    "RI": ((9, 18), (10, 17), None),
    "SD": ((9, 21), (9, 21), None),
    "TX": ((9, 21), (9, 21), (12, 21)),
    "UT": ((8, 21), (8, 21), None),
    "WA": ((8, 20), (8, 20), (8, 20)),
    "WY": ((8, 20), (8, 20), (8, 20)),
}
FEDERAL = ((8, 21), (8, 21), (8, 21))
KEEP_HOLIDAYS = {"AL", "LA", "MS", "NE", "OK", "PA", "RI", "UT"}
MORE_CLOCKS = {"MS": "Etc/GMT+6", "TX": "America/Chicago"}
PENNSYLVANIA_BINDS = datetime(2026, 10, 17, 10, tzinfo=UTC)  # 18 October begins on Earth


def is_open(state: str, zones: tuple[str, ...], moment: datetime) -> bool:
    """Say whether a text may arrive in that state at that moment."""
    for zone in zones:
        wall = moment.astimezone(ZoneInfo(zone))
        if not _within(FEDERAL, wall) or (
            state in KEEP_HOLIDAYS and wall.date() in closed_days(state, wall.year)
        ):
            return False
    clocks = {*zones, *([MORE_CLOCKS[state]] if state in MORE_CLOCKS else [])}
    if state == "PA" and moment < PENNSYLVANIA_BINDS:
        return True
    return all(
        _within(DAYS.get(state, FEDERAL), moment.astimezone(ZoneInfo(clock))) for clock in clocks
    )


def minutes_open(state: str, zones: tuple[str, ...], start: datetime, count: int) -> bytearray:
    """Look at so many minutes one by one; 1 is open."""
    return bytearray(is_open(state, zones, start + n * MINUTE) for n in range(count))


def _within(days: tuple[tuple[int, int] | None, ...], wall: datetime) -> bool:
    hours = days[max(0, wall.weekday() - 4)]
    return hours is not None and hours[0] <= wall.hour < hours[1]


_closed: dict[tuple[str, int], frozenset[date]] = {}


def closed_days(state: str, year: int) -> frozenset[date]:
    """Count out the holidays of a state, and those that move into the year."""
    if (state, year) not in _closed:
        near = [day for each in (year - 1, year, year + 1) for day in _holidays(state, each)]
        moved = {day + timedelta(days=1) for day in near if day.weekday() == 6}
        if state != "MS":
            moved |= {day - timedelta(days=1) for day in near if day.weekday() == 5}
        _closed[state, year] = frozenset(day for day in {*near, *moved} if day.year == year)
    return _closed[state, year]


def _holidays(state: str, year: int) -> set[date]:
    found = {
        date(year, 1, 1),
        _nth(year, 1, 0, 3),
        _nth(year, 2, 0, 3),
        _last_monday(year, 5),
        date(year, 6, 19),
        date(year, 7, 4),
        _nth(year, 9, 0, 1),
        _nth(year, 10, 0, 2),
        date(year, 11, 11),
        _nth(year, 11, 3, 4),
        date(year, 12, 25),
    }
    if state in {"AL", "LA"}:
        found.add(_easter(year) - timedelta(days=47))
    if state == "AL":
        found |= {_nth(year, 4, 0, 4), _nth(year, 6, 0, 1)}
    if state == "LA":
        found |= {_easter(year) - timedelta(days=2), date(year, 11, 1)}
    if state == "RI":
        found.add(_nth(year, 8, 0, 2))
    if state == "UT":
        found.add(date(year, 7, 24))
    return found


def _nth(year: int, month: int, weekday: int, n: int) -> date:
    days = [date(year, month, day) for day in range(1, 29)]
    return [day for day in days if day.weekday() == weekday][n - 1]


def _last_monday(year: int, month: int) -> date:
    return max(day for day in (date(year, month, n) for n in range(25, 32)) if day.weekday() == 0)


def _easter(year: int) -> date:
    """The anonymous Gregorian computation (Meeus)."""
    a, b, c = year % 19, year // 100, year % 100
    d, e = divmod(b, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    ll = (32 + 2 * e + 2 * i - h - k) % 7
    m = (a + 11 * h + 22 * ll) // 451
    month, day = divmod(h + ll - 7 * m + 114, 31)
    return date(year, month, day + 1)
