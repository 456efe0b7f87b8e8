"""Read the values of rows as they are written in TOML; every fault is a sentence."""

import re
from collections.abc import Callable, Mapping
from datetime import time
from enum import StrEnum
from typing import TypeVar

from campaigns.calendars import ClosedDays, faults
from campaigns.quiet_hours import WEEKDAYS, Hours, Window
from campaigns.rulebook.values import (
    Basis,
    Cap,
    Deadline,
    Elements,
    Engagement,
    Notice,
    Per,
    Promised,
    Retention,
    RuleKind,
    Unit,
    Value,
    Wording,
)
from consent.vocabulary import ImpliedBy, LegalBasis

Named = TypeVar("Named", bound=StrEnum)
_DAYS = tuple(day.casefold() for day in WEEKDAYS)


def _hours(value: object) -> Hours:
    if not isinstance(value, list):
        raise TypeError("value is not a list of windows")
    return tuple(_window(each) for each in value)


def _window(value: object) -> Window:
    if not isinstance(value, Mapping) or set(value) != {"days", "opens", "closes"}:
        raise ValueError("a window has days, opens and closes")
    opens, closes = _clock(value["opens"]), _clock(value["closes"])
    if value["opens"] == "24:00" or (closes != time() and closes <= opens):
        raise ValueError(f"a window closes at {value['closes']} before it opens")
    return Window(_weekdays(value["days"]), opens, closes)


def _clock(value: object) -> time:
    if value == "24:00":
        return time()
    if not isinstance(value, str) or not re.fullmatch(r"[0-2]\d:[0-5]\d", value):
        raise ValueError(f"{value!r} is not a time such as 08:00")
    return time.fromisoformat(value)


def _weekdays(value: object) -> frozenset[int]:
    """Read "mon-fri", "sat" or "mon-thu sat"."""
    if not isinstance(value, str) or not value.split():
        raise ValueError(f"{value!r} names no days")
    found: set[int] = set()
    for part in value.split():
        first, _, last = part.partition("-")
        if first not in _DAYS or (last or first) not in _DAYS:
            raise ValueError(f"{part!r} names no days")
        found.update(range(_DAYS.index(first), _DAYS.index(last or first) + 1))
    if not found:
        raise ValueError(f"{value!r} names no days")
    return frozenset(found)


def _closed_days(value: object) -> ClosedDays:
    table = _table(value, {"weekdays", "calendars", "holidays", "moved"}, "a closed day")
    moved = table.get("moved", {})
    if not isinstance(moved, Mapping):
        raise TypeError("moved is not a table of weekdays")
    closed = ClosedDays(
        _weekdays(table["weekdays"]) if "weekdays" in table else frozenset(),
        _texts(table.get("calendars", []), "calendars"),
        _texts(table.get("holidays", []), "holidays"),
        tuple(sorted((_weekday(day), _weekday(to)) for day, to in moved.items())),
    )
    if not closed.weekdays and not closed.calendars:
        raise ValueError("a closed day has weekdays or calendars")
    for fault in faults(closed):
        raise ValueError(fault)
    return closed


def _weekday(value: object) -> int:
    if value not in _DAYS:
        raise ValueError(f"{value!r} is no day of the week")
    return _DAYS.index(str(value))


def _cap(value: object) -> Cap:
    table = _table(value, {"count", "hours", "per"}, "a cap", needs={"count", "hours", "per"})
    return Cap(_whole(table, "count"), _whole(table, "hours"), _named(Per, table["per"]))


def _engagement(value: object) -> Engagement:
    names = {"unanswered", "count", "hours"}
    table = _table(value, names, "a limit of engagement", needs={"unanswered"})
    if ("count" in table) != ("hours" in table):
        raise ValueError("a limit of engagement has both count and hours, or neither")
    cap = None
    if "count" in table:
        cap = Cap(_whole(table, "count"), _whole(table, "hours"), Per.ANY)
    return Engagement(_whole(table, "unanswered"), cap)


