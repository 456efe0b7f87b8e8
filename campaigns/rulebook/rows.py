"""The rulebook in memory: dated, cited rows, and the questions asked of them."""

import hashlib
from bisect import bisect_right
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property, lru_cache
from itertools import pairwise

from campaigns.rulebook.values import Basis, Engagement, RuleKind, RuleStatus, Value, said

HOUSE = "house"
"""The jurisdiction of rows that bind everywhere; "house-CA" is the house's own for one place."""
ELSEWHERE = "elsewhere"
"""The jurisdiction of rows that bind where a country has none of that kind."""
ALL = "all"
BY_NUMBER = "@number"
"""Ends the name of a place that is meant by area code alone."""


# The clocks of the first and of the last place on Earth to begin a day, from UTC
_AHEAD, _BEHIND = timedelta(hours=14), timedelta(hours=12)
_BEFORE_ALL = datetime(1, 1, 2, tzinfo=UTC)  # the first day, in any place


class BrokenRulebook(ValueError):  # noqa: N818  reads as what it is where it is caught
    """A rulebook that cannot be read; the sentence names file, row and fault."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One row, in force from the first day named to the day before the last.

    It binds as soon as its first day begins anywhere on Earth, and until its last day has ended
    everywhere: a rule never begins late, or ends early, where the person is.

    `applies_to` names message classes and message kinds; any one of them is enough. `clock` is the
    time zone whose clocks count, "" for those of the person. `by_number` rows bind by area code,
    whatever the person stated.
    """

    id: str
    jurisdiction: str
    applies_to: frozenset[str]
    kind: RuleKind
    value: Value
    citation: str
    status: RuleStatus
    effective_from: date | None = None
    effective_to: date | None = None
    note: str = ""
    clock: str = ""
    by_number: bool = False

    def __hash__(self) -> int:
        # Equal rows have equal ids; hashing all that a row says took longer than using it
        return hash(self.id)

    @property
    def place(self) -> str:
        """Return where it binds; "US-VA@number" is meant by area code alone."""
        return self.jurisdiction + (BY_NUMBER if self.by_number else "")

    @property
    def is_ours(self) -> bool:
        """Say whether the house made the rule, and no law or carrier."""
        return self.jurisdiction.partition("-")[0] == HOUSE

    def digest(self) -> str:
        """Return SHA-256, in hex, over all that the row says; sign-offs hold for that alone."""
        return hashlib.sha256(_fingerprint(self).encode()).hexdigest()

    def in_force(self, day: date) -> bool:
        """Say whether the rule binds on that day."""
        begun = self.effective_from is None or self.effective_from <= day
        return begun and (self.effective_to is None or day < self.effective_to)

    def binds_at(self, moment: datetime) -> bool:
        """Say whether it is one of the rule's days anywhere on Earth at that moment."""
        latest, earliest = (moment + _AHEAD).date(), (moment - _BEHIND).date()
        begun = self.effective_from is None or self.effective_from <= latest
        return begun and (self.effective_to is None or earliest < self.effective_to)

    def applies(self, words: Collection[str]) -> bool:
        """Say whether the rule applies to a text of these classes and kinds."""
        return ALL in self.applies_to or not self.applies_to.isdisjoint(words)

    def asks(self) -> str:
        """Say in words what the row asks."""
        return _asked_by(self)


@lru_cache(maxsize=1024)
def _asked_by(rule: Rule) -> str:
    return said(rule.value) + (f" by the clock of {rule.clock}" if rule.clock else "")


