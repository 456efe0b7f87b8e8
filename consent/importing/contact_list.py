"""What a list of contacts is once opened, and what is said of one that cannot be."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

EXPORT_AS_CSV = 'In the program that it came from, save it as "CSV UTF-8" and upload that.'


class ListFault(ValueError):  # noqa: N818  reads as what it is where it is caught
    """A list that cannot be read at all; `reason` tells the person who brought it what to do.

    The reason quotes no cell, since a cell may hold a number.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Row(NamedTuple):
    """One row: the line where it begins (the header's is 1) and its cells, one for each header."""

    line: int
    values: Sequence[str]


@dataclass(frozen=True, slots=True)
class ContactList:
    """A list that has been opened: how it is written, its header, and its rows, read once.

    `written` says to people how it was read; `encoding` and `delimiter` are "" for a workbook.
    Without a header (`headed` false) the columns are numbered and the first line is a row.
    """

    encoding: str
    delimiter: str
    header: tuple[str, ...]
    rows: Iterator[Row]
    written: str = ""
    headed: bool = True


def numbered(cells: Sequence[str]) -> tuple[str, ...]:
    """Return names for the columns of a list without header."""
    return tuple(f"column {at}" for at in range(1, len(cells) + 1))


def named(cells: Sequence[str]) -> tuple[str, ...]:
    """Return a header without blanks; raise `ListFault` where it names a column twice."""
    names = [cell.strip() for cell in cells]
    while names and not names[-1]:
        names.pop()
    header = tuple(name or f"column {at}" for at, name in enumerate(names, 1))
    twice = sorted({name for name in header if header.count(name) > 1})
    if twice and not any(sum(map(str.isdigit, name)) > 4 for name in twice):
        raise ListFault(
            f"The header names {', '.join(twice)} twice: rename one of them or leave it out."
        )
    if twice:
        raise ListFault("The first line names a column twice, or is no header at all.")
    return header
