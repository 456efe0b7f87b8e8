"""What the first rows of a list hold, column by column, and what a person has to say of it."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from consent.importing.contact_list import ListFault, Row
from consent.importing.dates import NOBODY_KNOWS, DateForm, Dates, Tally
from consent.importing.mapping import Columns, columns, plain
from consent.importing.unsettled import MOST_WORDS
from consent.importing.words import KNOWN, Meaning
from consent.vocabulary import ListKind

HEAD = 200  # rows kept in memory: what is unclear in a list is mostly so from its first rows on
FURTHER = 20_000  # rows walked where something is, so that words and dates are seen
SAMPLES = 5
LONGEST = 60  # characters shown of a cell


@dataclass(frozen=True, slots=True)
class Choice:
    """How a list is to be read, as far as a person said so; what is empty is found out.

    `date_form` and `time_zone` may be NOBODY_KNOWS: what needs them is left out.
    `columns`: the header of each field. `words`: the meaning of each word for consent, as `plain`
    makes it. `headed`: whether the first line is a header.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    words: Mapping[str, str] = field(default_factory=dict)
    date_form: str = ""
    time_zone: str = ""
    headed: bool | None = None

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> "Choice":
        """Return what `kept()` was asked of."""
        return cls(**{name: kept[name] for name in cls.__dataclass_fields__ if name in kept})

    def kept(self) -> dict[str, Any]:
        """Return the choice as it is kept in JSON."""
        return {
            "columns": dict(self.columns),
            "words": dict(self.words),
            "date_form": self.date_form,
            "time_zone": self.time_zone,
            "headed": self.headed,
        }

    @property
    def dates(self) -> Dates:
        """Return the reader of moments."""
        form = self.date_form if self.date_form != NOBODY_KNOWS else ""
        zone = self.time_zone if self.time_zone != NOBODY_KNOWS else ""
        return Dates(DateForm(form) if form else None, ZoneInfo(zone) if zone else None)

    @property
    def meanings(self) -> dict[str, Meaning]:
        """Return the words that a person mapped."""
        return {word: Meaning(meaning) for word, meaning in self.words.items()}


AS_FOUND = Choice()


@dataclass(slots=True)
class Held:
    """What one column holds in the first rows: samples, its words if they are few, its dates."""

    name: str
    samples: list[str] = field(default_factory=list)
    words: Counter[str] = field(default_factory=Counter)
    as_written: dict[str, str] = field(default_factory=dict)
    dates: Tally = field(default_factory=Tally)
    few: bool = True

    def add(self, cell: str) -> None:
        """Take one cell in."""
        cell = cell.strip()
        if cell and len(self.samples) < SAMPLES and cell[:LONGEST] not in self.samples:
            self.samples.append(cell[:LONGEST])
        if self.few:
            word = plain(cell)
            self.words[word] += 1
            self.as_written.setdefault(word, cell[:LONGEST])
            self.few = len(self.words) <= MOST_WORDS
        self.dates.add(cell)

    def kept(self) -> dict[str, Any]:
        """Return it as it is kept in JSON."""
        words = self.words if self.few and len(self.words) else {}
        return {
            "name": self.name,
            "samples": self.samples,
            "words": {word: [self.as_written[word], count] for word, count in words.items()},
            "few": self.few,
            "dates": dict(self.dates.counts),
        }

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> "Held":
        """Return what `kept()` was asked of."""
        words = {word: count for word, (_, count) in kept["words"].items()}
        written = {word: shown for word, (shown, _) in kept["words"].items()}
        tally = Tally(Counter(kept["dates"]))
        return cls(kept["name"], kept["samples"], Counter(words), written, tally, kept["few"])


def surveyed(header: Sequence[str], rows: Iterable[Row]) -> list[Held]:
    """Return what each column holds in some rows."""
    found = [Held(name) for name in header]
    walk(found, rows)
    return found


def walk(found: Sequence[Held], rows: Iterable[Row]) -> None:
    """Take further rows in."""
    for row in rows:
        for held, cell in zip(found, row.values, strict=True):
            held.add(cell)


