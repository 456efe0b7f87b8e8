"""The rows of a list that did not make it, handed back in the form they came, to be mended."""

import codecs
import csv
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO, cast

import openpyxl

from consent.csv_safety import safe
from consent.importing.previewing import opened
from consent.models import ContactImport
from consent.vocabulary import RowOutcome

# What can be mended; the rest needs nothing done
MENDABLE = (
    RowOutcome.INVALID_NUMBER,
    RowOutcome.UNKNOWN_TOPIC,
    RowOutcome.NO_PROOF,
    RowOutcome.FUTURE_CONSENT,
    RowOutcome.OPTED_OUT,
    RowOutcome.SUPPRESSED,
    RowOutcome.DUPLICATE_IN_FILE,
    RowOutcome.NOT_A_MOBILE,
)
OURS = ["line", "outcome", "reason"]
MOST_IN_WORKBOOK = 20_000  # rows; a longer workbook takes longer to write than a request may
_EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True, slots=True)
class HandedBack:
    """A file to download, a piece at a time."""

    pieces: Iterator[bytes]
    content_type: str
    suffix: str


def left_out(taken: ContactImport) -> int:
    """Return how many rows did not make it and may be handed back."""
    return sum(taken.counts.get(outcome, 0) for outcome in MENDABLE)


def handed_back_as(taken: ContactImport) -> str:
    """Say in which form the rows come back: as they came, but for a workbook too long to write."""
    workbook = taken.written.startswith("Excel")
    if not workbook:
        return "CSV"
    return "Excel" if left_out(taken) <= MOST_IN_WORKBOOK else "CSV, too many for Excel"


def hand_back(taken: ContactImport) -> HandedBack:
    """Return those rows with the reason, in the marks, letters and columns of the list.

    Compressed lists come back as what was in them. Cells that a spreadsheet would run get an
    apostrophe, which our import takes off again.
    """
    with taken.file.open("rb") as file:
        stored = cast("BinaryIO", file)
        found = opened(taken, stored)  # rows keep no order of their cells
        header, encoding, delimiter = list(found.header), found.encoding, found.delimiter
        stored.seek(0)
        if encoding == "utf-8-sig" and stored.read(3) != codecs.BOM_UTF8:
            encoding = "utf-8"
    if header[-len(OURS) :] == OURS:  # rows that were handed back before
        header = header[: -len(OURS)]
    rows = _rows(taken, header, {} if found.headed else _named_for(taken))
    if handed_back_as(taken) == "Excel":
        return HandedBack(_as_workbook(rows), _EXCEL, "xlsx")
    lines = _as_text(rows, encoding or "utf-8-sig", delimiter or ",")
    kind = f"text/csv; charset={(encoding or 'utf-8').removesuffix('-sig')}"
    return HandedBack(lines, kind, "tsv" if delimiter == "\t" else "csv")


def _named_for(taken: ContactImport) -> dict[str, str]:
    """Return names for the columns of a list without header, by which it is recognised again."""
    return {column: field for field, column in taken.mapping.get("columns", {}).items()}


def _rows(taken: ContactImport, header: list[str], names: dict[str, str]) -> Iterator[list[object]]:
    yield [
        *(safe(names.get(name, name)) for name in header),
        *(name if name not in header else f"import {name}" for name in OURS),
    ]
    rows = taken.import_rows.filter(outcome__in=MENDABLE).order_by("line")
    for row in rows.iterator(chunk_size=2000):
        cells = row.cells
        told = [safe(cells.get(name, "")) for name in header]
        yield [*told, row.line, row.outcome, safe(row.reason)]


def _as_text(rows: Iterator[list[object]], encoding: str, delimiter: str) -> Iterator[bytes]:
    encoder = codecs.getincrementalencoder(encoding)(errors="replace")
    writer: Any = csv.writer(_Echo(), delimiter=delimiter)
    for row in rows:
        yield encoder.encode(writer.writerow(row))


def _as_workbook(rows: Iterator[list[object]]) -> Iterator[bytes]:
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("Left out")
    for row in rows:
        sheet.append(row)
    with tempfile.TemporaryFile() as file:
        book.save(file)
        file.seek(0)
        while piece := file.read(1 << 16):
            yield piece


class _Echo:
    """Return each line instead of keeping it."""

    def write(self, line: str) -> str:
        return line
