"""Rulebooks that are not in force: with rows changed, or as the whole stood on some day.

Nothing is kept: what comes out serves questions about what would be, or would have been.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from campaigns.rulebook.reading import VALUES
from campaigns.rulebook.rows import Rule, Rulebook, rulebook_of
from campaigns.rulebook.values import said

_NAMES = {"row", "on", "from", "to", "value", "given"}


class FaultyChange(ValueError):  # noqa: N818  reads as what it is where it is caught
    """A change that cannot be made; the sentence is for staff."""


@dataclass(frozen=True, slots=True)
class Change:
    """How one row is to differ.

    `on` True: in force from `begins` (None: always) to `ends` (None: for good); False: not at all;
    None: the dates named replace the row's own. `value` is as the row's file would have it. What is
    `given` is so before and after: it is no part of what is weighed.
    """

    row: str
    on: bool | None = None
    begins: date | None = None
    ends: date | None = None
    value: object = None
    given: bool = False

    def as_json(self) -> dict[str, object]:
        """Return it as plain JSON values."""
        found = {
            "row": self.row,
            "on": self.on,
            "from": self.begins.isoformat() if self.begins else None,
            "to": self.ends.isoformat() if self.ends else None,
            "value": self.value,
            "given": self.given or None,
        }
        return {name: value for name, value in found.items() if value is not None}

    def __str__(self) -> str:
        words = ["given that", self.row] if self.given else [self.row]
        if self.on is False:
            words.append("switched off")
        if self.on:
            words.append("switched on")
        if self.begins:
            words.append(f"from {self.begins}")
        if self.ends:
            words.append(f"to {self.ends}")
        if self.value is not None:
            words.append("with another value")
        return " ".join(words)


def read_change(given: Mapping[str, object]) -> Change:
    """Read a change from JSON values; raise `FaultyChange` for one that says nothing."""
    row, on, value = given.get("row"), given.get("on"), given.get("value")
    if not isinstance(row, str) or not row or set(given) - _NAMES:
        raise FaultyChange("A change names its row, and on, from, to or value.")
    if not (on is None or isinstance(on, bool)):
        raise FaultyChange(f"{row}: on is neither true nor false.")
    change = Change(row, on, _day(given, "from"), _day(given, "to"), value)
    if change == Change(row):
        raise FaultyChange(f"{row}: the change says nothing.")
    return replace(change, given=given.get("given") is True)


def changed(rulebook: Rulebook, changes: Iterable[Change]) -> Rulebook:
    """Return the rulebook with these changes made, one after the other."""
    rows = {rule.id: rule for rule in rulebook.rules}
    for change in changes:
        # A row that an earlier change took away can be switched on again
        rule = rows.get(change.row) or rulebook.rule(change.row)
        if rule is None:
            raise FaultyChange(f"The rulebook has no row {change.row}.")
        if change.on is False:
            rows.pop(change.row, None)
        else:
            rows[change.row] = _made(rule, change)
    return rulebook_of(rows.values())


def standing_on(rulebook: Rulebook, day: date) -> Rulebook:
    """Return the rows in force on a day, as if they had always been and always were to be."""
    return rulebook_of(
        replace(rule, effective_from=None, effective_to=None)
        for rule in rulebook.rules
        if rule.in_force(day)
    )


def _made(rule: Rule, change: Change) -> Rule:
    begins, ends = change.begins, change.ends
    if change.on is None:
        begins, ends = begins or rule.effective_from, ends or rule.effective_to
    if begins and ends and ends <= begins:
        raise FaultyChange(f"{rule.id}: it would end before it begins.")
    value = rule.value
    if change.value is not None:
        try:
            value = VALUES[rule.kind](change.value)
        except (KeyError, TypeError, ValueError) as fault:
            raise FaultyChange(f"{rule.id}: {fault}. It says now: {said(rule.value)}.") from fault
    return replace(rule, effective_from=begins, effective_to=ends, value=value)


def _day(given: Mapping[str, object], name: str) -> date | None:
    text = given.get(name)
    if text is None:
        return None
    try:
        return date.fromisoformat(str(text))
    except ValueError:
        raise FaultyChange(f"{text!r} is not a day such as 2026-10-18.") from None
