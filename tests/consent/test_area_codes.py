"""The table of area codes knows at least what the library does, and says why where it differs."""

from collections import defaultdict
from zoneinfo import ZoneInfo

import phonenumbers
from phonenumbers.tzdata import TIMEZONE_DATA

from consent.phone_numbers import area_codes

LEFT_OUT_ON_PURPOSE = {
    ("879", "America/Puerto_Rico"): "Newfoundland and Labrador; Atlantic time is Halifax's there",
    ("907", "Pacific/Honolulu"): "Alaska; the western Aleutians are Adak",
}
EXCHANGES = ("2345678", "5550100", "4321234")


def zones_by_area_code() -> dict[str, set[str]]:
    found = defaultdict(set)
    for prefix, zones in TIMEZONE_DATA.items():
        if prefix.startswith("1") and len(prefix) >= 4:
            found[prefix[1:4]].update(zones)
    return found


def test_every_area_code_in_use_is_in_the_table() -> None:
    in_use = {
        f"{code}"
        for code in range(200, 1000)
        for rest in EXCHANGES
        if phonenumbers.is_valid_number(
            phonenumbers.PhoneNumber(country_code=1, national_number=int(f"{code}{rest}"))
        )
    }
    assert in_use - area_codes().keys() == set()


def test_no_zone_that_the_library_knows_is_missing() -> None:
    missing = {
        (code, zone)
        for code, zones in zones_by_area_code().items()
        if code in area_codes()
        for zone in zones - set(area_codes()[code].time_zones)
    }
    assert missing == LEFT_OUT_ON_PURPOSE.keys()


def test_every_geographic_code_of_the_united_states_has_a_state_and_a_zone() -> None:
    bare = [
        code
        for code, known in area_codes().items()
        if known.country == "US" and not (known.state and known.time_zones)
    ]
    assert bare == []


def test_every_zone_named_exists() -> None:
    for known in area_codes().values():
        for zone in known.time_zones:
            ZoneInfo(zone)