@dataclass(frozen=True)
class Rulebook:
    """All rows, by id, with a digest of their content that decisions carry."""

    rules: tuple[Rule, ...]
    version: str
    _by_id: Mapping[str, Rule] = field(init=False, repr=False, compare=False)
    _by_place: Mapping[RuleKind, Mapping[str, list[Rule]]] = field(
        init=False, repr=False, compare=False
    )
    _changes: tuple[datetime, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        by_place: dict[RuleKind, dict[str, list[Rule]]] = {kind: {} for kind in RuleKind}
        for rule in self.rules:
            by_place[rule.kind].setdefault(rule.place, []).append(rule)
        begins = {rule.effective_from for rule in self.rules}
        ends = {rule.effective_to for rule in self.rules}
        changes = {
            *(_midnight(day) - _AHEAD for day in begins if day),
            *(_midnight(day) + _BEHIND for day in ends if day),
        }
        # Indexes, filled once: a rulebook is asked for every text that is sent
        object.__setattr__(self, "_by_id", {rule.id: rule for rule in self.rules})
        object.__setattr__(self, "_by_place", by_place)
        object.__setattr__(self, "_changes", tuple(sorted(changes)))

    def __hash__(self) -> int:
        return hash(self.version)

    def rule(self, id: str) -> Rule | None:  # noqa: A002  the rows call it so
        """Return the row of that id, if there is one."""
        return self._by_id.get(id)

    def places_within(self, country: str) -> frozenset[str]:
        """Return the parts of a country that have rows, by area code alone or not."""
        places = (rule.place.removeprefix(f"{HOUSE}-") for rule in self.rules)
        return frozenset(place for place in places if place.startswith(f"{country}-"))

    def of_kind(self, kind: RuleKind) -> tuple[Rule, ...]:
        """Return all rows of a kind, whatever their dates."""
        return tuple(rule for rows in self._by_place[kind].values() for rule in rows)

    def binding(
        self,
        kind: RuleKind,
        *,
        moment: datetime,
        jurisdictions: Collection[str] | None,
        words: Collection[str] | None,
    ) -> tuple[Rule, ...]:
        """Return the rows of a kind that bind a text at a moment, by id.

        The house's rows bind everywhere or at the place they name, those for elsewhere where the
        jurisdictions have no row of the kind in force, whatever it applies to: one of the house's
        own is none of theirs, or it would lift the law that it should tighten. `jurisdictions` None
        means that nobody knows where the person is: all of them bind. `words` None is the same for
        what the text is.
        """
        moment = moment.astimezone(UTC)
        rows = self._by_place[kind]
        places: Collection[str] = rows
        if jurisdictions is not None:
            places = {HOUSE, *jurisdictions, *(f"{HOUSE}-{place}" for place in jurisdictions)}
            known = (rule for place in jurisdictions for rule in rows.get(place, ()))
            if not any(rule.binds_at(moment) for rule in known):
                places.add(ELSEWHERE)
        found = [
            rule
            for place in places
            for rule in rows.get(place, ())
            if rule.binds_at(moment) and (words is None or rule.applies(words))
        ]
        return tuple(sorted(found, key=lambda rule: rule.id))

    def listed(
        self,
        *,
        jurisdiction: str | None = None,
        kind: RuleKind | None = None,
        status: RuleStatus | None = None,
        on: date | None = None,
    ) -> tuple[Rule, ...]:
        """Return rows as staff filter them; `on` keeps those in force on that day."""
        return tuple(
            rule
            for rule in self.rules
            if (jurisdiction is None or rule.jurisdiction == jurisdiction)
            and (kind is None or rule.kind is kind)
            and (status is None or rule.status is status)
            and (on is None or rule.in_force(on))
        )

    def jurisdictions(self) -> tuple[str, ...]:
        """Return the jurisdictions that have rows, in order."""
        return tuple(sorted({rule.jurisdiction for rule in self.rules}))

    @cached_property
    def silences(self) -> tuple[int, ...]:
        """Return after how many unanswered texts some row limits what goes, fewest first."""
        values = (rule.value for rule in self.of_kind(RuleKind.ENGAGEMENT))
        found = {each.unanswered for each in values if isinstance(each, Engagement)}
        return tuple(sorted(found))

    @cached_property
    def grounds(self) -> tuple[Basis, ...]:
        """Return what all rows about grounds ask."""
        values = (rule.value for rule in self.of_kind(RuleKind.BASIS))
        return tuple(dict.fromkeys(each for each in values if isinstance(each, Basis)))

    def stretch(self, moment: datetime) -> datetime:
        """Return a moment that stands for all at which the same rows bind as at this one."""
        place = bisect_right(self._changes, moment)
        return self._changes[place - 1] if place else _BEFORE_ALL

    def changes(self, start: datetime, end: datetime) -> tuple[datetime, ...]:
        """Return the moments between two at which a row begins or ends to bind."""
        return tuple(moment for moment in self._changes if start < moment < end)


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
    parts = (rule.id, rule.place, applies, rule.kind.value, rule.asks(), rule.citation)
    dated = (rule.status.value, str(rule.effective_from), str(rule.effective_to), rule.note)
    return repr(parts + dated)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
