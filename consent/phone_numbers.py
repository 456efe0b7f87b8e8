"""From a number as people type it to E.164, where its owner may be, and how to show it."""

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, PhoneNumberType
from phonenumbers.timezone import time_zones_for_number

TOO_MANY_ZONES = 6  # more than this and the source means "somewhere in the country"

EMPTY = "There is no number here: type one with its area code."
LETTERS = "This has letters in it: type the digits that they stand for."
SPREADSHEET = (
    "A spreadsheet has rounded this number and its last digits are lost: in the original file "
    'format the column as "Text" or "Number" without decimals, then save the list as CSV again.'
)
NO_AREA_CODE = "This number lacks its area code: type all ten digits."
TOO_SHORT = "This number is too short: type it whole, with its area code or country code."
EXTENSION = "This number has an extension, which texts cannot reach: type a mobile number."
TOO_LONG = "This number has too many digits: type one number, without an extension."
NO_COUNTRY = "No country has this code: check the digits after the +."
NOT_IN_USE = "No telephone can have this number: check it for a slip."

_ROUNDED = re.compile(r"\+?\d+(?:[.,]\d+)?e\+?\d+", re.IGNORECASE | re.ASCII)
_EXTENSION = re.compile(r"(?:ext\.?|extension|x|#)\s*\d{1,7}$", re.IGNORECASE)
_JOINS = frozenset(" \t\u00a0+-().\u2010\u2011\u2012\u2013\u2014/")
# How nearly all numbers on lists are written; each of them is read as `phonenumbers` reads it
_PLAIN = re.compile(
    r" *(?:\+?1[ .-]?)?\(?([2-9]\d\d)\)?[ .-]{0,2}([2-9]\d\d)[ .-]?(\d{4}) *", re.ASCII
)
# A column of them as exports have it; some of the area codes are none
_EXPORTED = re.compile(r"(?:\+1[2-9]\d\d[2-9]\d{6}\n)*", re.ASCII)
_CLEANED = dict.fromkeys(map(ord, "\u200b\u200e\u200f\u202a\u202c\u2060\ufeff"), "")
_CLEANED[ord("\u202f")] = " "


_SERVICES = frozenset(
    {
        PhoneNumberType.TOLL_FREE,
        PhoneNumberType.PREMIUM_RATE,
        PhoneNumberType.SHARED_COST,
        PhoneNumberType.PAGER,
        PhoneNumberType.UAN,
        PhoneNumberType.VOICEMAIL,
    }
)


