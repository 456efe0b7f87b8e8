"""Take the text of a list apart into rows, a block of lines at a time."""

import contextlib
import csv
import io
import itertools
from collections.abc import Iterable, Iterator
from operator import itemgetter

from consent.importing.contact_list import EXPORT_AS_CSV, ListFault, Row

BLOCK = 1 << 13  # characters; of many more rows at once the collector of cycles would be woken
MAX_LINE = 1_000_000  # characters; a longer line is no list
PLAIN_BLOCK = 100_000  # characters; in a longer one each cell is measured

Record = tuple[int, list[str]]  # the line where it begins, and its cells

_first_cell = itemgetter(0)


class Text(io.TextIOWrapper):
    """The text of a list, read once; `line` says how many lines were taken.

    Opened with `newline=""`. Its buffer is the only one, and its file stays open.
    """

    line = 0

    def first_line(self) -> str:
        """Return the first line that is not blank, not counted as taken; "" where there is none."""
        for line in self.lines():
            if line.strip():
                self.line -= 1
                return line
        return ""

    def rows(
        self, delimiter: str, width: int, records: Iterable[Record] = ()
    ) -> Iterator[Iterable[Row]]:
        """Yield the rows of some records and of all the text, as many at once as are plain."""
        found = False
        for row in _kept(records, width):
            found = True
            yield (row,)
        while block := self.block():
            if '"' in block or "\0" in block or len(block) > PLAIN_BLOCK:
                records = self.records(block, delimiter)
            else:
                # Each line is a record, and to split it takes a third of the time
                cells = [line.split(delimiter) for line in _split(block)]
                numbers = range(self.line + 1, self.line + 1 + len(cells))
                self.line += len(cells)
                if {*map(len, cells)} == {width} and all(map(_first_cell, cells)):
                    found = True
                    yield map(Row._make, zip(numbers, cells, strict=True))
                    continue
                records = zip(numbers, cells, strict=True)
            for row in _kept(records, width):
                found = True
                yield (row,)
        if not found:
            raise ListFault("This list has a header and no row below it.")

    def records(self, block: str, delimiter: str) -> Iterator[Record]:
        """Yield each record of a block, which is taken; the last may end in a line behind it."""
        until = self.line + len(_split(block))
        reader = csv.reader(self.lines(block), delimiter=delimiter, strict=True)
        while (begins := self.line + 1) <= until:
            try:
                yield begins, next(reader)
            except csv.Error as fault:
                raise ListFault(_why_broken(begins, str(fault))) from None

    def lines(self, block: str = "") -> Iterator[str]:
        """Take the lines of a block one by one, and then those behind it."""
        behind = iter(lambda: self.readline(MAX_LINE), "")
        for line in itertools.chain(io.StringIO(block, newline=""), behind):
            self.line += 1
            if len(line) >= MAX_LINE and len(line.rstrip("\r\n")) >= MAX_LINE:
                raise ListFault(
                    f"Line {self.line} has more than {MAX_LINE:,} characters, so this is no list. "
                    + EXPORT_AS_CSV
                )
            if "\0" in line:
                raise ListFault(
                    f"Line {self.line} holds a NUL character, which no list has. {EXPORT_AS_CSV}"
                )
            yield line

    def block(self) -> str:
        """Return some whole lines, none of them counted as taken; "" at the end."""
        block = self.read(BLOCK)
        # It may end within a line, or between \r and \n
        return block if block.endswith("\n") else block + self.readline(MAX_LINE)

    def close(self) -> None:
        """Leave the file to the caller, whose it is."""
        with contextlib.suppress(ValueError):  # closed by now
            self.detach()


def _split(block: str) -> list[str]:
    if "\r" in block:
        block = block.replace("\r\n", "\n").replace("\r", "\n")
    return block.removesuffix("\n").split("\n")


def _kept(records: Iterable[Record], width: int) -> Iterator[Row]:
    """Yield the records that are rows; raise `ListFault` at one of another width."""
    for line, record in records:
        if not (record and record[0]) and not any(cell.strip() for cell in record):
            continue  # what spreadsheets leave below a list
        if len(record) != width and (
            len(record) < width or any(cell.strip() for cell in record[width:])
        ):
            raise ListFault(
                f"Line {line} has {len(record)} cells and the header has {width}: add the "
                "missing commas, or put a cell that holds a comma in quotes, and upload the "
                "list again."
            )
        yield Row(line, record if len(record) == width else record[:width])


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