def bare_numbers(found: Sequence[Held], rows: Sequence[Row]) -> dict[str, str]:
    """Return the columns of a list without header that holds numbers and nothing else.

    One column of ten digits or more, or, as the registry of the FTC writes it, area codes and
    seven digits; all rows must look so.
    """
    digits = [tuple(_digits(cell) for cell in row.values) for row in rows]
    if len(found) == 1 and all(10 <= len(number) <= 15 for (number,) in digits):
        return {"phone": found[0].name}
    if len(found) == 2 and all(len(code) == 3 and len(number) == 7 for code, number in digits):
        return {"area_code": found[0].name, "phone": found[1].name}
    return {}


def _digits(cell: str) -> str:
    bare = "".join(mark for mark in cell if mark not in " -.()+'\u00a0")
    return bare if bare.isascii() and bare.isdigit() else ""


class Question(NamedTuple):
    """What a person has to say of a list: about columns, dates, zone or words, as a sentence."""

    about: str
    words: str


def questions(
    choice: Choice,
    found: Sequence[Held],
    *,
    holds: ListKind,
    topic_given: bool,
    attested: Collection[str] = (),
) -> list[Question]:
    """Say what is unclear of a list; nothing where it can be read."""
    header = [held.name for held in found]
    try:
        mapped = columns(
            header,
            topic_given=topic_given,
            holds=holds,
            chosen=choice.columns,
            attested=attested,
        )
    except ListFault as fault:
        return [Question("columns", fault.reason)]
    column = {held.name: held for held in found}
    asked: list[Question] = []
    if holds is ListKind.CONSENTS:
        needs_form, needs_zone = needed_of_dates(found, mapped)
        asked += _of_dates(choice, needs_form, needs_zone)
    if holds is not ListKind.SUPPRESSIONS and mapped.has("agreed"):
        asked += _of_words(choice, column[mapped.header_of["agreed"]], holds)
    return asked


def needed_of_dates(found: Sequence[Held], mapped: Columns) -> tuple[list[Tally], bool]:
    """Return the columns whose dates need a form, and whether hours need a zone.

    A day of what implies a consent has no hour.
    """
    column = {held.name: held.dates for held in found}
    days = [
        column[mapped.header_of[name]]
        for name in ("consented_at", "implied_on")
        if mapped.has(name)
    ]
    timed = mapped.has("consented_at") and days[0].needs_zone
    return [tally for tally in days if tally.needs_form], timed


def unknown_words(choice: Choice, held: Held) -> list[str]:
    """Return the words of a column whose meaning nobody knows, as `plain` makes them."""
    return [word for word in held.words if word not in KNOWN and word not in choice.words]


def _of_dates(choice: Choice, needs_form: Sequence[Tally], needs_zone: bool) -> list[Question]:
    asked = []
    if needs_form and not choice.date_form:
        asked.append(
            Question(
                "dates",
                "Dates of this list do not begin with the year: say whether the day or the month "
                f"comes first. {_hint(needs_form)}",
            )
        )
    if needs_zone and not choice.time_zone:
        asked.append(
            Question(
                "zone",
                "Times of this list do not say their time zone: say in which one they were kept.",
            )
        )
    return asked


def _hint(tallies: Sequence[Tally]) -> str:
    if any(tally.contradictory for tally in tallies):
        return "Some can only be day first and others only month first: rows of one form stay out."
    if (form := next((tally.proposed for tally in tallies), None)) is None:
        return "Each of them can be read both ways."
    return f"Some of them can only be {'day' if form is DateForm.DMY else 'month'} first."


def _of_words(choice: Choice, held: Held, holds: ListKind) -> list[Question]:
    if not held.few:
        return [
            Question(
                "columns",
                f'The column "{held.name}" holds too many different words to be words for consent: '
                "choose another one, or none.",
            )
        ]
    unknown = unknown_words(choice, held)
    if holds is ListKind.OPT_OUTS and not choice.words:
        # A list of people who left that says of some that they are in, in whatever words
        unknown += [word for word in held.words if KNOWN.get(word) is Meaning.AGREED]
    if not unknown:
        return []
    return [
        Question(
            "words",
            f'The column "{held.name}" says of people what only you can tell: say what its words '
            "mean.",
        )
    ]
