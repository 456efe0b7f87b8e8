"""Read the rulebook: dated, cited rows of data, in typed and frozen form.

A broken file is refused by file, row and fault; nothing is sent by half a rulebook.
"""

import tomllib
from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from pathlib import Path

from campaigns.quiet_hours import is_zone
from campaigns.rulebook.reading import VALUES
from campaigns.rulebook.rows import (
    ALL,
    ELSEWHERE,
    HOUSE,
    BrokenRulebook,
    Rule,
    Rulebook,
    rulebook_of,
)
from campaigns.rulebook.values import RuleKind, RuleStatus
from campaigns.vocabulary import MessageKind
from consent.vocabulary import MessageClass

__all__ = [
    "ALL",
    "ELSEWHERE",
    "HOUSE",
    "BrokenRulebook",
    "Rule",
    "RuleKind",
    "RuleStatus",
    "Rulebook",
    "load",
    "read_folder",
    "rulebook_of",
]

_APPLIES_TO = frozenset({ALL, *MessageClass, *MessageKind})
_REQUIRED = ("id", "jurisdiction", "applies_to", "kind", "value", "citation", "status")
_OPTIONAL = ("effective_from", "effective_to", "note", "clock", "by_number")
_ABOUT_TIME = {RuleKind.WINDOW, RuleKind.CLOSED_DAY}


@cache
def load() -> Rulebook:
    """Return the rulebook that lies beside this file."""
    return read_folder(Path(__file__).parent)


def read_folder(folder: Path) -> Rulebook:
    """Read every *.toml of a folder; raise `BrokenRulebook` at the first fault."""
    rules: list[Rule] = []
    files: dict[str, str] = {}
    for path in sorted(folder.glob("*.toml")):
        try:
            content = tomllib.loads(path.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
            raise BrokenRulebook(f"{path.name}: not readable as TOML: {fault}") from fault
        if set(content) != {"rule"} or not isinstance(content["rule"], list):
            raise BrokenRulebook(f"{path.name}: holds something other than [[rule]] rows.")
        for number, row in enumerate(content["rule"], start=1):
            rule = _rule(path.name, number, row)
            if rule.id in files:
                where = f"{path.name}, row {number} ({rule.id})"
                raise BrokenRulebook(f"{where}: a row of {files[rule.id]} has this id too")
            files[rule.id] = path.name
            rules.append(rule)
    return rulebook_of(rules)


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
    clock = _text(row, "clock") if "clock" in row else ""
    if clock and kind not in _ABOUT_TIME:
        raise ValueError(f"a {kind} has no clock")
    if clock and not is_zone(clock):
        raise ValueError(f"{clock!r} is no time zone")
    if not isinstance(row.get("by_number", False), bool):
        raise TypeError("by_number is neither true nor false")
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
        clock=clock,
        by_number=row.get("by_number", False),
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
