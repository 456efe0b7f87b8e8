import io
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consent.importing import text_rows
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


PIECE = st.sampled_from(
    [
        *("a,b\n", "a,b\r\n", "c,d", "a", ",", " ", "\n", "\r", "\r\n", "\n\n", ",\n"),
        *('"', '"a"', '"x\ny",', "\0", "é", "\u2028", "\x85", "\x0b", "x" * 17, "x" * 31),
    ]
)


def told_of(data: bytes):
    """Return the rows of a list and then, where it has one, its fault."""
    told = []
    try:
        told.extend(opened(data).rows)
    except ListFault as fault:
        told.append(fault.reason)
    return told


@settings(max_examples=1500, deadline=None)
@given(
    pieces=st.lists(PIECE, max_size=40),
    block=st.integers(1, 12),
    encoding=st.sampled_from(["utf-8", "utf-16"]),
)
def test_blocks_of_lines_are_read_as_each_line_by_itself(pieces, block, encoding):
    data = f"phone,note\n{''.join(pieces)}".encode(encoding)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(text_rows, "MAX_LINE", 30)
        patched.setattr(text_rows, "BLOCK", block)
        patched.setattr(text_rows, "PLAIN_BLOCK", 20)
        in_blocks = told_of(data)
        patched.setattr(text_rows, "BLOCK", 10_000)
        patched.setattr(text_rows, "PLAIN_BLOCK", 0)  # so that none is plain
        assert in_blocks == told_of(data)


ROW = "+12125550100,Zoë\n"
MANY = ROW * (2 * text_rows.BLOCK // len(ROW))
LINES = MANY.count("\n") + 2  # the line behind the header and many rows


def last_of(behind: str):
    return told_of(f"phone,note\n{MANY}{behind}".encode("utf-16"))[-1]


@pytest.mark.parametrize(
    ("behind", "told"),
    [
        ('a,"b\n\nc"\nd,e\n', (LINES + 3, ["d", "e"])),
        ("\n , \n,\na,b", (LINES + 3, ["a", "b"])),
        ("a,b\rc,d\r\ne,f\r", (LINES + 2, ["e", "f"])),
        ("a,b,,\n", (LINES, ["a", "b"])),
        ("a,b\n" + '"c",d\n' + MANY + "e,f\n", (2 * LINES, ["e", "f"])),
        (f"a,{'b' * 99_999}\nc,d\n", (LINES + 1, ["c", "d"])),
    ],
)
def test_far_down_a_list_rows_still_know_their_line(behind, told):
    assert last_of(behind) == told


@pytest.mark.parametrize(
    ("behind", "said"),
    [
        ("a,b\nc\nd\0,e\n", f"Line {LINES + 1} has 1 cells"),
        ("a,b\nc,d\0\n", f"Line {LINES + 1} holds a NUL character"),
        ('a,b\nc,"d', f'A quote (") is opened on line {LINES + 1} and never closed'),
        ('a,b\nc,"d"e\n', f'A quote (") on line {LINES + 1} stands in the middle'),
        (f"a,b\nc,{'d' * 1_000_000}\n", f"Line {LINES + 1} has more than 1,000,000 characters"),
    ],
)
def test_far_down_a_list_a_fault_still_names_its_line(behind, said):
    assert last_of(behind).startswith(said)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_block_may_end_anywhere(monkeypatch, end):
    rows = ["+12125550100,Zoë", "+12125550101,\u2028"] * 3
    data = end.join(["phone,note", *rows]).encode()
    for block in range(1, len(data)):
        monkeypatch.setattr(text_rows, "BLOCK", block)
        assert told_of(data) == [(at, row.split(",")) for at, row in enumerate(rows, 2)]


def test_the_file_stays_open():
    file = io.BytesIO(b"phone\n1\n2\n")
    for rows in (0, 1, 2):
        contact_list = read(file, max_bytes=MOST)
        for _ in range(rows):
            next(contact_list.rows)
        del contact_list
    with pytest.raises(ListFault):
        read(file, max_bytes=1)
    assert not file.closed
