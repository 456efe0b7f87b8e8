"""People whom the rules see alike get one decision, and it is the one each would get alone."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns.clearance import Facts, Outcome, Promise, decide
from campaigns.clearance_likeness import alike
from campaigns.rulebook.loader import load, rulebook_of
from campaigns.rulebook.values import Basis, Cap, Engagement, Per, RuleKind
from consent.vocabulary import FrequencyUnit, LegalBasis
from tests.campaigns.facts import CLEAR_CAMPAIGN, MONDAY_NOON
from tests.campaigns.test_tightening import a_rule
from tests.promises.any_facts import facts, moments

HOURS = timedelta(hours=1)
STRICT = rulebook_of(
    [
        *load().rules,
        *(
            replace(a_rule(kind, value, applies_to="all"), id=f"house.{n}")
            for n, (kind, value) in enumerate(
                [
                    (RuleKind.ENGAGEMENT, Engagement(6)),
                    (RuleKind.ENGAGEMENT, Engagement(3, Cap(1, 48, Per.ANY))),
                    (RuleKind.CAP, Cap(2, 400, Per.BRAND)),
                    (RuleKind.BASIS, Basis(tuple(LegalBasis), stale_months=5)),
                ]
            )
        ),
    ]
)


@settings(max_examples=150, deadline=None)
@given(facts, moments, st.sampled_from([load(), STRICT]))
def test_what_is_left_out_never_changes_a_decision(found: Facts, moment, book) -> None:
    shared = alike(found, book, moment)
    one, other = decide(found, book, moment), decide(shared, book, moment)
    assert replace(one, authorised_by=None) == replace(other, authorised_by=None)
    assert (one.authorised_by is None) == (other.authorised_by is None)


def test_texts_under_every_limit_are_left_out_and_those_that_fill_one_stay() -> None:
    month = Promise(2, FrequencyUnit.MONTH)
    ago = tuple(MONDAY_NOON - each * HOURS for each in (500, 100))
    one = replace(CLEAR_CAMPAIGN, promise=month, sent_on_topic=ago[:1], sent_at_all=ago)
    two = replace(one, sent_on_topic=ago)
    assert alike(one, load(), MONDAY_NOON).sent_at_all == ()
    assert alike(two, load(), MONDAY_NOON).sent_on_topic == ago


def test_one_text_within_hours_counts_where_a_state_lets_one_through() -> None:
    recent = (MONDAY_NOON - 7 * HOURS,)
    here = replace(CLEAR_CAMPAIGN, sent_at_all=recent)
    maine = replace(here, state="ME")
    moved = replace(here, stated_places=("US-ME",))
    assert alike(here, load(), MONDAY_NOON).sent_at_all == ()
    assert alike(maine, load(), MONDAY_NOON).sent_at_all == recent
    assert alike(moved, load(), MONDAY_NOON).sent_at_all == recent
    assert alike(maine, load(), MONDAY_NOON + 2 * HOURS).sent_at_all == ()


def test_people_who_need_not_confirm_are_alike_and_others_are_not() -> None:
    free = replace(CLEAR_CAMPAIGN, double_opt_in_needed=False)
    bound = replace(CLEAR_CAMPAIGN, double_opt_in_needed=True)
    no, yes = ({"confirmed": each} for each in (False, True))
    sorts = [
        {alike(replace(each, **told), load(), MONDAY_NOON) for told in (no, yes)}
        for each in (free, bound)
    ]
    assert [len(each) for each in sorts] == [1, 2]


@pytest.mark.parametrize("place", ["", "US", "US-NY"])
def test_a_cap_of_the_house_counts_texts_wherever_it_binds(place: str) -> None:
    cap = a_rule(RuleKind.CAP, Cap(1, 48, Per.ANY), place)
    rulebook = rulebook_of([*load().rules, cap])
    here = replace(CLEAR_CAMPAIGN, sent_at_all=(MONDAY_NOON - 30 * HOURS,))
    assert alike(here, rulebook, MONDAY_NOON).sent_at_all == here.sent_at_all
    assert decide(here, rulebook, MONDAY_NOON).outcome is Outcome.HOLD
