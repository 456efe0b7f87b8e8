"""The fast way to read a number says what `phonenumbers` says."""

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consent.phone_numbers import (
    InvalidNumber,
    _plain_area_codes,
    parse,
    parse_slowly,
    plain_number,
    plain_numbers,
)


def read(how, typed):
    try:
        return how(typed)
    except InvalidNumber as fault:
        return fault.reason


@pytest.mark.parametrize("last_four", [0, 100, 1234, 9999])
def test_every_exchange_of_every_plain_area_code_is_valid(last_four):
    refused = [
        (area, exchange)
        for area in map(int, _plain_area_codes())
        for exchange in range(200 + last_four % 7, 1000, 7 if last_four else 1)
        if not phonenumbers.is_valid_number(
            phonenumbers.PhoneNumber(
                country_code=1, national_number=area * 10**7 + exchange * 10**4 + last_four
            )
        )
    ]
    assert refused == []


AREA = st.sampled_from(
    ["212", "907", "684", "983", "246", "800", "500", "902", "011", "555", "999"]
)
JOIN = st.sampled_from(["", " ", "-", ".", "  ", ") ", ")", "/", "("])
WRITTEN = st.builds(
    "".join,
    st.tuples(
        st.sampled_from(
            ["", " ", "(", "1", "+1", "+1 ", "1-", "+1 (", "+", "0", "00", "+11", "\u200e"]
        ),
        AREA,
        JOIN,
        st.integers(0, 999).map("{:03d}".format),
        JOIN,
        st.integers(0, 9999).map("{:04d}".format),
        st.sampled_from(["", " ", "  ", "5", "x5", "\t", "\n", "\uff11"]),
    ),
)


@settings(max_examples=1500, deadline=None)
@given(WRITTEN | st.text("0123456789+-(). ", max_size=18))
def test_a_number_is_read_fast_as_it_is_read_slowly(typed):
    assert read(parse, typed) == read(parse_slowly, typed)


EXPORTED = st.builds("+1{}{}".format, AREA, st.sampled_from(["2000000", "1999999", "555010\u0667"]))


@settings(max_examples=1500, deadline=None)
@given(st.lists(EXPORTED) | st.lists(EXPORTED | WRITTEN))
def test_a_column_of_numbers_is_read_as_each_by_itself(column):
    each = map(plain_number, column)
    assert list(plain_numbers(column)) == [number and number[0] for number in each]


def test_two_numbers_in_one_cell_are_none():
    assert plain_numbers(["+12125550100\n+12125550101"]) == [None]
    assert plain_numbers(["+12125550100\n+12125550101", ""]) == [None, None]
