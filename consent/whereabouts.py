"""Where a person may be: by what they stated, by their postal code and by their number.

What they stated is trusted most, then the postal code, then the area code; but a number does not
follow its owner and people err, so where these disagree every one of them counts.
"""

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path

from phonenumbers import SUPPORTED_REGIONS

from consent.phone_numbers import TOO_MANY_ZONES, PhoneNumber, area_codes

ANYWHERE_IN_THE_STATES = (
    "America/Adak",
    "America/Anchorage",
    "America/Chicago",
    "America/Denver",
    "America/Los_Angeles",
    "America/New_York",
    "America/Phoenix",
    "America/Puerto_Rico",
    "Pacific/Honolulu",
)
"""For toll-free numbers and area codes that we do not know. The islands beyond Hawaii are left out:
with them no hour is a working one everywhere, and nothing would ever be sent."""

_CANADA = {
    **dict.fromkeys("GHJ", "QC"),
    **dict.fromkeys("KLMNP", "ON"),
    "A": "NL",
    "B": "NS",
    "C": "PE",
    "E": "NB",
    "R": "MB",
    "S": "SK",
    "T": "AB",
    "V": "BC",
    "X": "NT",
    "Y": "YT",
}
# Area codes there are shared between provinces, so the table by area code can't tell
_BY_HAND = {
    "CA-NS": ("America/Halifax",),
    "CA-PE": ("America/Halifax",),
    "CA-NT": ("America/Edmonton", "America/Iqaluit", "America/Rankin_Inlet", "America/Resolute"),
    "CA-NU": ("America/Edmonton", "America/Iqaluit", "America/Rankin_Inlet", "America/Resolute"),
    "CA-YT": ("America/Whitehorse",),
}
_PLACE = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?", re.ASCII)
_ZIP = re.compile(r"(\d{3})\d{2}(?:-?\d{4})?", re.ASCII)
_CANADIAN = re.compile(r"([A-Z])\d[A-Z] ?\d[A-Z]\d", re.ASCII)


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """All places where a person may be.

    `country` and `state` are the number's; `stated_places` are those stated or of the postal code,
    as "US-NY", or "US" where the part is unknown. `time_zones` are all of them, sorted; () when
    nobody knows.
    """

    country: str
    state: str
    stated_places: tuple[str, ...]
    time_zones: tuple[str, ...]


def whereabouts(
    number: PhoneNumber, time_zone: str = "", postal_code: str = "", place: str = ""
) -> Whereabouts:
    """Gather where the owner of a number may be.

    `time_zone`, `postal_code` and `place` ("US-NY" or "FR") are as the person gave them. A stated
    state with several zones counts with all of them, unless zone or postal code say which. A stated
    country counts where nothing else lies in it.
    """
    country, zones = number.country, set(number.time_zones)
    if not country and number.e164.startswith("+1"):
        country, zones = "US", set(ANYWHERE_IN_THE_STATES)
    coded, coded_zones = of_postal_code(postal_code)
    zones |= coded_zones | ({time_zone} - {""})
    if place == country or any(each.startswith(f"{place}-") for each in coded):
        place = ""  # a bare country says no more than the number or the postal code within it
    if place and not time_zone and not any(each.startswith(place) for each in coded):
        # A place whose zones we do not know makes the time there unknown, whatever else we know
        zones = zones | zones_of(place) if zones_of(place) else set()
    stated = tuple(sorted({*coded, place} - {""}))
    return Whereabouts(country, number.state, stated, tuple(sorted(zones)))


def of_postal_code(postal_code: str) -> tuple[frozenset[str], frozenset[str]]:
    """Return the places and time zones of a ZIP code or a Canadian postal code.

    A ZIP code that we do not know is somewhere in the United States; any other code says nothing.
    """
    text = " ".join(postal_code.upper().split())
    if found := _ZIP.fullmatch(text):
        known = _zip_prefixes().get(found[1])
        return known or (frozenset({"US"}), zones_of("US"))
    if (found := _CANADIAN.fullmatch(text)) and found[1] in _CANADA:
        place = f"CA-{_CANADA[found[1]]}"
        return frozenset({place}), zones_of(place)
    return frozenset(), frozenset()


