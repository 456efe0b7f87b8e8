"""Does a rule of the house's own tighten anything? The law holds beside it, so it never loosens.

A rule that the law, or another of our own, already outdoes wherever it speaks is refused: it would
read as a permission. Where only some places outdo it, it is good and staff are told which.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil

from campaigns.calendars import ClosedDays
from campaigns.clearance_places import CARRIERS, EUROPEAN_UNION
from campaigns.quiet_hours import WEEKDAYS, Window
from campaigns.rulebook.names import name_of
from campaigns.rulebook.rows import ALL, BY_NUMBER, ELSEWHERE, HOUSE, Rule, Rulebook
from campaigns.rulebook.values import Basis, Cap, Engagement, Per, RuleKind
from campaigns.vocabulary import MessageKind
from consent.vocabulary import MessageClass

_DAY = 24 * 60
_WEEK = (1 << 7 * _DAY) - 1
_WIDEST = "The widest law that we know"
_NO_COUNTRIES = {CARRIERS, "EU", ELSEWHERE, HOUSE}


@dataclass(frozen=True, slots=True)
class Judgement:
    """Why a rule must not stand, and where else it changes nothing; sentences for staff."""

    faults: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


def judge(candidate: Rule, rulebook: Rulebook, moment: datetime) -> Judgement:
    """Judge one rule of the house against a rulebook that does not hold it."""
    words: Sequence[str] = (
        tuple(MessageClass)
        if ALL in candidate.applies_to
        else [each for each in MessageClass if each in candidate.applies_to]
    )
    judged = [_Court(candidate, rulebook, moment, word).judgement() for word in words]
    # A rule for both classes is idle only where it is so for both
    faults = judged[0].faults if judged and all(each.faults for each in judged) else ()
    remarks = [
        each if len(judged) == 1 else f"{word.capitalize()} texts: {each}"
        for word, one in zip(words, judged, strict=True)
        for each in (one.remarks if faults else one.faults + one.remarks)
        if each not in faults
    ]
    return Judgement(faults, tuple(dict.fromkeys(remarks)))


@dataclass(frozen=True, slots=True)
class _Court:
    """One rule, asked of one class of texts."""

    candidate: Rule
    rulebook: Rulebook
    moment: datetime
    word: str

    def judgement(self) -> Judgement:
        place = self.candidate.jurisdiction.removeprefix(HOUSE).removeprefix("-")
        ours = self._complaints(self._ours(place))
        laws = {place: self._laws(place)}
        faults = self._complaints(laws) if place else self._idle_everywhere()
        parts = [place] if place else self._countries()
        within = {
            part: self._laws(part)
            for country in parts
            for part in sorted(self.rulebook.places_within(country))
        }
        if not place:
            within |= {country: self._laws(country) for country in parts}
        return Judgement(tuple(ours + faults), tuple(self._complaints(within)))

    def _countries(self) -> list[str]:
        found = {each.partition("-")[0] for each in self.rulebook.jurisdictions()}
        return [*sorted(found - _NO_COUNTRIES), ELSEWHERE]

    def _rows(self, place: str) -> list[Rule]:
        """Return the rows that bind at a place; "" is everywhere, where only the house's do."""
        country = place.partition("-")[0]
        bound = {place, country, place.removesuffix(BY_NUMBER)} - {"", ELSEWHERE}
        bound |= {"EU"} if country in EUROPEAN_UNION else set()
        bound |= {CARRIERS} if country == "US" else set()
        kinds = [self.candidate.kind]
        if self.candidate.kind is RuleKind.WINDOW:
            kinds.append(RuleKind.CLOSED_DAY)
        if self.candidate.kind is RuleKind.ENGAGEMENT:
            kinds.append(RuleKind.CAP)
        return [
            row
            for kind in kinds
            for row in self.rulebook.binding(
                kind,
                moment=self.moment,
                jurisdictions=bound,
                words={self.word, MessageKind.CAMPAIGN},
            )
            if row.id != self.candidate.id
        ]

    def _ours(self, place: str) -> dict[str, list[Rule]]:
        """Return the house's other rules that bind at a place, by the place that they are for."""
        found: dict[str, list[Rule]] = {}
        for row in self._rows(place):
            if row.is_ours:
                found.setdefault(row.jurisdiction.removeprefix(f"{HOUSE}-"), []).append(row)
        return found

    def _laws(self, place: str) -> list[Rule]:
        return [row for row in self._rows(place) if not row.is_ours]

    def _idle_everywhere(self) -> list[str]:
        """Complain of a rule for everywhere that is outdone in every country that we know."""
        by_country = {country: self._laws(country) for country in self._countries()}
        value = self.candidate.value
        if isinstance(value, tuple):
            widest = 0
            for rows in by_country.values():
                widest |= _common(rows)
            return [
                f"{before}; {after.replace(' there', '')}"
                for before, after in _between(value, widest, _WIDEST)
            ]
        if all(self._complaints({country: rows}) for country, rows in by_country.items()):
            return self._complaints(by_country)
        return []

    def _complaints(self, rows_by_place: dict[str, list[Rule]]) -> list[str]:
        """Say what outdoes the rule at these places, alike places together."""
        found: dict[tuple[str, str], list[str]] = {}
        for place, rows in rows_by_place.items():
            for before, after in self._outdone(rows):
                found.setdefault((before, after), []).append(name_of(place))
        said = []
        for (before, after), places in found.items():
            where = "everywhere" if places == [name_of(HOUSE)] else f"in {'; '.join(places)}"
            said.append(f"{before} {where}; {after}")
        return said

    def _outdone(self, rows: list[Rule]) -> list[tuple[str, str]]:
        value = self.candidate.value
        whose = "Your own policy" if rows and all(row.is_ours for row in rows) else "The law"
        if isinstance(value, tuple):
            return _between(value, _common(rows), whose)
        if isinstance(value, Cap):
            return [
                (f"{whose}'s cap stays: {row.value}", f"your {value} changes nothing there.")
                for row in rows
                if isinstance(row.value, Cap) and _outdoes(row.value, value)
            ]
        if isinstance(value, Engagement):
            return [
                (f"{whose} stays: {row.value}", f"yours ({value}) changes nothing there.")
                for row in rows
                if _outdoes_engagement(row, value)
            ]
        if isinstance(value, Basis) and value.stale_months:
            return [each for row in rows for each in _sooner(row, value.stale_months, whose)]
        return []


