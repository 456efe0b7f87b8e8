"""Open a list of contacts: from the bytes of a file to a header and rows of text, streamed."""

import codecs
import csv
import io
from itertools import chain
from typing import BinaryIO

from consent.importing import unpacking, workbooks
from consent.importing.contact_list import (
    EXPORT_AS_CSV,
    ContactList,
    ListFault,
    named,
    numbered,
)
from consent.importing.mapping import looks_like_a_row
from consent.importing.text_rows import Text

CHUNK = 1 << 16
_NO_LISTS = {
    b"\xd0\xcf\x11\xe0": "This is an old Excel workbook, not a CSV list.",
    b"%PDF": "This is a PDF, not a CSV list.",
}
ENCODINGS = {
    "utf-8-sig": "UTF-8",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16",
    "cp1252": "Windows-1252",
    "latin-1": "Latin-1",
}
DIVIDED_BY = {",": "commas", ";": "semicolons", "\t": "tabs"}
_CONTROLS = bytes(set(range(32)) - set(b"\t\n\r\x0b\x0c\x1a\x1b"))


def read(
    file: BinaryIO,
    *,
    max_bytes: int,
    encoding: str = "",
    delimiter: str = "",
    headed: bool | None = True,
) -> ContactList:
    """Open a list; `file` is seekable and stays open while the rows are read.

    Text, a workbook, or one of them compressed. `encoding` (of ENCODINGS), `delimiter` and whether
    it is `headed` are found out where they are "" or None. Raise `ListFault` at once for what no
    list is, and while reading for a line that is broken.
    """
    _refuse_size(file, max_bytes)
    file.seek(0)
    magic = file.read(4)
    packed = ""
    if magic.startswith(b"\x1f\x8b"):
        file, packed = unpacking.gunzipped(file, max_bytes), ", compressed by gzip"
    elif magic in {b"PK\x03\x04", b"PK\x05\x06"}:
        archive = unpacking.opened(file, max_bytes)
        if unpacking.is_workbook(archive):
            return workbooks.read(archive, file, max_bytes, headed)
        file, packed = unpacking.only_file(archive, max_bytes), ", in a ZIP archive"
    return _read_text(file, max_bytes, encoding, delimiter, packed, headed)


def _read_text(
    file: BinaryIO,
    max_bytes: int,
    encoding: str,
    delimiter: str,
    packed: str,
    headed: bool | None,
) -> ContactList:
    _refuse_size(file, max_bytes)
    encoding = _encoding(file, encoding)
    file.seek(0)
    text = Text(file, encoding=encoding, newline="")
    first = text.first_line()
    if not first:
        raise ListFault("This file is empty: there is no header and no row in it.")
    delimiter = delimiter or max(
        DIVIDED_BY, key=lambda mark: len(next(csv.reader([first], delimiter=mark)))
    )
    begins, cells = next(text.records(first, delimiter))
    headed = not looks_like_a_row(cells) if headed is None else headed
    header = named(cells) if headed else numbered(cells)
    rows = text.rows(delimiter, len(header), [] if headed else [(begins, cells)])
    written = f"Text in {ENCODINGS[encoding]}, divided by {DIVIDED_BY[delimiter]}{packed}"
    return ContactList(encoding, delimiter, header, chain.from_iterable(rows), written, headed)


def _refuse_size(file: BinaryIO, max_bytes: int) -> None:
    size = file.seek(0, io.SEEK_END)
    if size == 0:
        raise ListFault("This file is empty: there is no header and no row in it.")
    if size > max_bytes:
        raise ListFault(
            f"This file has {size / 1e6:,.1f} MB and {max_bytes / 1e6:,.1f} MB is the most: split "
            "it into several lists, each with the header."
        )


def _encoding(file: BinaryIO, given: str) -> str:
    """Say how the file is written, having walked all of it once."""
    file.seek(0)
    start = file.read(CHUNK)
    for magic, sentence in _NO_LISTS.items():
        if start.startswith(magic):
            raise ListFault(f"{sentence} {EXPORT_AS_CSV}")
    if start.startswith((b"\x1f\x8b", b"PK\x03\x04")):
        raise ListFault("This archive holds an archive: take the list out and upload it alone.")
    if given:
        if "16" not in given:
            _refuse_binary(file)
        try:
            return _proved(file, given)
        except ListFault:
            raise ListFault(
                f"This file is not written in {ENCODINGS[given]}, as was said of it: leave that "
                "empty, and it is found out."
            ) from None
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
