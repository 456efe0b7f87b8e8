"""The files of an audit export: each sheet as CSV, as JSON Lines and in one workbook.

CSV and workbook hold the same cells, made safe for spreadsheets; JSON Lines hold the values as they
are on record. All of them are written as the rows come, so that memory stays flat.
"""

import csv
import hashlib
import io
import json
import re
import tempfile
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import IO, Any

import xlsxwriter

from consent.csv_safety import safe
from consent.phone_numbers import mask

ROWS_OF_A_TAB = 1_048_576  # what Excel holds, headings included
LONGEST = 32_000  # characters of a cell; Excel's own limit is 32,767
CUT = " ... cut here; the CSV file has all of it"
MAY_BE_A_NUMBER = re.compile(r"\+?\d(?:[\s().\-]*\d){6,}")


class Written(io.RawIOBase):
    """A file on its way into the zip: passes bytes on, counts and digests them."""

    def __init__(self, name: str, target: IO[bytes], rows: int = 0) -> None:
        self.name, self.target, self.rows = name, target, rows
        self.size = 0
        self._digest = hashlib.sha256()

    def writable(self) -> bool:
        """Say that it takes bytes."""
        return True

    def write(self, data: Any) -> int:
        """Pass bytes on."""
        self._digest.update(data)
        self.size += len(data)
        self.target.write(data)
        return len(data)

    @property
    def digest(self) -> str:
        """Return the SHA-256 of all that was passed on."""
        return self._digest.hexdigest()


class Lines:
    """One sheet as CSV and as JSON Lines; the second waits in a file, since a zip takes one."""

    def __init__(self, target: Written, columns: Sequence[str]) -> None:
        self.columns = columns
        self._text = io.TextIOWrapper(target, encoding="utf-8", newline="")
        self._csv = csv.writer(self._text)
        self._csv.writerow(columns)
        self.kept = tempfile.TemporaryFile()  # noqa: SIM115  `close` hands it on
        self._json = io.TextIOWrapper(self.kept, encoding="utf-8", newline="")

    def add(self, row: Sequence[object], cells: Sequence[object]) -> None:
        """Write one row: its values, and the same as safe cells."""
        self._csv.writerow(cells)
        told = dict(zip(self.columns, map(plain, row), strict=False))
        self._json.write(json.dumps(told, ensure_ascii=False) + "\n")

    def close(self) -> IO[bytes]:
        """Let go of the CSV file; return the JSON Lines, to be read from their beginning."""
        for text in (self._text, self._json):
            text.flush()
            text.detach()
        self.kept.seek(0)
        return self.kept


class Book:
    """One workbook with a tab a sheet, and further tabs where a sheet is longer than Excel's."""

    def __init__(self, folder: str, made_at: datetime) -> None:
        self.path = Path(folder) / "book.xlsx"
        self._book = xlsxwriter.Workbook(
            self.path, {"constant_memory": True, "tmpdir": folder, "strings_to_urls": False}
        )
        self._book.use_zip64()
        self._book.set_properties({"created": made_at.replace(tzinfo=None)})
        self._bold = self._book.add_format({"bold": True})

    def begin(self, name: str, columns: Sequence[str]) -> None:
        """Begin the tabs of a sheet."""
        self._name, self._columns, self._tabs = name, columns, 0
        self._turn()

    def _turn(self) -> None:
        self._tabs += 1
        self._tab = self._book.add_worksheet(
            self._name if self._tabs == 1 else f"{self._name} {self._tabs}"
        )
        self._tab.freeze_panes(1, 0)
        for at, heading in enumerate(self._columns):
            self._tab.write_string(0, at, heading, self._bold)
        self._row = 0

    def add(self, cells: Sequence[object]) -> None:
        """Write one row; text is always text, never a formula or a link."""
        if self._row + 1 >= ROWS_OF_A_TAB:
            self._turn()
        self._row += 1
        for at, value in enumerate(cells):
            if isinstance(value, int):
                self._tab.write_number(self._row, at, value)
            elif value != "":
                text = str(value)
                self._tab.write_string(
                    self._row, at, text if len(text) <= LONGEST else text[:LONGEST] + CUT
                )

    def close(self) -> Path:
        """Return the finished file."""
        self._book.close()
        return self.path


def cell(value: object) -> object:
    """Return a value as a cell of a spreadsheet, made safe."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return safe(json.dumps(value, ensure_ascii=False, sort_keys=True))
    return safe(value)


def plain(value: object) -> object:
    """Return a value as JSON has it."""
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if value is None or isinstance(value, (bool, int, float, str, dict, list)):
        return value
    return value.isoformat() if isinstance(value, date) else str(value)


def masker(columns: Sequence[str], words: frozenset[str]) -> Callable[[Sequence[object]], Any]:
    """Return what masks a row: the column `number`, and what looks like a number in words."""
    numbers = [at for at, name in enumerate(columns) if name == "number"]
    free = [at for at, name in enumerate(columns) if name in words]

    def masked(row: Sequence[object]) -> list[object]:
        cells = list(row)
        for at in numbers:
            cells[at] = mask(str(cells[at])) if cells[at] else cells[at]
        for at in free:
            cells[at] = blurred(cells[at])
        return cells

    return masked


def blurred(value: object) -> object:
    """Hide all but the last four digits of what may be a phone number, however deep it lies."""
    if isinstance(value, str):
        return MAY_BE_A_NUMBER.sub(_hidden, value)
    if isinstance(value, Mapping):
        return {key: blurred(each) for key, each in value.items()}
    if isinstance(value, list):
        return [blurred(each) for each in value]
    return blurred(str(value)) if isinstance(value, int) and value > 999_999 else value


def _hidden(found: re.Match[str]) -> str:
    text = found.group()
    return re.sub(r"\d", "•", text[:-4]) + text[-4:]
