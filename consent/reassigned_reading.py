"""Read a file of answers of the Reassigned Numbers Database, with or without a header."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import chain, islice
from typing import BinaryIO

from consent.csv_safety import unarmed
from consent.importing.contact_list import ContactList, ListFault, Row
from consent.importing.reading import read
from consent.phone_numbers import InvalidNumber, parse
from consent.vocabulary import AnswerOutcome, NumberAnswer

# As the database's own interface names them, and the firms that ask it for others
NUMBERS = frozenset(
    ["tn", "telephonenumber", "phone", "phonenumber", "number", "telephone", "phone1"]
)
DATES = frozenset(
    ["date", "dateprovided", "consentdate", "dateofconsent", "lastverifieddate", "querydate"]
)
ANSWERS = frozenset(
    ["disconnected", "answer", "result", "response", "reassigned", "isreassigned", "status"]
)
WORDS = {
    **dict.fromkeys(("yes", "y", "true", "1"), NumberAnswer.YES),
    **dict.fromkeys(("no", "n", "false", "0"), NumberAnswer.NO),
    **dict.fromkeys(("nodata", "unknown"), NumberAnswer.NO_DATA),
}
WRONG_FILE = (
    "This is no file of answers: it needs a column of numbers and one that says yes, no or no data "
    "of each. Upload the file as the database gave it."
)
NO_ANSWER = "It says neither yes, no nor no data."
NO_DATE = "The date is none that we can read: write it as 2026-01-31."


@dataclass(frozen=True, slots=True)
class Told:
    """One row of the file: what it says, or why it says nothing."""

    line: int
    cells: Sequence[str]
    number: str = ""
    about: date | None = None
    answer: str = ""
    outcome: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Answers:
    """An opened file of answers: its header, if it has one, and its rows, read once."""

    header: Sequence[str]
    rows: Iterator[Told]


@dataclass(frozen=True, slots=True)
class _Columns:
    number: int
    answer: int
    about: int | None


def read_answers(file: BinaryIO, *, max_bytes: int) -> Answers:
    """Open a file of answers; raise `ListFault` where it is none, at once or while reading."""
    found = read(file, max_bytes=max_bytes)
    named = _by_name(found.header)
    if named is not None:
        return Answers(found.header, (_told(row, named) for row in found.rows))
    rows = _with_first(file, found)
    first = next(rows, None)
    guessed = _by_content(first.values) if first else None
    if first is None or guessed is None:
        raise ListFault(WRONG_FILE)
    return Answers((), (_told(row, guessed) for row in chain([first], rows)))


def _with_first(file: BinaryIO, found: ContactList) -> Iterator[Row]:
    """Yield all rows of a file without a header, whose first row was taken for one."""
    if _by_content(found.header) is None:
        yield from found.rows
        return
    file.seek(0)
    alone = sum(1 for line in islice(file, 3) if line.strip()) == 1
    yield Row(1, found.header)
    if not alone:  # a list of a header and nothing else would be refused
        yield from found.rows


def _by_name(header: Sequence[str]) -> _Columns | None:
    plain = [_plain(name) for name in header]
    places = [
        next((at for at, name in enumerate(plain) if name in names), None)
        for names in (NUMBERS, ANSWERS, DATES)
    ]
    number, answer, about = places
    return None if number is None or answer is None else _Columns(number, answer, about)


def _by_content(cells: Sequence[str]) -> _Columns | None:
    """Say by a row's cells which is which: the first number, the first date, the last answer."""
    number = next((at for at, cell in enumerate(cells) if _number(cell)), None)
    answer = next((at for at in reversed(range(len(cells))) if _plain(cells[at]) in WORDS), None)
    about = next((at for at, cell in enumerate(cells) if at != number and _day(cell)), None)
    if number is None or answer is None or answer in {number, about}:
        return None
    return _Columns(number, answer, about)


def _told(row: Row, columns: _Columns) -> Told:
    line, cells = row
    try:
        number = parse(unarmed(cells[columns.number])).e164
    except InvalidNumber as fault:
        return Told(line, cells, outcome=AnswerOutcome.INVALID_NUMBER, reason=fault.reason)
    answer = WORDS.get(_plain(cells[columns.answer]))
    if answer is None:
        return Told(line, cells, number, outcome=AnswerOutcome.NO_ANSWER, reason=NO_ANSWER)
    about = None
    if columns.about is not None:
        about = _day(cells[columns.about])
        if about is None:
            return Told(line, cells, number, outcome=AnswerOutcome.OTHER_DATE, reason=NO_DATE)
    return Told(line, cells, number, about, answer.value)


def _plain(text: str) -> str:
    return "".join(mark for mark in text.casefold() if mark.isalnum())


def _number(cell: str) -> str:
    try:
        return parse(unarmed(cell)).e164
    except InvalidNumber:
        return ""


def _day(cell: str) -> date | None:
    """Read a day; a wrong reading does no harm, since it must be the day that was asked about."""
    for form in ("%Y-%m-%d", "%Y%m%d", "%m/%d/%Y"):
        try:
            return datetime.strptime(cell.strip(), form).date()  # noqa: DTZ007  a day has no zone
        except ValueError:
            continue
    return None
