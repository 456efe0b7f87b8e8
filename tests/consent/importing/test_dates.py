from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from consent.importing.dates import DateForm, Dates, Tally, written
from consent.importing.proof import NoProof

NEW_YORK = ZoneInfo("America/New_York")
DMY, MDY = Dates(DateForm.DMY, NEW_YORK), Dates(DateForm.MDY, NEW_YORK)


@pytest.mark.parametrize(
    ("dates", "text", "found"),
    [
        (DMY, "03/04/2025", datetime(2025, 4, 3, 4, 0)),
        (MDY, "03/04/2025", datetime(2025, 3, 4, 5, 0)),
        (DMY, "24.10.2024 00:07", datetime(2024, 10, 24, 4, 7)),
        (MDY, "08/14/2026 12:41 PM", datetime(2026, 8, 14, 16, 41)),
        (MDY, "08/14/2026 12:05 a.m.", datetime(2026, 8, 14, 4, 5)),
        (MDY, "8-4-26, 9:05:30", datetime(2026, 8, 4, 13, 5, 30)),
        (Dates(DateForm.YMD, NEW_YORK), "25/03/04", datetime(2025, 3, 4, 5, 0)),
        (DMY, "2025/03/04 10:00", datetime(2025, 3, 4, 15, 0)),
        (DMY, "2025-03-04 10:00:00", datetime(2025, 3, 4, 15, 0)),
        (DMY, "2025-03-04", datetime(2025, 3, 4, 5, 0)),
        (DMY, "4 Mar 2025 10:00", datetime(2025, 3, 4, 15, 0)),
        (DMY, "March 4, 2025 at", None),
        (MDY, "March 4th, 2025", datetime(2025, 3, 4, 5, 0)),
        (DMY, "03/04/2025 10:00 +02:00", datetime(2025, 4, 3, 8, 0)),
        (DMY, "03/04/2025 10:00 UTC", datetime(2025, 4, 3, 10, 0)),
        (DMY, "2025-03-04T14:05:00-05:00", datetime(2025, 3, 4, 19, 5)),
        (DMY, "03/25/2025", None),
        (MDY, "25/03/2025", None),
        (MDY, "02/30/2025", None),
        (MDY, "03/04/2025 13:00 PM", None),
        (MDY, "03/04/2025 24:30", None),
        (Dates(zone=NEW_YORK), "03/04/2025", None),
        (Dates(DateForm.DMY), "03/04/2025", None),
        (DMY, "", None),
        (DMY, "45721", None),
    ],
)
def test_a_date_is_read_as_a_person_said_and_in_no_other_way(dates, text, found):
    if found is None:
        with pytest.raises(NoProof):
            dates.moment(text)
    else:
        assert dates.moment(text) == found.replace(tzinfo=UTC)


def test_who_left_on_a_day_left_at_its_end_and_an_hour_told_twice_is_the_later_one():
    assert DMY.leaving("03/04/2025") == datetime(2025, 4, 4, 3, 59, 59, tzinfo=UTC)
    assert DMY.leaving("2025-04-03") == datetime(2025, 4, 4, 3, 59, 59, tzinfo=UTC)
    assert DMY.leaving("03/04/2025 10:00") == datetime(2025, 4, 3, 14, 0, tzinfo=UTC)
    twice = "02/11/2025 01:30"  # the clocks go back an hour later
    assert DMY.moment(twice) == datetime(2025, 11, 2, 5, 30, tzinfo=UTC)
    assert DMY.leaving(twice) == datetime(2025, 11, 2, 6, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("2025-03-04T14:05:00-05:00", "zoned"),
        ("2025-03-04 14:05:00 -0500", "zoned"),
        ("2025-03-04 14:05", "no_zone"),
        ("2025/03/04", "no_zone"),
        ("4 Mar 2025", "no_zone"),
        ("25/03/2025", "day_first"),
        ("03/25/2025", "month_first"),
        ("03/04/2025", "either"),
        ("25/03/11", "either"),
        ("13/13/2025", "none"),
        ("212-555-0101", "none"),
        ("+12125550101", "none"),
        ("N/A", "none"),
        ("last spring", "none"),
        ("", "none"),
    ],
)
def test_a_cell_says_how_its_date_is_written(text, kind):
    assert written(text) == kind


@pytest.mark.parametrize(
    ("cells", "proposed", "needs_form", "contradictory"),
    [
        (["25/03/2025", "03/04/2025"], DateForm.DMY, True, False),
        (["03/25/2025", "03/04/2025"], DateForm.MDY, True, False),
        (["03/04/2025"], None, True, False),
        (["03/25/2025", "25/03/2025"], None, True, True),
        (["2025-03-04"], None, False, False),
    ],
)
def test_a_form_is_proposed_only_where_a_date_settles_it(
    cells, proposed, needs_form, contradictory
):
    tally = Tally()
    for cell in cells:
        tally.add(cell)
    assert (tally.proposed, tally.needs_form) == (proposed, needs_form)
    assert (tally.contradictory, tally.needs_zone) == (contradictory, True)