def zones_of(place: str) -> frozenset[str]:
    """Return all time zones of a state, province or country, or none where they are too many.

    Those of "US-TN" are by its area codes; parts of other countries count as the whole.
    """
    if place == "US":
        return frozenset(ANYWHERE_IN_THE_STATES)
    if place in _BY_HAND:
        return frozenset(_BY_HAND[place])
    if place == "CA":
        found = frozenset().union(*(zones_of(f"CA-{each}") for each in _CANADA.values()))
        return found | zones_of("CA-NU")
    if place in _zones_by_place():
        return _zones_by_place()[place]
    country, _, part = place.partition("-")
    zones = frozenset() if part and country in {"US", "CA"} else _zones_of_countries().get(country)
    return zones if zones and len(zones) <= TOO_MANY_ZONES else frozenset()


def is_place(code: str) -> bool:
    """Say whether people can be there: a country that has numbers, or a part of one.

    Parts are known of the United States and Canada alone; others are taken as they come.
    """
    if not _PLACE.fullmatch(code):
        return False
    country, _, part = code.partition("-")
    known = country in SUPPORTED_REGIONS
    return known and (not part or country not in {"US", "CA"} or bool(zones_of(code)))


_IN_LISTS = {
    **dict.fromkeys(("USA", "UNITED STATES", "UNITED STATES OF AMERICA"), "US"),
    **dict.fromkeys(("CAN", "CANADA"), "CA"),
    **dict.fromkeys(("UK", "UNITED KINGDOM"), "GB"),
}


def place_named(country: str, state: str) -> str:
    """Return the place that two cells of a list name by their ISO codes, "" where none does.

    A state alone is one of the United States; one that says its country itself needs no other. The
    countries that most lists are about may go by their names.
    """
    country, state = country.strip().upper(), state.strip().upper()
    country = _IN_LISTS.get(country, country)
    wanted = state if "-" in state else f"{country or 'US'}-{state}" if state else country
    if country and wanted.partition("-")[0] != country:
        return ""
    found = (each for each in (wanted, country) if is_place(each))
    return next(found, "")


def country_name(code: str) -> str:
    """Return the country of an ISO code as people call it, or the code where it has no name."""
    return _country_names().get(code, code)


@cache
def _country_names() -> Mapping[str, str]:
    """Read the names in the time zone database's own table."""
    table = resources.files("tzdata") / "zoneinfo" / "iso3166.tab"
    lines = table.read_text(encoding="utf-8").splitlines()
    return dict(line.split("\t") for line in lines if line and not line.startswith("#"))


@cache
def _zones_by_place() -> Mapping[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for code in area_codes().values():
        if code.state:
            found.setdefault(f"{code.country}-{code.state}", set()).update(code.time_zones)
    return {place: frozenset(zones) for place, zones in found.items()}


@cache
def _zones_of_countries() -> Mapping[str, frozenset[str]]:
    """Read the time zone database's own table, as it comes with the package of that name."""
    found: dict[str, set[str]] = {}
    table = resources.files("tzdata") / "zoneinfo" / "zone.tab"
    for line in table.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            country, _, zone, *_ = line.split("\t")
            found.setdefault(country, set()).add(zone)
    return {country: frozenset(zones) for country, zones in found.items()}


@cache
def _zip_prefixes() -> Mapping[str, tuple[frozenset[str], frozenset[str]]]:
    with (Path(__file__).parent / "zip_prefixes.csv").open(encoding="utf-8", newline="") as lines:
        return {
            row["prefix"]: (
                frozenset(f"US-{state}" for state in row["states"].split()),
                frozenset(row["time_zones"].split()),
            )
            for row in csv.DictReader(line for line in lines if not line.startswith("#"))
        }
