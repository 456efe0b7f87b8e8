"""Lists in archives and workbooks are read, and what hides in them is refused with a sentence."""

import gzip
import io
import tracemalloc
import zipfile
from datetime import datetime

import openpyxl
import pytest

from consent.importing.contact_list import ListFault
from consent.importing.reading import read

MOST = 25_000_000
TEXT = "phone,note\r\n+12125550101,Zoë\r\n".encode()
ROWS = [(2, ["+12125550101", "Zoë"])]


def rows_of(data: bytes, **how):
    opened = read(io.BytesIO(data), max_bytes=MOST, **how)
    return opened.written, [(line, list(values)) for line, values in opened.rows]


def why(data: bytes, most=MOST, **how) -> str:
    with pytest.raises(ListFault) as caught:
        list(read(io.BytesIO(data), max_bytes=most, **how).rows)
    return caught.value.reason


def zipped(files) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return target.getvalue()


def a_workbook(*rows, sheets=1) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    for _ in range(sheets - 1):
        book.create_sheet()
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def test_a_compressed_list_is_read_as_the_list():
    assert rows_of(gzip.compress(TEXT, mtime=0)) == (
        "Text in UTF-8, divided by commas, compressed by gzip",
        ROWS,
    )
    assert rows_of(zipped({"list.csv": TEXT})) == (
        "Text in UTF-8, divided by commas, in a ZIP archive",
        ROWS,
    )


def test_a_workbook_is_read_as_excel_shows_it():
    data = a_workbook(
        ["phone", "note", "at", "sure"],
        [12125550101, "Zoë", datetime(2025, 3, 4, 14, 5), True],
        [None, None, None, None],
        ["+12125550102", 1.5, None],
    )
    assert rows_of(data) == (
        "Excel workbook",
        [
            (2, ["12125550101", "Zoë", "2025-03-04T14:05:00", "TRUE"]),
            (4, ["+12125550102", "1.5", "", ""]),
        ],
    )


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([["phone"], ["=1+1"]], "Line 2 holds a formula"),
        ([["=A2"], ["1"]], "Line 1 holds a formula"),
        ([["phone"], ["1", "2"]], "Line 2 has a cell where the header has none"),
        ([["phone", "phone"]], "The header names phone twice"),
        ([["phone"]], "This list has a header and no row below it."),
        ([], "This file is empty"),
    ],
)
def test_a_workbook_that_is_no_list_is_refused(rows, said):
    assert why(a_workbook(*rows)).startswith(said)


def test_a_workbook_with_several_sheets_is_not_guessed_at():
    assert why(a_workbook(["phone"], [1], sheets=2)).startswith("This workbook has 2 sheets")


def hostile_workbook() -> bytes:
    bomb = b'<?xml version="1.0"?><!DOCTYPE w [<!ENTITY a "b">]><workbook>&a;</workbook>'
    source, target = io.BytesIO(a_workbook(["phone"], [1])), io.BytesIO()
    with zipfile.ZipFile(source) as good, zipfile.ZipFile(target, "w") as bad:
        for entry in good.infolist():
            bad.writestr(
                entry.filename,
                bomb if entry.filename == "xl/workbook.xml" else good.read(entry),
            )
    return target.getvalue()


def understated() -> bytes:
    """Make an archive that says of its file to be smaller than it is."""
    data = bytearray(zipped({"list.csv": TEXT * 200}))
    size = len(TEXT * 200).to_bytes(4, "little")
    assert data.count(size) == 2
    return bytes(data.replace(size, (10).to_bytes(4, "little")))


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (
            gzip.compress(b"phone\n" + b"1" * 15_000_000, mtime=0),
            "This archive unfolds to hundreds",
        ),
        (zipped({"list.csv": b"1" * 15_000_000}), "This archive unfolds to hundreds"),
        (
            zipped({"[Content_Types].xml": b"", "xl/workbook.xml": b" " * 15_000_000}),
            "This archive unfolds to hundreds",
        ),
        (zipped({"list.csv": b"1" * 26_000_000}), "What this archive holds is more than 25.0 MB"),
        (gzip.compress(TEXT, mtime=0)[:-9], "This archive is damaged"),
        (zipped({"list.csv": TEXT})[:-9], "This archive is damaged"),
        (understated(), "This archive is damaged"),
        (zipped({"a.csv": TEXT, "b.csv": TEXT}), "This archive holds 2 files"),
        (zipped({}), "This archive holds 0 files"),
        (gzip.compress(gzip.compress(TEXT, mtime=0), mtime=0), "This archive holds an archive"),
        (zipped({"a.gz": gzip.compress(TEXT, mtime=0)}), "This archive holds an archive"),
        (zipped({f"f{n}": b"" for n in range(2001)}), "What this archive holds is more"),
        (hostile_workbook(), "This workbook cannot be read"),
    ],
)
def test_hostile_archives_are_refused_with_a_sentence(data, said):
    assert why(data).startswith(said)


def test_one_enormous_line_is_refused_without_holding_it():
    file = io.BytesIO(gzip.compress(b"phone,note\n" + bytes(range(48, 112)) * 300_000, 1))
    tracemalloc.start()
    with pytest.raises(ListFault) as caught:
        list(read(file, max_bytes=MOST).rows)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert caught.value.reason.startswith("Line 2 has more than 1,000,000 characters")
    assert peak < 15_000_000


def test_what_is_found_out_can_be_said_instead():
    text = "phone;na,me\r\n1;a,b\r\n"
    assert rows_of(text.encode(), delimiter=",")[0] == "Text in UTF-8, divided by commas"
    assert rows_of("phone;n\r\n1;é\r\n".encode("latin-1"), encoding="latin-1") == (
        "Text in Latin-1, divided by semicolons",
        [(2, ["1", "é"])],
    )
    assert why(b"phone\n\xff\n", encoding="utf-8-sig") == (
        "This file is not written in UTF-8, as was said of it: leave that empty, and it is found "
        "out."
    )
