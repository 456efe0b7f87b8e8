"""Which days are closed: weekdays, and public holidays by the name of a calendar and an allow-list.

Dates come from the package `holidays`; what it lacks or gives to a part of a state only is added
here by hand. Its lists hold optional days too, so each rule names the holidays it means.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from types import MappingProxyType

import holidays
from dateutil.easter import easter

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
FEDERAL = "federal"
"""In an allow-list: every public holiday of the United States as a whole."""

_PROOF_YEAR = 2026
_MARDI_GRAS = timedelta(days=47)  # before Easter Sunday

BY_HAND: Mapping[str, Mapping[str, Callable[[int], date]]] = MappingProxyType(
    {
        # The package knows Mardi Gras for two counties of Alabama only
        "US-AL": {"Mardi Gras": lambda year: easter(year) - _MARDI_GRAS},
        # and All Saints' Day of Louisiana, which parishes proclaim, not at all.
        "US-LA": {"All Saints' Day": lambda year: date(year, 11, 1)},
    }
)


@dataclass(frozen=True, slots=True)
class ClosedDays:
    """Days on which nothing may arrive, from midnight to midnight (Monday is 0).

    `names` is the allow-list of holidays of the calendars; empty, all of them count. `moved` pairs
    a weekday with the one a holiday moves to: then both the day and the moved one are closed.
    """

    weekdays: frozenset[int] = frozenset()
    calendars: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    moved: tuple[tuple[int, int], ...] = ()

    def includes(self, day: date) -> bool:
        """Say whether that day is closed."""
        return day.weekday() in self.weekdays or (
            bool(self.calendars)
            and day in days_off(self.calendars, self.names, self.moved, day.year)
        )

    def __str__(self) -> str:
        parts = [said_weekdays(self.weekdays)] if self.weekdays else []
        if self.calendars:
            names = ", ".join(self.names) or "all"
            parts.append(f"public holidays of {' and '.join(self.calendars)} ({names})")
        moves = [f"{WEEKDAYS[day]} also {WEEKDAYS[to]}" for day, to in self.moved]
        return "; ".join([" and ".join(parts), *moves])


def said_weekdays(weekdays: frozenset[int]) -> str:
    """Name weekdays: "Mon-Fri" or "Mon, Sat, Sun"."""
    days = sorted(weekdays)
    if len(days) > 2 and days == list(range(days[0], days[-1] + 1)):
        return f"{WEEKDAYS[days[0]]}-{WEEKDAYS[days[-1]]}"
    return ", ".join(WEEKDAYS[day] for day in days)


def faults(closed: ClosedDays) -> tuple[str, ...]:
    """Say what is wrong with the calendars and names that a rule uses."""
    known = holidays.list_supported_countries()
    for code in closed.calendars:
        country, _, part = code.partition("-")
        if country not in known or (part and part not in known[country]):
            return (f"{code} is no calendar of public holidays",)
    found = {name for code in closed.calendars for name in holidays_of(code, _PROOF_YEAR).values()}
    return tuple(
        f"no calendar of {', '.join(closed.calendars)} has {name!r}"
        for name in closed.names
        if name != FEDERAL and name not in found
    )


@lru_cache(maxsize=1024)
def days_off(
    calendars: tuple[str, ...],
    names: tuple[str, ...],
    moved: tuple[tuple[int, int], ...],
    year: int,
) -> frozenset[date]:
    """Return the days of a year on which one of the named holidays falls or to which it moves."""
    found: set[date] = set()
    for near in (year - 1, year, year + 1):  # New Year's Day may move into the year before
        if FEDERAL in names:
            found.update(holidays_of("US", near))
        for code in calendars:
            found.update(
                day for day, name in holidays_of(code, near).items() if not names or name in names
            )
    steps = dict(moved)
    for day in tuple(found):
        if day.weekday() in steps:
            found.add(day + timedelta(days=_nearest(steps[day.weekday()] - day.weekday())))
    return frozenset(day for day in found if day.year == year)


@lru_cache(maxsize=1024)
def holidays_of(calendar: str, year: int) -> Mapping[date, str]:
    """Return the public holidays of a country or a part of it ("US-AL"), not moved, in English."""
    country, _, part = calendar.partition("-")
    if not date.min.year < year < date.max.year:
        return MappingProxyType({})
    language = "en_US" if "en_US" in _languages(country) else None
    listed = holidays.country_holidays(
        country, subdiv=part or None, years=year, observed=False, language=language
    )
    days: dict[date, str] = {day: name for day, name in listed.items() if day.year == year}
    days |= {made(year): name for name, made in BY_HAND.get(calendar, {}).items()}
    return MappingProxyType(days)


@lru_cache(maxsize=256)
def _languages(country: str) -> tuple[str, ...]:
    return tuple(holidays.list_localized_countries().get(country, ()))


def _nearest(days: int) -> int:
    """Return the shorter way round the week: from Sunday to Monday is one day on."""
    return (days + 3) % 7 - 3
