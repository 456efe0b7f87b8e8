"""Logs bear no phone number, whoever wrote the line."""

import logging

import pytest

from smscompliance.logs import MaskingFormatter, masked


@pytest.mark.parametrize(
    "number",
    ["+12125550123", "12125550123", "212-555-0123", "(212) 555-0123", "212.555.0123",
     "+44 7700 900123", "+1 (212) 555 0123"],
)  # fmt: skip
@pytest.mark.parametrize("line", ["sent to {}", "Key (number)=({}) already exists.", "'{}', 3"])
def test_numbers_are_masked_however_they_are_spelt(number, line):
    assert "555" not in masked(line.format(number))
    assert "7700" not in masked(line.format(number))


@pytest.mark.parametrize(
    "line",
    [
        "older than 2026-11-21 21:05:44.614172+00:00",
        "Message #1234567 of campaign 12",
        "Task campaigns.send_due[8bea2d4e-1c98-4daf-a4f4-80f79a2fb050] succeeded in 0.12345678s",
        "10.0.0.12:8000 in 127 ms",
    ],
)
def test_times_ids_and_addresses_stay_readable(line):
    assert masked(line) == line


def test_a_traceback_is_masked_too():
    formatter = MaskingFormatter("{asctime} {message}", style="{")
    try:
        raise ValueError("+12125550123")
    except ValueError as fault:
        record = logging.LogRecord(
            "x",
            logging.ERROR,
            "x.py",
            1,
            "it broke",
            None,
            (type(fault), fault, fault.__traceback__),
        )
    line = formatter.format(record)
    assert "2125550123" not in line
    assert line.startswith(record.asctime)
