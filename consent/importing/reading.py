"""Read a list of contacts: from the bytes of a file to rows of text, a line at a time."""

import codecs
import contextlib
import csv
import io
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

if TYPE_CHECKING:
    import _csv

CHUNK = 1 << 16
MAX_LINE = 1_000_000  # characters; a longer line is no list
DELIMITERS = ",;\t"
EXPORT_AS_CSV = 'In the program that it came from, save it as "CSV UTF-8" and upload that.'

_WORKBOOKS = {
    b"PK\x03\x04": "This is an Excel workbook or a ZIP archive, not a CSV list.",
    b"\xd0\xcf\x11\xe0": "This is an old Excel workbook, not a CSV list.",
    b"\x1f\x8b": "This file is compressed, not a CSV list.",
    b"%PDF": "This is a PDF, not a CSV list.",
}
_CONTROLS = bytes(set(range(32)) - set(b"\t\n\r\x0b\x0c\x1a\x1b"))


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
    """A list that has been opened: how it is written, its header, and its rows, read once."""

    encoding: str
    delimiter: str
    header: tuple[str, ...]
    rows: Iterator[Row]


def read(file: BinaryIO, *, max_bytes: int) -> ContactList:
    """Open a list; `file` is seekable and stays open while the rows are read.

    Raise `ListFault` at once for what no list is, and while reading for a line that is broken.
    """
    _refuse_size(file, max_bytes)
    encoding = _encoding(file)
    file.seek(0)
    lines = _lines(io.TextIOWrapper(file, encoding=encoding, newline=""))
    begins, first = next(((at, line) for at, line in enumerate(lines, 1) if line.strip()), (0, ""))
    if not first:
        raise ListFault("This file is empty: there is no header and no row in it.")
    delimiter = max(DELIMITERS, key=lambda mark: len(next(csv.reader([first], delimiter=mark))))
    reader = csv.reader(itertools.chain([first], lines), delimiter=delimiter, strict=True)
    records = _records(reader, begins)
    header = _header(next(records)[1])
    return ContactList(encoding, delimiter, header, _rows(header, records))


def _refuse_size(file: BinaryIO, max_bytes: int) -> None:
    size = file.seek(0, io.SEEK_END)
    if size == 0:
        raise ListFault("This file is empty: there is no header and no row in it.")
    if size > max_bytes:
        raise ListFault(
            f"This file has {size / 1e6:,.1f} MB and {max_bytes / 1e6:,.1f} MB is the most: split "
            "it into several lists, each with the header."
        )


def _encoding(file: BinaryIO) -> str:
    """Say how the file is written, having walked all of it once."""
    file.seek(0)
    start = file.read(CHUNK)
    for magic, sentence in _WORKBOOKS.items():
        if start.startswith(magic):
            raise ListFault(f"{sentence} {EXPORT_AS_CSV}")
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _proved(file, "utf-16")
    for nul_at, name in ((1, "utf-16-le"), (0, "utf-16-be")):
        if len(start) > 3 and start[nul_at::2].count(0) > len(start) * 0.3:
            return _proved(file, name)
    _refuse_binary(file)
    try:
        return _proved(file, "utf-8-sig")
    except ListFault:
        return _proved(file, "cp1252")


def _refuse_binary(file: BinaryIO) -> None:
    file.seek(0)
    line = 1
    while chunk := file.read(CHUNK):
        kept = chunk.translate(None, _CONTROLS)
        if len(chunk) - len(kept) > max(8, len(chunk) // 100):
            raise ListFault(f"This file holds no text, so it is not a list. {EXPORT_AS_CSV}")
        if (at := chunk.find(0)) >= 0:
            line += chunk[:at].count(b"\n")
            raise ListFault(
                f"Line {line} holds a NUL byte, which no list has: the file was damaged on its "
                f"way. {EXPORT_AS_CSV}"
            )
        line += chunk.count(b"\n")


def _proved(file: BinaryIO, encoding: str) -> str:
    """Return the encoding once every byte of the file is known to be readable in it."""
    file.seek(0)
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        while chunk := file.read(CHUNK):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        raise ListFault(
            "This file is written neither in UTF-8 nor in UTF-16 nor in Windows-1252. "
            + EXPORT_AS_CSV
        ) from None
    return encoding


def _lines(text: io.TextIOWrapper) -> Iterator[str]:
    """Yield the lines; the text's own buffer is the only one."""
    try:
        for number in itertools.count(1):
            line = text.readline(MAX_LINE)
            if not line:
                return
            if len(line) == MAX_LINE and not line.endswith(("\n", "\r")):
                raise ListFault(
                    f"Line {number} has more than {MAX_LINE:,} characters, so this is no list. "
                    + EXPORT_AS_CSV
                )
            if "\0" in line:
                raise ListFault(
                    f"Line {number} holds a NUL character, which no list has. {EXPORT_AS_CSV}"
                )
            yield line
    finally:
        with contextlib.suppress(ValueError):  # closed by the caller, whose file it is
            text.detach()


def _records(reader: "_csv.Reader", begins: int) -> Iterator[tuple[int, list[str]]]:
    """Yield each record with the line where it begins; the header begins on line `begins`."""
    line = begins
    while True:
        try:
            record = next(reader)
        except StopIteration:
            return
        except csv.Error as fault:
            raise ListFault(_why_broken(line, str(fault))) from None
        yield line, record
        line = begins + reader.line_num


def _why_broken(line: int, fault: str) -> str:
    if "end of data" in fault or "field larger" in fault:
        return (
            f'A quote (") is opened on line {line} and never closed: close it, or take it away, '
            "and upload the list again."
        )
    return (
        f'A quote (") on line {line} stands in the middle of a cell: put the whole cell in quotes '
        "and write each quote inside it twice, or take it away."
    )


def _header(cells: Sequence[str]) -> tuple[str, ...]:
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


def _rows(header: tuple[str, ...], records: Iterator[tuple[int, list[str]]]) -> Iterator[Row]:
    wanted = len(header)
    found = False
    for line, record in records:
        if not (record and record[0]) and not any(cell.strip() for cell in record):
            continue  # what spreadsheets leave below a list
        if len(record) != wanted and (
            len(record) < wanted or any(cell.strip() for cell in record[wanted:])
        ):
            raise ListFault(
                f"Line {line} has {len(record)} cells and the header has {wanted}: add the "
                "missing commas, or put a cell that holds a comma in quotes, and upload the "
                "list again."
            )
        found = True
        yield Row(line, record if len(record) == wanted else record[:wanted])
    if not found:
        raise ListFault("This list has a header and no row below it.")
