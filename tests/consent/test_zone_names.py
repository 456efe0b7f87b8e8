from zoneinfo import available_timezones

import pytest

from consent.zone_names import with_zone_names, zone_name, zone_names


@pytest.mark.parametrize(
    ("zone", "name"),
    [
        ("America/New_York", "New York time"),
        ("America/St_Johns", "St. Johns time"),
        ("America/Port-au-Prince", "Port-au-Prince time"),
        ("America/North_Dakota/New_Salem", "New Salem (North Dakota) time"),
        ("US/Eastern", "Eastern time"),
        ("Etc/GMT+6", "UTC-6"),
        ("Etc/GMT-14", "UTC+14"),
        ("Etc/UTC", "UTC"),
        ("UTC", "UTC"),
    ],
)
def test_a_zone_is_named_by_its_city(zone, name):
    assert zone_name(zone) == name


def test_no_name_of_a_zone_reads_like_an_id():
    assert [zone for zone in available_timezones() if set("/_") & set(zone_name(zone))] == []


@pytest.mark.parametrize(
    ("zones", "said"),
    [
        ([], ""),
        (["America/Denver"], "Denver time"),
        (["America/Chicago", "America/New_York"], "Chicago or New York time"),
        (["Asia/Tokyo", "Europe/Paris", "Europe/Rome"], "Tokyo, Paris or Rome time"),
        (["America/Chicago", "UTC"], "UTC or Chicago time"),
    ],
)
def test_several_zones_are_said_at_once(zones, said):
    assert zone_names(zones) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "The person may be in America/Chicago, America/New_York.",
            "The person may be in Chicago or New York time.",
        ),
        (
            "It is outside 09:00-21:00 by the clock of Etc/GMT+6 somewhere the person may be.",
            "It is outside 09:00-21:00 by UTC-6 somewhere the person may be.",
        ),
        ("America/Denver", "Denver time"),
        (
            "Directive 2002/58/EC and Terms/Privacy stay.",
            "Directive 2002/58/EC and Terms/Privacy stay.",
        ),
        ("America/Nowhere, Europe/Paris", "America/Nowhere, Europe/Paris"),
        ("", ""),
    ],
)
def test_sentences_are_said_with_names(text, said):
    assert with_zone_names(text) == said
