"""Folding events into a standing, case by case and for any order."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.standing import NOTHING_KNOWN, Happening, fold, fold_suppressions
from consent.vocabulary import EventKind, LegalBasis, Source, Standing

START = datetime(2026, 1, 5, 12, tzinfo=UTC)


def story(*kinds, topic=1):
    return [
        Happening(n, EventKind(kind), START + timedelta(days=n), topic, LegalBasis.EXPRESS_WRITTEN)
        for n, kind in enumerate(kinds, start=1)
    ]


def standing_after(*kinds):
    return fold(story(*kinds)).standing


def test_nothing_heard_means_unknown():
    assert fold([]) == NOTHING_KNOWN


def test_a_request_is_pending_until_confirmed():
    assert standing_after("requested") is Standing.PENDING
    asked, agreed = story("requested", "confirmed")
    assert fold([asked, agreed]).standing is Standing.OPTED_IN
    assert fold([asked, agreed]).authorised_by == agreed.id
    assert fold([asked, agreed]).confirmed is True


def test_a_confirmation_without_a_request_means_nothing():
    assert standing_after("confirmed") is Standing.UNKNOWN
    assert standing_after("opted_out", "confirmed") is Standing.OPTED_OUT
    assert standing_after("requested", "expired", "confirmed") is Standing.LAPSED


def test_an_opt_out_ends_everything_before_it():
    assert standing_after("requested", "confirmed", "opted_out") is Standing.OPTED_OUT
    assert standing_after("requested", "opted_out", "confirmed") is Standing.OPTED_OUT


def test_a_request_after_an_opt_out_does_not_wipe_it_until_confirmed():
    assert fold(story("opted_out", "requested")).opted_out_by == 1
    assert fold(story("opted_out", "requested", "expired")).opted_out_by == 1
    assert fold(story("opted_out", "requested", "confirmed")).opted_out_by is None


def test_asking_again_while_opted_in_changes_nothing():
    assert fold(story("requested", "confirmed", "requested")) == fold(
        story("requested", "confirmed")
    )


def test_an_opt_out_of_every_topic_counts_for_each():
    events = [
        *story("requested", "confirmed"),
        Happening(9, EventKind.OPTED_OUT, START + timedelta(days=9), None),
    ]
    assert fold(events).standing is Standing.OPTED_OUT


def test_a_correction_voids_what_it_names_and_no_more():
    events = story("opted_in", "opted_in")
    undone = Happening(7, EventKind.CORRECTED, START + timedelta(days=7), 1, corrects=2)
    assert fold([*events, undone]).authorised_by == 1


def test_what_is_recorded_late_counts_from_when_it_happened():
    agreed = Happening(1, EventKind.OPTED_IN, START + timedelta(days=5), 1, LegalBasis.EXPRESS)
    letter = Happening(2, EventKind.OPTED_OUT, START, 1)
    assert fold([agreed, letter]).standing is Standing.OPTED_IN


def test_the_standing_as_of_a_moment_knows_nothing_later():
    events = story("requested", "confirmed", "opted_out")
    assert fold(events, as_of=START + timedelta(days=2)).standing is Standing.OPTED_IN
    assert fold(events, as_of=START).standing is Standing.UNKNOWN


def test_a_suppression_stands_until_lifted():
    events = story("suppressed", topic=None)
    assert set(fold_suppressions(events)) == {None}
    lifted = Happening(2, EventKind.SUPPRESSION_LIFTED, START + timedelta(days=2), None)
    assert fold_suppressions([*events, lifted]) == {}


@pytest.mark.parametrize("first", [Source.REASSIGNED, Source.OTHER])
def test_a_bar_that_joining_lifts_hides_no_other_whichever_came_first(first):
    bars = [
        Happening(1, EventKind.SUPPRESSED, START, None, source=first),
        Happening(
            2,
            EventKind.SUPPRESSED,
            START + timedelta(days=1),
            None,
            source=Source.OTHER if first is Source.REASSIGNED else Source.REASSIGNED,
        ),
    ]
    other = next(bar for bar in bars if bar.source is Source.OTHER)
    assert fold_suppressions(bars)[None].event == other.id


def test_a_bar_that_had_ended_hides_no_later_one():
    bars = [
        Happening(1, EventKind.SUPPRESSED, START, None, expires_at=START + timedelta(hours=1)),
        Happening(
            2, EventKind.SUPPRESSED, START + timedelta(days=1), None, source=Source.REASSIGNED
        ),
    ]
    assert fold_suppressions(bars)[None].event == 2


happenings = st.builds(
    Happening,
    id=st.integers(1, 10_000),
    kind=st.sampled_from([kind for kind in EventKind if kind is not EventKind.CORRECTED]),
    occurred_at=st.integers(0, 400).map(lambda hours: START + timedelta(hours=hours)),
    topic=st.sampled_from([1, None]),
    basis=st.just(LegalBasis.EXPRESS),
    source=st.sampled_from([Source.OTHER, Source.REASSIGNED]),
)
histories = st.lists(happenings, max_size=12, unique_by=lambda event: event.id)


@given(histories, st.randoms())
def test_the_order_in_which_events_are_read_does_not_matter(events, random):
    shuffled = list(events)
    random.shuffle(shuffled)
    assert fold(shuffled) == fold(events)
    assert fold_suppressions(shuffled) == fold_suppressions(events)


@given(histories)
def test_whoever_left_last_is_never_opted_in(events):
    left = Happening(10_001, EventKind.OPTED_OUT, START + timedelta(hours=500), None)
    assert fold([*events, left]).standing is Standing.OPTED_OUT


@given(histories)
def test_only_an_opted_in_standing_names_what_authorises_it(events):
    state = fold(events)
    assert (state.authorised_by is not None) == (state.standing is Standing.OPTED_IN)