def _promised(value: object) -> Promised:
    names = {"day_hours", "week_hours", "month_hours"}
    table = _table(value, names, "a promised frequency", needs=names)
    return Promised(*(_whole(table, name) for name in ("day_hours", "week_hours", "month_hours")))


def _basis(value: object) -> Basis:
    table = _table(value, {"accepts", "implied_months"}, "a basis", needs={"accepts"})
    terms = table.get("implied_months", {})
    if not isinstance(terms, Mapping):
        raise TypeError("implied_months is not a table of months")
    return Basis(
        _several(LegalBasis, table["accepts"], "accepts"),
        tuple(sorted((_named(ImpliedBy, road), _whole(terms, road)) for road in terms)),
    )


def _deadline(value: object) -> Deadline:
    names = {"of", "amount", "unit"}
    table = _table(value, names, "a deadline", needs=names)
    return Deadline(_text(table, "of"), _whole(table, "amount"), _named(Unit, table["unit"]))


def _elements(value: object) -> Elements:
    table = _table(value, {"of", "needs", "bases"}, "elements", needs={"of", "needs"})
    needs = _texts(table["needs"], "needs")
    if not needs:
        raise ValueError("elements need something")
    return Elements(
        _named(Wording, table["of"]), needs, _several(LegalBasis, table.get("bases", []), "bases")
    )


def _retention(value: object) -> Retention:
    names = {"keeps", "since", "amount", "unit"}
    table = _table(value, names, "retention", needs={"keeps", "since"})
    if ("amount" in table) != ("unit" in table):
        raise ValueError("a term has both amount and unit")
    return Retention(
        _text(table, "keeps"),
        _text(table, "since"),
        _whole(table, "amount") if "amount" in table else None,
        _named(Unit, table["unit"]) if "unit" in table else None,
    )


def _notice(value: object) -> Notice:
    if not isinstance(value, str):
        raise TypeError("value is not text")
    return Notice(value)


def _table(
    value: object, names: set[str], what: str, needs: set[str] | None = None
) -> Mapping[str, object]:
    if not isinstance(value, Mapping):
        raise TypeError(f"{what} is not a table")
    unknown, lacking = sorted(set(value) - names), sorted((needs or set()) - set(value))
    if unknown:
        raise ValueError(f"{what} does not know {', '.join(unknown)}")
    if lacking:
        raise ValueError(f"{what} lacks {', '.join(lacking)}")
    return value


def _whole(table: Mapping[str, object], name: str) -> int:
    value = table[name]
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise ValueError(f"{name} is not a whole number above 0")
    return value


def _text(table: Mapping[str, object], name: str) -> str:
    value = table[name]
    if not isinstance(value, str) or not value:
        raise TypeError(f"{name} is not text")
    return value


def _texts(value: object, name: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise TypeError(f"{name} is not a list of texts")
    return tuple(value)


def _named(names: type[Named], value: object) -> Named:
    if value not in set(names):
        raise ValueError(f"{value!r} is none of {', '.join(names)}")
    return names(str(value))


def _several(names: type[Named], value: object, name: str) -> tuple[Named, ...]:
    return tuple(_named(names, each) for each in _texts(value, name))


VALUES: Mapping[RuleKind, Callable[[object], Value]] = {
    RuleKind.WINDOW: _hours,
    RuleKind.CLOSED_DAY: _closed_days,
    RuleKind.CAP: _cap,
    RuleKind.FREQUENCY: _promised,
    RuleKind.BASIS: _basis,
    RuleKind.DEADLINE: _deadline,
    RuleKind.ELEMENTS: _elements,
    RuleKind.RETENTION: _retention,
    RuleKind.NOTICE: _notice,
    RuleKind.ENGAGEMENT: _engagement,
}
"""How the value of each kind of rule is read."""
