from dataclasses import replace
from datetime import UTC, datetime, time

import pytest

from campaigns.quiet_hours import Window
from campaigns.rulebook.loader import ALL, HOUSE, Rule, RuleKind, RuleStatus, load, rulebook_of
from campaigns.rulebook.values import Basis, Cap, Engagement, Per
from campaigns.tightening import Judgement, judge
from consent.vocabulary import LegalBasis

NOW = datetime(2026, 11, 3, 12, tzinfo=UTC)
WITHOUT_DEFAULT = rulebook_of(each for each in load().rules if each.id != "house.hours")


def a_rule(kind, value, place="", applies_to="promotional"):
    return Rule(
        id="house.new",
        jurisdiction=f"{HOUSE}-{place}" if place else HOUSE,
        applies_to=frozenset({applies_to}),
        kind=kind,
        value=value,
        citation="House rule",
        status=RuleStatus.VERIFIED,
    )


def hours(opens, closes, *, days=range(7), place="", applies_to="promotional"):
    window = Window(frozenset(days), time(opens), time(closes))
    return a_rule(RuleKind.WINDOW, (window,), place, applies_to)


def a_cap(count, in_hours, *, per=Per.SUBJECT, place=""):
    return a_rule(RuleKind.CAP, Cap(count, in_hours, per), place)


def test_hours_within_every_law_of_a_state_are_good() -> None:
    assert judge(hours(9, 17, place="US-FL"), WITHOUT_DEFAULT, NOW) == Judgement()


def test_hours_past_the_law_of_their_place_are_refused_and_say_what_the_law_says() -> None:
    assert judge(hours(7, 21, place="US-FL"), WITHOUT_DEFAULT, NOW).faults == (
        "The law opens at 08:00 in Florida; your 07:00 changes nothing there.",
        "The law closes at 20:00 in Florida; your 21:00 changes nothing there.",
    )


def test_hours_that_only_some_states_cut_are_good_and_name_those_states() -> None:
    judged = judge(hours(8, 21, place="US"), WITHOUT_DEFAULT, NOW)
    assert judged.faults == ()
    closes = [each for each in judged.remarks if each.startswith("The law closes at 20:00 in ")]
    assert len(closes) == 1
    assert "Florida" in closes[0]


def test_a_day_that_the_law_closes_is_named() -> None:
    remarks = judge(hours(9, 17, days=[6], place="US"), WITHOUT_DEFAULT, NOW).remarks
    assert any(each.startswith("The law allows nothing on Sun in ") for each in remarks)


def test_hours_for_everywhere_may_be_as_wide_as_the_widest_law_and_no_wider() -> None:
    assert judge(hours(8, 20), WITHOUT_DEFAULT, NOW).faults == ()
    assert judge(hours(4, 20), WITHOUT_DEFAULT, NOW).faults != ()


def test_hours_of_a_country_past_those_for_everywhere_are_refused() -> None:
    assert judge(hours(9, 18, days=range(5), place="US"), load(), NOW).faults == (
        "Your own policy closes at 17:00 everywhere; your 18:00 changes nothing there.",
    )


def test_hours_of_transactional_texts_meet_no_law_and_are_good() -> None:
    asked = hours(6, 23, place="US", applies_to="transactional")
    assert judge(asked, WITHOUT_DEFAULT, NOW) == Judgement()


def test_hours_of_all_texts_tighten_transactional_ones_where_the_law_binds_promotional() -> None:
    judged = judge(hours(6, 23, place="US-FL", applies_to=ALL), WITHOUT_DEFAULT, NOW)
    assert judged.faults == ()
    assert judged.remarks[0] == (
        "Promotional texts: The law opens at 08:00 in Florida; your 06:00 changes nothing there."
    )


