from datetime import UTC, datetime

import pytest

from smscompliance.devstack import demo_clock
from smscompliance.devstack.demo_clock import NEW_YORK, Jump


def new_york(*numbers):
    return datetime(*numbers, tzinfo=NEW_YORK)


@pytest.fixture
def clock_file(tmp_path):
    return tmp_path / "clock"


SATURDAY_NIGHT = new_york(2026, 11, 21, 22, 15)


def test_without_a_file_the_clock_shows_real_time(clock_file):
    assert demo_clock.demo_now(clock_file, SATURDAY_NIGHT) == SATURDAY_NIGHT


def test_on_saturday_night_the_clock_opens_on_monday_at_ten(clock_file):
    assert demo_clock.open_for_business(clock_file, SATURDAY_NIGHT) == new_york(2026, 11, 23, 10)
    assert demo_clock.demo_now(clock_file, SATURDAY_NIGHT) == new_york(2026, 11, 23, 10)


@pytest.mark.parametrize(
    ("real", "opened"),
    [
        (new_york(2026, 11, 18, 9, 0), None),
        (new_york(2026, 11, 18, 15, 59), None),
        (new_york(2026, 11, 18, 16, 0), new_york(2026, 11, 19, 10)),
        (new_york(2026, 11, 18, 8, 59), new_york(2026, 11, 18, 10)),
        (new_york(2026, 11, 20, 17, 30), new_york(2026, 11, 23, 10)),
    ],
)
def test_the_clock_is_left_alone_in_business_hours_only(clock_file, real, opened):
    assert demo_clock.open_for_business(clock_file, real) == opened


def test_a_later_start_moves_the_clock_on_and_never_back(clock_file):
    demo_clock.open_for_business(clock_file, SATURDAY_NIGHT)
    before = demo_clock.read_shift(clock_file)
    an_hour_later = SATURDAY_NIGHT.astimezone(UTC).replace(day=22, hour=4, minute=15)
    assert demo_clock.open_for_business(clock_file, an_hour_later) is None
    assert demo_clock.read_shift(clock_file) == before
    monday_evening = new_york(2026, 11, 23, 20)  # shifted, this is Wednesday, 07:45
    assert demo_clock.open_for_business(clock_file, monday_evening) == new_york(2026, 11, 25, 10)


def test_the_clock_refuses_to_run_back(clock_file):
    demo_clock.set_shift(clock_file, 100)
    with pytest.raises(ValueError, match="forward"):
        demo_clock.set_shift(clock_file, 99)
    assert demo_clock.read_shift(clock_file) == 100


@pytest.mark.parametrize(
    ("now", "jump", "then"),
    [
        (new_york(2026, 11, 20, 9, 0), Jump.NEXT_HOUR, new_york(2026, 11, 20, 10, 0)),
        (new_york(2026, 11, 20, 9, 0), Jump.NEXT_MORNING, new_york(2026, 11, 20, 9, 30)),
        (new_york(2026, 11, 20, 9, 30), Jump.NEXT_MORNING, new_york(2026, 11, 23, 9, 30)),
        (new_york(2026, 10, 30, 12, 0), Jump.NEXT_MORNING, new_york(2026, 11, 2, 9, 30)),
        (new_york(2026, 11, 20, 12, 0), Jump.NEXT_MONTH, new_york(2026, 12, 21, 10, 0)),
        (new_york(2027, 1, 31, 12, 0), Jump.NEXT_MONTH, new_york(2027, 3, 1, 10, 0)),
        (new_york(2026, 12, 15, 12, 0), Jump.NEXT_MONTH, new_york(2027, 1, 15, 10, 0)),
        (new_york(2026, 10, 31, 12, 0), Jump.NEXT_MONTH, new_york(2026, 11, 30, 10, 0)),
    ],
)
def test_each_button_leads_where_it_says(clock_file, now, jump, then):
    assert demo_clock.jump_to(clock_file, jump, now) == then
    assert demo_clock.demo_now(clock_file, now) == then


def test_jumps_add_up(clock_file):
    now = new_york(2026, 11, 20, 9, 0)
    demo_clock.jump_to(clock_file, "next_hour", now)
    assert demo_clock.jump_to(clock_file, "next_hour", now) == new_york(2026, 11, 20, 11, 0)


def test_the_products_clock_follows_the_file(clock_file, settings):
    from consent import clock

    settings.CLOCK_FILE = str(clock_file)
    demo_clock.set_shift(clock_file, 86_400)
    ahead = clock.now() - demo_clock.real_now()
    assert round(ahead.total_seconds()) == 86_400
