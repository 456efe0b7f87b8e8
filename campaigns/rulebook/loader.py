"""Read the rulebook: dated, cited rows of data, in typed and frozen form.

A broken file is refused by file, row and fault; nothing is sent by half a rulebook.
"""

import hashlib
import re
import tomllib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from enum import StrEnum
from functools import cache
from itertools import pairwise
from pathlib import Path

from campaigns.quiet_hours import WEEKDAYS, Hours, Window
from campaigns.vocabulary import MessageKind
from consent.vocabulary import MessageClass

HOUSE = "house"
ALL = "all"
_APPLIES_TO = frozenset({ALL, *MessageClass, *MessageKind})
_REQUIRED = ("id", "jurisdiction", "applies_to", "kind", "value", "citation", "status")
_OPTIONAL = ("effective_from", "effective_to", "note")
_DAYS = tuple(day.casefold() for day in WEEKDAYS)


class RuleKind(StrEnum):
    """What a rule's value is."""

    WINDOW = "window"


class RuleStatus(StrEnum):
    """How sure we are of a rule, surest first."""

    VERIFIED = "verified"
    SECONDARY = "secondary"
    MEMORY = "memory"
    DISPUTED = "disputed"


class BrokenRulebook(ValueError):  # noqa: N818  reads as what it is where it is caught
    """A rulebook that cannot be read; the sentence names file, row and fault."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One row. In force from the first day named to the day before the last, by UTC.

    `applies_to` names message classes and message kinds; any one of them is enough.
    """

    id: str
    jurisdiction: str
    applies_to: frozenset[str]
    kind: RuleKind
    value: Hours
    citation: str
    status: RuleStatus
    effective_from: date | None = None
    effective_to: date | None = None
    note: str = ""

    def in_force(self, day: date) -> bool:
        """Say whether the rule binds on that day."""
        begun = self.effective_from is None or self.effective_from <= day
        return begun and (self.effective_to is None or day < self.effective_to)

    def applies(self, words: Collection[str]) -> bool:
        """Say whether the rule applies to a text of these classes and kinds."""
        return ALL in self.applies_to or not self.applies_to.isdisjoint(words)


@dataclass(frozen=True, slots=True)
class Rulebook:
    """All rows, by id, with a digest of their content that decisions carry."""

    rules: tuple[Rule, ...]
    version: str

    def rule(self, id: str) -> Rule | None:  # noqa: A002  the rows call it so
        """Return the row of that id, if there is one."""
        return next((rule for rule in self.rules if rule.id == id), None)

    def binding(
        self,
        kind: RuleKind,
        *,
        moment: datetime,
        jurisdictions: Collection[str] | None,
        words: Collection[str] | None,
    ) -> tuple[Rule, ...]:
        """Return the rows of a kind that bind a text at a moment, by id.

        The house's rows bind everywhere. `jurisdictions` None means that nobody knows where the
        person is: all of them bind. `words` None is the same for what the text is.
        """
        day = moment.astimezone(UTC).date()
        return tuple(
            rule
            for rule in self.rules
            if rule.kind is kind
            and rule.in_force(day)
            and (words is None or rule.applies(words))
            and (
                jurisdictions is None
                or rule.jurisdiction == HOUSE
                or rule.jurisdiction in jurisdictions
            )
        )

    def changes(self, start: datetime, end: datetime) -> tuple[datetime, ...]:
        """Return the moments between two at which a row begins or ends to bind."""
        days = {day for rule in self.rules for day in (rule.effective_from, rule.effective_to)}
        moments = (datetime.combine(day, time(), UTC) for day in days if day is not None)
        return tuple(sorted(moment for moment in moments if start < moment < end))


@cache
def load() -> Rulebook:
    """Return the rulebook that lies beside this file."""
    return read_folder(Path(__file__).parent)


