"""Where a person may be: by what they stated, by their postal code and by their number.

What they stated is trusted most, then the postal code, then the area code; but a number does not
follow its owner and people err, so where these disagree every one of them counts.
"""

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from consent.phone_numbers import PhoneNumber, area_codes

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
    number: PhoneNumber, *, time_zone: str = "", postal_code: str = "", place: str = ""
) -> Whereabouts:
    """Gather where the owner of a number may be.

    `time_zone`, `postal_code` and `place` ("US-NY" or "FR") are as the person gave them. A stated
    state with several zones counts with all of them, unless zone or postal code say which.
    """
    country, zones = number.country, set(number.time_zones)
    if not country and number.e164.startswith("+1"):
        country, zones = "US", set(ANYWHERE_IN_THE_STATES)
    coded, coded_zones = of_postal_code(postal_code)
    zones |= coded_zones | ({time_zone} - {""})
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
    """Return all time zones of a state or province ("US-TN"), those of its area codes, or none."""
    if place == "US":
        return frozenset(ANYWHERE_IN_THE_STATES)
    if place in _BY_HAND:
        return frozenset(_BY_HAND[place])
    return _zones_by_place().get(place, frozenset())


@cache
def _zones_by_place() -> Mapping[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for code in area_codes().values():
        if code.state:
            found.setdefault(f"{code.country}-{code.state}", set()).update(code.time_zones)
    return {place: frozenset(zones) for place, zones in found.items()}


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
