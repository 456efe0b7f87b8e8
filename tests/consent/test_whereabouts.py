import csv
from zoneinfo import ZoneInfo

import pytest

from consent.phone_numbers import of_e164
from consent.whereabouts import (
    ANYWHERE_IN_THE_STATES,
    Whereabouts,
    is_place,
    of_postal_code,
    place_named,
    whereabouts,
    zones_of,
)

NEW_YORK, CHICAGO, LOS_ANGELES = "America/New_York", "America/Chicago", "America/Los_Angeles"
MANHATTAN = of_e164("+12125550147")


def test_a_number_alone_is_where_its_area_code_is() -> None:
    assert whereabouts(MANHATTAN) == Whereabouts("US", "NY", (), (NEW_YORK,))


def test_what_was_stated_counts_beside_the_area_code() -> None:
    found = whereabouts(MANHATTAN, postal_code="90012", time_zone="America/Denver")
    assert found == Whereabouts("US", "NY", ("US-CA",), ("America/Denver", LOS_ANGELES, NEW_YORK))


def test_a_stated_state_counts_with_all_its_zones_unless_more_is_known() -> None:
    def zones(**stated: str) -> tuple[str, ...]:
        return whereabouts(MANHATTAN, place="US-TN", **stated).time_zones

    assert zones() == (CHICAGO, NEW_YORK)
    assert zones(postal_code="37902") == (NEW_YORK,)
    assert zones(time_zone=NEW_YORK) == (NEW_YORK,)
    assert zones(postal_code="90012") == (CHICAGO, LOS_ANGELES, NEW_YORK)


def test_a_stated_place_whose_time_nobody_knows_makes_the_time_unknown() -> None:
    assert whereabouts(MANHATTAN, place="BR").time_zones == ()
    assert whereabouts(MANHATTAN, place="BR", time_zone="America/Bahia").time_zones == (
        "America/Bahia",
        NEW_YORK,
    )


def test_a_stated_country_counts_beside_the_number_with_all_its_zones() -> None:
    assert whereabouts(MANHATTAN, place="FR") == Whereabouts(
        "US", "NY", ("FR",), (NEW_YORK, "Europe/Paris")
    )
    assert len(whereabouts(MANHATTAN, place="CA").time_zones) > 6


def test_a_stated_country_says_no_more_than_what_lies_in_it() -> None:
    assert whereabouts(MANHATTAN, place="US") == whereabouts(MANHATTAN)
    coded = whereabouts(MANHATTAN, place="CA", postal_code="B3H 4R2")
    assert coded == whereabouts(MANHATTAN, postal_code="B3H 4R2")


@pytest.mark.parametrize(
    ("country", "state", "place"),
    [
        ("", "", ""),
        ("US", "", "US"),
        ("usa", "ny", "US-NY"),
        ("", "US-NY", "US-NY"),
        ("", "FL", "US-FL"),
        ("CA", "ON", "CA-ON"),
        ("CA", "US-NY", ""),
        ("US", "New York", "US"),
        ("", "ZZ", ""),
        ("UK", "", "GB"),
        ("United States", "WA", "US-WA"),
        ("Canada", "ON", "CA-ON"),
        ("Canada", "US-NY", ""),
        ("France", "", ""),
        ("FR", "75", "FR-75"),
    ],
)
def test_cells_name_a_place_by_their_codes(country: str, state: str, place: str) -> None:
    assert place_named(country, state) == place


@pytest.mark.parametrize(
    ("code", "there"),
    [("US", True), ("US-NY", True), ("US-ZZ", False), ("UK", False), ("CA-NU", True), ("x", False)],
)
def test_a_place_is_where_people_can_be(code: str, there: bool) -> None:
    assert is_place(code) is there


def test_toll_free_numbers_may_be_anywhere_in_the_states() -> None:
    assert whereabouts(of_e164("+18005550147")) == Whereabouts("US", "", (), ANYWHERE_IN_THE_STATES)
    assert tuple(sorted(ANYWHERE_IN_THE_STATES)) == ANYWHERE_IN_THE_STATES


def test_a_number_abroad_stays_abroad() -> None:
    assert whereabouts(of_e164("+33612345678")).country == "FR"
    assert whereabouts(of_e164("+33612345678"), place="US-NY").stated_places == ("US-NY",)


@pytest.mark.parametrize(
    ("code", "places", "zones"),
    [
        ("10001", {"US-NY"}, {NEW_YORK}),
        ("10001-0001", {"US-NY"}, {NEW_YORK}),
        ("06390", {"US-CT", "US-NY"}, {NEW_YORK}),
        ("32401", {"US-FL"}, {CHICAGO, NEW_YORK}),
        ("79901", {"US-TX"}, {CHICAGO, "America/Denver"}),
        ("97901", {"US-OR"}, {"America/Boise", LOS_ANGELES}),
        ("86001", {"US-AZ"}, {"America/Denver", "America/Phoenix"}),
        ("96799", {"US-AS", "US-HI"}, {"Pacific/Honolulu", "Pacific/Pago_Pago"}),
        ("00901", {"US-PR"}, {"America/Puerto_Rico"}),
        ("09012", {"US"}, set(ANYWHERE_IN_THE_STATES)),
        ("00000", {"US"}, set(ANYWHERE_IN_THE_STATES)),
        ("K1A 0B1", {"CA-ON"}, {"America/Atikokan", "America/Toronto", "America/Winnipeg"}),
        ("b3h4r2", {"CA-NS"}, {"America/Halifax"}),
        ("SW1A 1AA", set(), set()),
        ("", set(), set()),
    ],
)
def test_postal_codes_say_state_and_zones(code: str, places: set[str], zones: set[str]) -> None:
    assert of_postal_code(code) == (places, zones)


@pytest.mark.parametrize(
    "state", ["IN", "KY", "TN", "FL", "ID", "OR", "ND", "SD", "NE", "TX", "KS", "MI", "AK"]
)
def test_split_states_have_all_their_zones(state: str) -> None:
    assert len(zones_of(f"US-{state}")) > 1


def test_every_zone_of_the_tables_is_one() -> None:
    with open("consent/zip_prefixes.csv", encoding="utf-8") as lines:
        rows = list(csv.DictReader(line for line in lines if not line.startswith("#")))
    names = {name for row in rows for name in row["time_zones"].split()}
    assert {ZoneInfo(name).key for name in {*names, *ANYWHERE_IN_THE_STATES}} >= names
    assert len(rows) > 900
