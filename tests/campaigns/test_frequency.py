from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from campaigns.frequency import barred, bars, lets_go

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(hours=24)
TICK = timedelta(microseconds=1)


def test_a_fourth_text_waits_until_a_day_after_the_first_of_three() -> None:
    sent = [NOON, NOON + HOUR, NOON + 2 * HOUR]
    spans = barred(sent, 3, DAY)
    assert bars(spans, NOON + 3 * HOUR)
    assert bars(spans, NOON + DAY - TICK)
    assert not bars(spans, NOON + DAY)
    assert lets_go(spans, NOON + 3 * HOUR) == NOON + DAY


def test_three_texts_spread_over_more_than_a_day_bar_nothing() -> None:
    assert barred([NOON, NOON + HOUR, NOON + DAY], 3, DAY) == []


def test_texts_already_scheduled_count_too() -> None:
    later = NOON + 5 * HOUR
    spans = barred([later], 1, DAY)
    assert bars(spans, NOON)
    assert not bars(spans, later - DAY)
    assert lets_go(spans, NOON) == later + DAY


def test_nothing_sent_bars_nothing() -> None:
    assert barred([], 1, DAY) == []
    assert lets_go([], NOON) == NOON


quarters = st.integers(0, 4 * 24 * 4).map(lambda n: NOON + timedelta(minutes=15 * n))


@given(st.lists(quarters, max_size=7), st.integers(1, 4), st.integers(1, 48), quarters)
def test_what_is_barred_is_what_would_break_the_cap_in_some_stretch(
    sent: list[datetime], count: int, hours: int, moment: datetime
) -> None:
    period = timedelta(hours=hours)
    # Every stretch that could be full begins with one of the texts
    full = any(
        sum(start <= each < start + period for each in [*sent, moment]) > count
        and start <= moment < start + period
        for start in [*sent, moment]
    )
    assert bars(barred(sent, count, period), moment) == full