@pytest.mark.parametrize(
    ("cap", "stays"),
    [
        (a_cap(5, 24, place="US-FL"), True),
        (a_cap(3, 24, place="US-FL"), True),
        (a_cap(30, 168, place="US-FL"), True),
        (a_cap(2, 24, place="US-FL"), False),
        (a_cap(5, 168, place="US-FL"), False),
        (a_cap(3, 24, per=Per.ANY, place="US-FL"), False),  # two topics could make six
        (a_cap(5, 24, per=Per.ANY, place="US-OR"), True),
        (a_cap(5, 24), False),
    ],
)
def test_a_cap_that_the_laws_cap_keeps_anyway_is_refused(cap, stays) -> None:
    assert bool(judge(cap, load(), NOW).faults) == stays


def test_the_refused_cap_says_that_the_laws_cap_stays() -> None:
    (fault,) = judge(a_cap(5, 24, place="US-FL"), load(), NOW).faults
    assert fault == (
        "The law's cap stays: 3 in 24 hours on the same subject in Florida; "
        "your 5 in 24 hours on the same subject changes nothing there."
    )


def test_a_cap_of_the_house_that_another_of_its_caps_keeps_anyway_is_refused() -> None:
    ours = rulebook_of([*load().rules, a_cap(2, 24)])
    (fault,) = judge(replace(a_cap(4, 24), id="house.newer"), ours, NOW).faults
    assert fault == (
        "Your own policy's cap stays: 2 in 24 hours on the same subject everywhere; "
        "your 4 in 24 hours on the same subject changes nothing there."
    )


def a_limit(unanswered, cap=None):
    return a_rule(RuleKind.ENGAGEMENT, Engagement(unanswered, cap))


@pytest.mark.parametrize(
    ("ours", "limit", "stays"),
    [
        (a_limit(5), a_limit(8), True),
        (a_limit(5), a_limit(4), False),
        (a_limit(5), a_limit(8, Cap(1, 744, Per.ANY)), True),
        (a_limit(5, Cap(1, 744, Per.ANY)), a_limit(8), False),
        (a_limit(5, Cap(1, 744, Per.ANY)), a_limit(8, Cap(2, 744, Per.ANY)), True),
        (a_limit(5, Cap(2, 744, Per.ANY)), a_limit(8, Cap(1, 744, Per.ANY)), False),
        (a_cap(1, 744, per=Per.ANY), a_limit(5, Cap(2, 744, Per.ANY)), True),
        (a_cap(1, 744, per=Per.BRAND), a_limit(5, Cap(2, 744, Per.ANY)), False),
        (a_cap(1, 744, per=Per.ANY), a_limit(5), False),
    ],
)
def test_a_limit_of_engagement_that_another_rule_keeps_anyway_is_refused(ours, limit, stays):
    rules = rulebook_of([*load().rules, replace(ours, id="house.older")])
    assert bool(judge(replace(limit, id="house.newer"), rules, NOW).faults) == stays


def test_the_refused_limit_says_which_of_ours_stays() -> None:
    rules = rulebook_of([*load().rules, replace(a_limit(5), id="house.older")])
    (fault,) = judge(replace(a_limit(8), id="house.newer"), rules, NOW).faults
    assert fault == (
        "Your own policy stays: after 5 texts without an answer nothing more everywhere; "
        "yours (after 8 texts without an answer nothing more) changes nothing there."
    )


def test_a_cap_over_a_brand_lies_between_one_on_a_topic_and_one_over_all() -> None:
    ours = rulebook_of([*load().rules, a_cap(2, 24, per=Per.BRAND)])
    caps = [replace(a_cap(3, 24, per=per), id="house.newer") for per in Per]
    faults = {cap.value.per: bool(judge(cap, ours, NOW).faults) for cap in caps}
    assert faults == {Per.SUBJECT: True, Per.BRAND: True, Per.ANY: False}


def test_an_age_of_consent_is_good_and_told_where_the_law_ends_implied_consent_sooner() -> None:
    stale = Basis((LegalBasis.EXPRESS,), stale_months=24)
    judged = judge(a_rule(RuleKind.BASIS, stale), load(), NOW)
    assert judged.faults == ()
    assert (
        "The law ends consent implied by inquiry after 6 months in Canada; "
        "your 24 months change nothing for it."
    ) in judged.remarks
