import csv
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent import phone_numbers
from consent.phone_numbers import InvalidNumber, PhoneNumber, display, mask, of_e164, parse

LISTS = Path(__file__).parents[1] / "data" / "lists"


def reason_for(typed: str) -> str:
    with pytest.raises(InvalidNumber) as refused:
        parse(typed)
    return refused.value.reason


@pytest.mark.parametrize(
    "typed",
    [
        "2025550147",
        "12025550147",
        "+12025550147",
        " (202) 555-0147 ",
        "202.555.0147",
        "+1 202 555 0147",
        "202\u00a0555\u20110147",
        "\u200e+1\u202f202\u2013555\u20130147",
        "2025550147".translate({ord("2"): "\uff12"}),
    ],
)
def test_every_usual_way_to_type_a_number_is_read_as_the_same_one(typed: str) -> None:
    assert parse(typed) == PhoneNumber("+12025550147", "US", "DC", ("America/New_York",))


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("", phone_numbers.EMPTY),
        ("   ", phone_numbers.EMPTY),
        ("call me", phone_numbers.LETTERS),
        ("n/a", phone_numbers.LETTERS),
        ("1-800-FLOWERZ1", phone_numbers.LETTERS),
        ("1-800-FLOWERS", phone_numbers.LETTERS),
        ("1.42555E+10", phone_numbers.SPREADSHEET),
        ("1,42555e10", phone_numbers.SPREADSHEET),
        ("555-0123", phone_numbers.NO_AREA_CODE),
        ("12345", phone_numbers.TOO_SHORT),
        ("+44 20", phone_numbers.TOO_SHORT),
        ("+999123456789", phone_numbers.NO_COUNTRY),
        ("+1 000 555 0100", phone_numbers.NOT_IN_USE),
        ("(911) 555-0100", phone_numbers.NOT_IN_USE),
        ("202-555-0147 x12", phone_numbers.EXTENSION),
        ("2025550147 ext. 3", phone_numbers.EXTENSION),
        ("2025550147 2025550148", phone_numbers.TOO_LONG),
        ("202;555;0147", phone_numbers.NOT_IN_USE),
        ("\u00b2\u00b2\u00b2", phone_numbers.NOT_IN_USE),
    ],
)
def test_what_is_no_number_is_refused_with_what_to_do(typed: str, reason: str) -> None:
    assert reason_for(typed) == reason


def test_the_sample_list_has_exactly_the_invalid_numbers_that_it_promises() -> None:
    with (LISTS / "spring_signup.csv").open(encoding="utf-8", newline="") as lines:
        typed = [row["phone"] for row in csv.DictReader(lines)]
    promised = json.loads((LISTS / "expected.json").read_text())["spring_signup.csv"]
    invalid = 0
    for number in typed:
        try:
            parse(number)
        except InvalidNumber:
            invalid += 1
    assert (len(typed), invalid) == (promised["rows"], promised["invalid_number"])


@pytest.mark.parametrize(
    ("typed", "country", "state", "zones"),
    [
        ("850 555 0147", "US", "FL", ("America/Chicago", "America/New_York")),
        ("423 555 0147", "US", "TN", ("America/Chicago", "America/New_York")),
        ("364 555 0147", "US", "KY", ("America/Chicago", "America/New_York")),
        ("602 555 0147", "US", "AZ", ("America/Phoenix",)),
        ("928 555 0147", "US", "AZ", ("America/Denver", "America/Phoenix")),
        ("808 555 0147", "US", "HI", ("Pacific/Honolulu",)),
        ("787 555 0147", "US", "PR", ("America/Puerto_Rico",)),
        ("671 555 0147", "US", "GU", ("Pacific/Guam",)),
        ("416 555 0147", "CA", "ON", ("America/Toronto",)),
        ("902 555 0147", "CA", "", ("America/Halifax",)),
        ("876 555 0147", "JM", "", ("America/Jamaica",)),
        ("800 356 9377", "", "", ()),
        ("+41 44 668 18 00", "CH", "", ("Europe/Zurich",)),
        ("+61 412 345 678", "AU", "", ()),
        ("+881 6 1234 5678", "", "", ()),
    ],
)
def test_a_number_tells_all_the_places_its_owner_may_be(
    typed: str, country: str, state: str, zones: tuple[str, ...]
) -> None:
    number = parse(typed)
    assert (number.country, number.state, number.time_zones) == (country, state, zones)


def test_a_number_without_plus_is_one_of_the_region_named() -> None:
    assert parse("044 668 18 00", "CH").e164 == "+41446681800"


def test_a_number_shown_masked_keeps_country_code_and_last_four_digits() -> None:
    assert mask("+12025550147") == "+1 ••• ••• 0147"
    assert mask("+447911123456") == "+44 ••• ••• 3456"
    assert mask("+881612345678") == "+881 ••• ••• 5678"
    assert mask("nonsense") == "••••••••"
    assert mask("") == ""


def test_a_number_shown_in_full_is_grouped_as_its_country_does() -> None:
    assert display("+12025550147") == "+1 202-555-0147"
    assert display("+447911123456") == "+44 7911 123456"
    assert display("nonsense") == "nonsense"


@given(st.text(max_size=40) | st.text("0123456789+-() .xE", max_size=20))
def test_any_text_is_either_a_number_that_reads_back_or_refused_with_a_reason(typed: str) -> None:
    try:
        number = parse(typed)
    except InvalidNumber as refused:
        outcome = refused.reason[-1]
    else:
        assert number.e164[:-4] not in mask(number.e164)
        assert of_e164(number.e164) == number
        outcome = "."
    assert outcome == "."
