"""Read a list from an Excel workbook, a row at a time, and refuse what a workbook may hide."""

import zipfile
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from itertools import chain
from typing import Any, BinaryIO
from xml.etree.ElementTree import ParseError

import openpyxl
from defusedxml import DefusedXmlException
from openpyxl.utils.exceptions import InvalidFileException

from consent.importing import unpacking
from consent.importing.contact_list import (
    EXPORT_AS_CSV,
    ContactList,
    ListFault,
    Row,
    named,
    numbered,
)
from consent.importing.mapping import looks_like_a_row

# openpyxl keeps all different texts of a workbook in memory
MOST_TEXT = 60_000_000  # bytes
STRINGS = "xl/sharedStrings.xml"
_UNREADABLE = (
    KeyError,
    ValueError,
    TypeError,
    IndexError,
    ParseError,
    DefusedXmlException,
    InvalidFileException,
    zipfile.BadZipFile,
)


def read(
    archive: zipfile.ZipFile, file: BinaryIO, max_bytes: int, headed: bool | None = True
) -> ContactList:
    """Open the first sheet of a workbook; lines are those that Excel shows.

    Raise `ListFault` at once for what no list is, and while reading for a formula.
    """
    unpacking.proved(archive, max_bytes)
    if STRINGS in archive.NameToInfo and archive.getinfo(STRINGS).file_size > MOST_TEXT:
        raise ListFault(f"This workbook is too large to be read as one. {EXPORT_AS_CSV}")
    file.seek(0)
    try:
        book = openpyxl.load_workbook(file, read_only=True, data_only=False, keep_links=False)
        sheets = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
    except _UNREADABLE:
        raise ListFault(f"This workbook cannot be read. {EXPORT_AS_CSV}") from None
    if len(sheets) != 1:
        raise ListFault(
            f"This workbook has {len(sheets)} sheets to choose from: leave the one with the list, "
            "or save that sheet as CSV."
        )
    lines = _lines(sheets[0])
    header = next((Row(line, cells) for line, cells in lines if any(cells)), None)
    if header is None:
        raise ListFault("This file is empty: there is no header and no row in it.")
    headed = not looks_like_a_row(header.values) if headed is None else headed
    names = named(header.values) if headed else numbered(header.values)
    if not headed:
        lines = chain([(header.line, list(header.values))], lines)
    return ContactList("", "", names, _rows(names, lines), "Excel workbook", headed)


def _lines(sheet: Any) -> Iterator[tuple[int, list[str]]]:
    """Yield the line and the cells of each row as text."""
    # What a workbook says of its own size may be wrong, and then rows are cut
    sheet.reset_dimensions()
    try:
        for line, cells in enumerate(sheet.iter_rows(), 1):
            yield line, [_as_text(cell, line) for cell in cells]
    except ListFault:
        raise
    except _UNREADABLE:
        raise ListFault(f"This workbook is damaged. {EXPORT_AS_CSV}") from None


def _as_text(cell: Any, line: int) -> str:
    value = cell.value
    if value is None:
        return ""
    if cell.data_type == "f":
        raise ListFault(
            f"Line {line} holds a formula, and its result is not to be trusted: in Excel copy the "
            'sheet, choose "Paste values", save it and upload that.'
        )
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        # Excel keeps whole numbers as fractions; beyond 15 digits it has rounded them
        return f"{value:.0f}" if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    return str(value).replace("\0", "")


def _rows(header: Sequence[str], lines: Iterator[tuple[int, list[str]]]) -> Iterator[Row]:
    wanted = len(header)
    found = False
    for line, cells in lines:
        if not any(cell.strip() for cell in cells):
            continue
        if any(cell.strip() for cell in cells[wanted:]):
            raise ListFault(
                f"Line {line} has a cell where the header has none: name that column or clear it."
            )
        found = True
        # Excel leaves out empty cells at a row's end
        yield Row(line, [*cells[:wanted], *[""] * (wanted - len(cells))])
    if not found:
        raise ListFault("This list has a header and no row below it.")
