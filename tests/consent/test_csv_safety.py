import pytest

from consent.csv_safety import safe, unarmed


@pytest.mark.parametrize("text", ["=1+1", "+12125550101", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1"])
def test_what_a_spreadsheet_would_run_is_disarmed(text):
    assert safe(text) == f"'{text}"
    assert unarmed(f"'{text}") == text


@pytest.mark.parametrize("value", ["plain", "", "a=b", "'tis", 7, -7, None])
def test_what_does_no_harm_stays_as_it_is(value):
    assert safe(value) == value


def test_an_apostrophe_of_the_text_itself_stays():
    assert unarmed("'tis") == "'tis"
