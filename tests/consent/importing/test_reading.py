import io
import tracemalloc

import pytest

from consent.importing.contact_list import ListFault
from consent.importing.reading import read
from tests.consent.importing.lists import LISTS

MOST = 25_000_000


def opened(data: bytes):
    return read(io.BytesIO(data), max_bytes=MOST)


def rows_of(data: bytes):
    contact_list = opened(data)
    return [(row.line, cells(contact_list, row)) for row in contact_list.rows]


def cells(contact_list, row):
    return dict(zip(contact_list.header, row.values, strict=True))


def why(data: bytes, most=MOST) -> str:
    with pytest.raises(ListFault) as caught:
        list(read(io.BytesIO(data), max_bytes=most).rows)
    return caught.value.reason


@pytest.mark.parametrize("mark", [",", ";", "\t"])
@pytest.mark.parametrize(
    ("encoding", "found"),
    [
        ("utf-8", "utf-8-sig"),
        ("utf-8-sig", "utf-8-sig"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
        ("cp1252", "cp1252"),
    ],
)
def test_a_list_is_read_however_it_is_written(mark, encoding, found):
    text = f"phone{mark}name\r\n+12125550101{mark}Zoë\r\n"
    contact_list = opened(text.encode(encoding))
    assert (contact_list.encoding, contact_list.delimiter) == (found, mark)
    assert contact_list.header == ("phone", "name")
    assert [cells(contact_list, row) for row in contact_list.rows] == [
        {"phone": "+12125550101", "name": "Zoë"}
    ]


def test_rows_know_the_line_where_they_begin():
    assert rows_of(b'\nphone,note\na,"one\ntwo"\n\n,\nb,x\n') == [
        (3, {"phone": "a", "note": "one\ntwo"}),
        (7, {"phone": "b", "note": "x"}),
    ]


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r"])
def test_every_line_end_ends_a_line(end):
    assert rows_of(end.join([b"phone,note", b"a,b"])) == [(2, {"phone": "a", "note": "b"})]


def test_empty_cells_beyond_the_header_do_no_harm():
    assert rows_of(b"phone,note,,\na,b,,\n") == [(2, {"phone": "a", "note": "b"})]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("empty.csv", "This file is empty: there is no header and no row in it."),
        ("broken_quotes.csv", 'A quote (") is opened on line 2 and never closed'),
        ("nul_bytes.csv", "Line 2 holds a NUL byte"),
        ("not_a_list.csv", "This file holds no text, so it is not a list."),
        ("ragged.csv", "Line 2 has 2 cells and the header has 4"),
    ],
)
def test_hostile_files_are_refused_with_a_sentence(name, said):
    assert why((LISTS / name).read_bytes()).startswith(said)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b" \n\n", "This file is empty"),
        (b"phone,source\n", "This list has a header and no row below it."),
        (b"PK\x03\x04rest", "This archive is damaged"),
        (b"\x1f\x8b\x08rest", "This archive is damaged"),
        (b"\xd0\xcf\x11\xe0rest", "This is an old Excel workbook"),
        (b"phone,a\n1,2,3\n", "Line 2 has 3 cells and the header has 2"),
        (b'phone,a\n1,"b"c\n', 'A quote (") on line 2 stands in the middle of a cell'),
        (b'phone,a\n1,"' + b"x" * 200_000, 'A quote (") is opened on line 2 and never closed'),
        (b"phone,a\n1," + b"x" * 1_000_001, "Line 2 has more than 1,000,000 characters"),
        (b"phone,Phone,phone\n", "The header names phone twice"),
        (b"phone\n\x81\x8d\n", "This file is written neither in UTF-8"),
        ("phone\n\0\n".encode("utf-16"), "Line 2 holds a NUL character"),
        (b"\xff\xfep\x00h\x00\x00\xd8", "This file is written neither in UTF-8"),
    ],
)
def test_what_is_no_list_is_refused_with_a_sentence(data, said):
    assert why(data).startswith(said)


def test_a_list_that_is_too_large_says_by_how_much():
    assert why(b"phone\n" + b"1" * 2_000_000, most=1_000_000).startswith(
        "This file has 2.0 MB and 1.0 MB is the most"
    )


def test_memory_does_not_grow_with_the_file():
    data = b"phone,topic,consented_at,source\n" + b"+12125550101,a,2025-01-01,web form\n" * 300_000
    file = io.BytesIO(data)
    tracemalloc.start()
    count = sum(1 for _ in read(file, max_bytes=MOST).rows)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 300_000
    assert peak < 2_000_000