def read_folder(folder: Path) -> Rulebook:
    """Read every *.toml of a folder; raise `BrokenRulebook` at the first fault."""
    rules: list[Rule] = []
    for path in sorted(folder.glob("*.toml")):
        try:
            content = tomllib.loads(path.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
            raise BrokenRulebook(f"{path.name}: not readable as TOML: {fault}") from fault
        if set(content) != {"rule"} or not isinstance(content["rule"], list):
            raise BrokenRulebook(f"{path.name}: holds something other than [[rule]] rows.")
        rules += [_rule(path.name, n, row) for n, row in enumerate(content["rule"], start=1)]
    return rulebook_of(rules)


def rulebook_of(rules: Iterable[Rule]) -> Rulebook:
    """Put rows in their fixed order and give them a version; two rows of one id are a fault."""
    ordered = tuple(sorted(rules, key=lambda rule: rule.id))
    for one, next_one in pairwise(ordered):
        if one.id == next_one.id:
            raise BrokenRulebook(f"{one.id}: two rows have this id.")
    content = "\n".join(_fingerprint(rule) for rule in ordered)
    return Rulebook(ordered, hashlib.sha256(content.encode()).hexdigest()[:12])


def _fingerprint(rule: Rule) -> str:
    applies = ",".join(sorted(rule.applies_to))
    value = ";".join(sorted(str(window) for window in rule.value))
    parts = (rule.id, rule.jurisdiction, applies, rule.kind.value, value, rule.citation)
    dated = (rule.status.value, str(rule.effective_from), str(rule.effective_to), rule.note)
    return repr(parts + dated)


def _rule(file: str, number: int, row: object) -> Rule:
    named = row.get("id") if isinstance(row, dict) else None
    try:
        return _read_row(row)
    except (KeyError, TypeError, ValueError) as fault:
        raise BrokenRulebook(f"{file}, row {number} ({named or 'no id'}): {fault}") from fault


def _read_row(row: object) -> Rule:
    if not isinstance(row, Mapping):
        raise TypeError("not a table")
    missing = [name for name in _REQUIRED if not row.get(name)]
    if missing:
        raise ValueError(f"lacks {', '.join(missing)}")
    unknown = sorted(set(row) - {*_REQUIRED, *_OPTIONAL})
    if unknown:
        raise ValueError(f"does not know {', '.join(unknown)}")
    applies_to = frozenset(row["applies_to"])
    if applies_to - _APPLIES_TO:
        raise ValueError(f"applies to {', '.join(sorted(applies_to - _APPLIES_TO))}: no such thing")
    begins, ends = _day(row, "effective_from"), _day(row, "effective_to")
    if begins and ends and ends <= begins:
        raise ValueError("ends before it begins")
    kind = RuleKind(row["kind"])
    return Rule(
        id=_text(row, "id"),
        jurisdiction=_text(row, "jurisdiction"),
        applies_to=applies_to,
        kind=kind,
        value=VALUES[kind](row["value"]),
        citation=_text(row, "citation"),
        status=RuleStatus(row["status"]),
        effective_from=begins,
        effective_to=ends,
        note=_text(row, "note") if row.get("note") else "",
    )


def _text(row: Mapping[str, object], name: str) -> str:
    value = row[name]
    if not isinstance(value, str):
        raise TypeError(f"{name} is not text")
    return value


def _day(row: Mapping[str, object], name: str) -> date | None:
    value = row.get(name)
    if value is None or (isinstance(value, date) and not isinstance(value, datetime)):
        return value
    raise TypeError(f"{name} is not a day such as 2026-10-18")


def _hours(value: object) -> Hours:
    if not isinstance(value, list):
        raise TypeError("value is not a list of windows")
    return tuple(_window(each) for each in value)


def _window(value: object) -> Window:
    if not isinstance(value, Mapping) or set(value) != {"days", "opens", "closes"}:
        raise ValueError("a window has days, opens and closes")
    opens, closes = _clock(value["opens"]), _clock(value["closes"])
    if closes != time() and closes <= opens:
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


VALUES = {RuleKind.WINDOW: _hours}
"""How the value of each kind of rule is read."""