class InvalidNumber(ValueError):  # noqa: N818  reads as what it is where it is caught
    """A typed number that no telephone can have; `reason` says so to the person who typed it."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class PhoneNumber(NamedTuple):
    """A valid number and where its owner may be.

    `country` is ISO 3166, with the territories of the United States under US; "" when unknown.
    `state` is a state, territory or province of US or CA, or "". `time_zones` are all the zones
    that the owner may be in, sorted; () when that is anybody's guess (toll-free, satellite).
    """

    e164: str
    country: str
    state: str
    time_zones: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AreaCode:
    """What a row of `area_codes.csv` says."""

    country: str
    state: str
    time_zones: tuple[str, ...]


@cache
def area_codes() -> dict[str, AreaCode]:
    """Return what is known of each area code of country code +1."""
    with (Path(__file__).parent / "area_codes.csv").open(encoding="utf-8", newline="") as lines:
        rows = csv.DictReader(line for line in lines if not line.startswith("#"))
        return {
            row["area_code"]: AreaCode(
                row["country"], row["state"], tuple(row["time_zones"].split())
            )
            for row in rows
        }


def parse(typed: str, region: str = "US") -> PhoneNumber:
    """Read a number as typed; without a leading + it is taken as one of `region`.

    Raise `InvalidNumber`, whose reason is a sentence for the person who typed it.
    """
    if region == "US" and (plain := plain_number(typed)):
        known = area_codes()[plain[1]]
        return PhoneNumber(plain[0], known.country, known.state, known.time_zones)
    return parse_slowly(typed, region)


def plain_number(typed: str) -> tuple[str, str] | None:
    """Return a number of North America as E.164 and its area code, or None where it is not plain.

    A plain one is valid, takes texts and is where its area code is.
    """
    if len(typed) == 12 and typed[:2] == "+1" and typed[1:].isdigit() and typed.isascii():
        area = typed[2:5]  # as exports have it: no need to take it apart
        return (typed, area) if typed[5] > "1" and area in _plain_area_codes() else None
    plain = _PLAIN.fullmatch(typed)
    if plain is None:
        return None
    area, exchange, line = plain.groups()
    return (f"+1{area}{exchange}{line}", area) if area in _plain_area_codes() else None


def plain_numbers(typed: Sequence[str]) -> Sequence[str | None]:
    """Return what `plain_number` says of each, without the area code."""
    lines = "\n".join(typed) + "\n"
    as_exported = len(lines) == 13 * len(typed) and _EXPORTED.fullmatch(lines)
    if as_exported and {number[2:5] for number in typed} <= _plain_area_codes():
        return typed
    return [plain and plain[0] for plain in map(plain_number, typed)]


@cache
def _plain_area_codes() -> frozenset[str]:
    """Return the area codes in which every number from 200-0000 on is a valid one.

    The islands keep lists of exchanges, and 983 leaves one out; all of them go the slow way.
    """
    islands = {"AS", "GU", "MP", "VI"}
    return frozenset(
        code
        for code, known in area_codes().items()
        if known.country in {"US", "CA"} and known.state not in islands and code != "983"
    )


def parse_slowly(typed: str, region: str = "US") -> PhoneNumber:
    """Read a number as `parse` does, by `phonenumbers` alone; ten times slower."""
    text = typed.translate(_CLEANED).strip()
    if not text:
        raise InvalidNumber(EMPTY)
    if _ROUNDED.fullmatch(text):
        raise InvalidNumber(SPREADSHEET)
    if _EXTENSION.search(text):
        raise InvalidNumber(EXTENSION)
    if any(mark.isalpha() for mark in text):
        raise InvalidNumber(LETTERS)
    if not all(mark.isdigit() or mark in _JOINS or mark == "\uff0b" for mark in text):
        raise InvalidNumber(NOT_IN_USE)
    try:
        number = phonenumbers.parse(text, region)
    except NumberParseException as fault:
        raise InvalidNumber(_why_unread(fault.error_type)) from None
    if not phonenumbers.is_valid_number(number):
        raise InvalidNumber(_why_invalid(number, text))
    e164 = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    if number.country_code == 1:
        known = area_codes().get(e164[2:5])
        return (
            PhoneNumber(e164, known.country, known.state, known.time_zones)
            if known
            else PhoneNumber(e164, "", "", ())
        )
    return PhoneNumber(e164, _country(number), "", _zones(number))


def takes_texts(e164: str) -> bool:
    """Say whether a valid number may be a mobile one.

    In North America numbers move between landlines and mobiles, so only services are told apart.
    """
    american = e164[:2] == "+1"
    if american and e164[2:5] in _plain_area_codes():
        return True
    kind = phonenumbers.number_type(phonenumbers.parse(e164, None))
    return kind not in _SERVICES and (american or kind != PhoneNumberType.FIXED_LINE)


def of_e164(e164: str) -> PhoneNumber:
    """Say where the owner of a number kept as E.164 may be."""
    return parse(e164, "ZZ")


def mask(e164: str) -> str:
    """Show a number by its country code and last four digits: +1 ••• ••• 0147."""
    if not e164.startswith("+") or len(e164) < 8:
        return "•" * len(e164)
    return f"{_country_code(e164)} ••• ••• {e164[-4:]}"


def display(e164: str) -> str:
    """Show a number in full, grouped as its country does: +1 202-555-0147."""
    try:
        number = phonenumbers.parse(e164, None)
    except NumberParseException:
        return e164
    return phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL)


def _country_code(e164: str) -> str:
    for length in (1, 2, 3):
        if int(e164[1 : 1 + length]) in phonenumbers.COUNTRY_CODE_TO_REGION_CODE:
            return e164[: 1 + length]
    return e164[:2]


def _country(number: phonenumbers.PhoneNumber) -> str:
    region = phonenumbers.region_code_for_number(number) or ""
    return region if region.isalpha() and len(region) == 2 else ""


def _zones(number: phonenumbers.PhoneNumber) -> tuple[str, ...]:
    zones = set(time_zones_for_number(number)) - {"Etc/Unknown"}
    return tuple(sorted(zones)) if len(zones) <= TOO_MANY_ZONES else ()


def _why_unread(error_type: int) -> str:
    return {
        NumberParseException.INVALID_COUNTRY_CODE: NO_COUNTRY,
        NumberParseException.TOO_LONG: TOO_LONG,
        NumberParseException.TOO_SHORT_NSN: TOO_SHORT,
        NumberParseException.TOO_SHORT_AFTER_IDD: TOO_SHORT,
    }.get(error_type, NOT_IN_USE)


def _why_invalid(number: phonenumbers.PhoneNumber, text: str) -> str:
    digits = sum(mark.isdigit() for mark in text)
    if number.country_code == 1 and digits == 7:
        return NO_AREA_CODE
    result = phonenumbers.is_possible_number_with_reason(number)
    if result == phonenumbers.ValidationResult.TOO_LONG:
        return TOO_LONG
    if result in {
        phonenumbers.ValidationResult.TOO_SHORT,
        phonenumbers.ValidationResult.IS_POSSIBLE_LOCAL_ONLY,
    }:
        return TOO_SHORT
    return NOT_IN_USE