def _sooner(row: Rule, months: int, whose: str) -> Iterable[tuple[str, str]]:
    if not isinstance(row.value, Basis):
        return
    stays = f"your {months} months change nothing for it."
    if row.value.stale_months and row.value.stale_months <= months:
        yield (f"{whose} ends any consent after {row.value.stale_months} months", stays)
    for road, term in row.value.implied_months:
        if term <= months:
            road_words = road.replace("_", " ")
            yield (f"{whose} ends consent implied by {road_words} after {term} months", stays)


def _outdoes(one: Cap, other: Cap) -> bool:
    """Say whether whoever keeps one cap keeps the other too."""
    counts_more = _WIDTH.index(one.per) >= _WIDTH.index(other.per)
    return counts_more and one.count * ceil(other.hours / one.hours) <= other.count


def _outdoes_engagement(row: Rule, other: Engagement) -> bool:
    """Say whether whoever keeps a row keeps a limit of engagement too."""
    if isinstance(row.value, Cap):
        return other.cap is not None and _outdoes(row.value, other.cap)
    if not isinstance(row.value, Engagement) or row.value.unanswered > other.unanswered:
        return False
    if row.value.cap is None:
        return True
    return other.cap is not None and _outdoes(row.value.cap, other.cap)


_WIDTH = (Per.SUBJECT, Per.BRAND, Per.ANY)
"""What caps count, from the fewest texts to the most."""


def _common(rows: Iterable[Rule]) -> int:
    """Return the minutes of a week, as bits, that all rows about hours leave open."""
    left = _WEEK
    for row in rows:
        if isinstance(row.value, ClosedDays):
            for day in row.value.weekdays:
                left &= ~(((1 << _DAY) - 1) << day * _DAY)
        elif isinstance(row.value, tuple):
            left &= _minutes(row.value)
    return left


def _minutes(hours: Iterable[Window]) -> int:
    found = 0
    for window in hours:
        opens = window.opens.hour * 60 + window.opens.minute
        closes = window.closes.hour * 60 + window.closes.minute or _DAY
        for day in window.weekdays:
            found |= ((1 << closes - opens) - 1) << day * _DAY + opens
    return found


def _between(hours: Iterable[Window], allowed: int, whose: str) -> list[tuple[str, str]]:
    """Return what closes hours off, and what of them thereby changes nothing, day by day."""
    mine = _minutes(hours)
    found: dict[tuple[str, str], None] = {}
    for day, name in enumerate(WEEKDAYS):
        ours, theirs = _of_day(mine, day), _of_day(allowed, day)
        if not ours & ~theirs:
            continue
        if not theirs:
            found[f"{whose} allows nothing on {name}", "your hours change nothing there."] = None
            continue
        ends = _first(ours), _first(theirs), ours.bit_length(), theirs.bit_length()
        if ends[0] < ends[1]:
            at = f"your {_clock(ends[0])} changes nothing there."
            found[f"{whose} opens at {_clock(ends[1])}", at] = None
        if ends[2] > ends[3]:
            at = f"your {_clock(ends[2])} changes nothing there."
            found[f"{whose} closes at {_clock(ends[3])}", at] = None
        if ends[0] >= ends[1] and ends[2] <= ends[3]:
            found[f"{whose} closes within {name}", "your hours change nothing then."] = None
    return list(found)


def _of_day(week: int, day: int) -> int:
    return week >> day * _DAY & (1 << _DAY) - 1


def _first(bits: int) -> int:
    return (bits & -bits).bit_length() - 1


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
