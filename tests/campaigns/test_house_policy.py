from dataclasses import replace
from datetime import time, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns.clearance import Outcome, decide, pack, unpack
from campaigns.clearance_facts import Ask, Decisions, facts_of
from campaigns.house_policy import (
    DEFAULT_HOURS,
    rule_of,
    rulebook_in_force,
    rulebook_to_read,
    rulebook_with,
)
from campaigns.models import SendingPolicy
from campaigns.rulebook.loader import RuleKind, load, rulebook_of
from campaigns.tightening import judge
from campaigns.vocabulary import MessageKind
from consent import clock
from tests.builders import (
    a_cap_policy,
    a_number,
    a_topic,
    an_age_policy,
    an_engagement_policy,
    an_hours_policy,
    an_opted_in_contact,
)
from tests.campaigns.facts import CLEAR_CAMPAIGN, MONDAY_NOON
from tests.promises.any_facts import facts, moments

pytestmark = pytest.mark.django_db


def in_force():
    return rulebook_in_force(clock.now())


def hours_of(book, jurisdiction="house"):
    return [
        (rule.id, rule.asks())
        for rule in book.listed(kind=RuleKind.WINDOW, jurisdiction=jurisdiction)
    ]


def test_without_rules_of_officers_the_rulebook_is_as_it_comes() -> None:
    assert in_force() is load()


def test_hours_for_everywhere_take_the_place_of_those_it_comes_with() -> None:
    row = an_hours_policy(weekday_until="19:00", saturday_from="10:00", saturday_until="14:00")
    assert hours_of(in_force()) == [
        (f"house.hours.{row.pk}", "Mon-Fri 09:00-19:00 or Sat 10:00-14:00")
    ]
    assert in_force().version != load().version


def test_hours_of_transactional_texts_stand_beside_those_it_comes_with() -> None:
    row = an_hours_policy(message_class="transactional")
    found = [row_id for row_id, _ in hours_of(in_force())]
    assert found == ["house.hours", f"house.hours.{row.pk}"]


def test_hours_of_a_country_stand_beside_those_for_everywhere() -> None:
    row = an_hours_policy(place="CA", weekday_until="16:00")
    assert hours_of(in_force()) == hours_of(load())
    assert hours_of(in_force(), "house-CA") == [(f"house.hours.{row.pk}", "Mon-Fri 09:00-16:00")]


def test_a_country_of_which_we_know_no_hours_keeps_the_cautious_ones():
    """One of our own must not count as its law: that would lift the default for elsewhere."""
    row = an_hours_policy(place="BR", weekday_until="12:00")
    bound = in_force().binding(
        RuleKind.WINDOW, moment=clock.now(), jurisdictions={"BR"}, words={"promotional"}
    )
    assert [rule.id for rule in bound] == [
        "elsewhere.window",
        "house.hours",
        f"house.hours.{row.pk}",
    ]


def test_rules_that_are_switched_off_limit_nothing() -> None:
    an_hours_policy(live=False)
    assert in_force().version == load().version


def test_a_past_moment_has_the_rules_of_its_day() -> None:
    row = an_hours_policy()
    then = clock.now()
    with_first = rulebook_in_force(then)
    row.weekday_until = "15:00"
    row.save()
    assert rulebook_in_force(then) is with_first
    assert rulebook_in_force(then - timedelta(days=1)) is load()
    assert hours_of(in_force()) == [(f"house.hours.{row.pk}", "Mon-Fri 09:00-15:00")]


def test_a_kept_decision_is_read_with_rules_that_are_switched_off_by_now() -> None:
    row = an_hours_policy(weekday_until="11:00")
    packed = pack(decide(CLEAR_CAMPAIGN, in_force(), MONDAY_NOON), CLEAR_CAMPAIGN)
    row.live = False
    row.save()
    assert in_force().rule(f"house.hours.{row.pk}") is None
    kept = unpack(packed, rulebook_to_read())
    cited = {each.code: each.citation for each in kept.verdicts}
    assert cited[f"house.hours.{row.pk}"] == "House rule: business hours where the person is"


def test_asking_again_costs_one_query() -> None:
    an_hours_policy()
    in_force()
    with CaptureQueriesContext(connection) as asked:
        in_force()
    assert len(asked) == 1


def test_clearance_keeps_the_houses_hours_cap_and_age_of_consent() -> None:
    assert decide(CLEAR_CAMPAIGN, in_force(), MONDAY_NOON).outcome is Outcome.CLEAR
    cap = a_cap_policy(place="US", count=1, per_hours=24)
    texted = replace(CLEAR_CAMPAIGN, sent_at_all=(MONDAY_NOON - timedelta(hours=2),))
    held = decide(texted, in_force(), MONDAY_NOON)
    assert (held.outcome, held.code) == (Outcome.HOLD, f"house.cap.{cap.pk}")
    an_age_policy(months=6)
    old = replace(CLEAR_CAMPAIGN, consented_at=MONDAY_NOON - timedelta(days=200))
    ended = decide(old, in_force(), MONDAY_NOON)
    assert (ended.outcome, ended.code) == (Outcome.REFUSE, "consent.expiry")
    undated = decide(replace(old, consented_at=None), in_force(), MONDAY_NOON)
    assert (undated.outcome, undated.code) == (Outcome.REFUSE, "consent.expiry")


def test_who_does_not_answer_gets_fewer_texts_and_then_none() -> None:
    fewer = an_engagement_policy(unanswered=3, count=1, per_hours=240)
    none = an_engagement_policy(unanswered=6)

    def asked(unanswered, hours_ago=100):
        sent = (MONDAY_NOON - timedelta(hours=hours_ago),)
        found = replace(CLEAR_CAMPAIGN, unanswered=unanswered, sent_at_all=sent)
        made = decide(found, in_force(), MONDAY_NOON)
        return made.outcome, made.code

    assert asked(2) == (Outcome.CLEAR, "")
    assert asked(3) == (Outcome.HOLD, f"house.engagement.{fewer.pk}")
    assert asked(3, hours_ago=240) == (Outcome.CLEAR, "")
    assert asked(6) == (Outcome.REFUSE, f"house.engagement.{none.pk}")
    assert asked(None) == (Outcome.REFUSE, f"house.engagement.{fewer.pk}")


def test_a_limit_of_engagement_says_what_it_does() -> None:
    none = an_engagement_policy(unanswered=6)
    silent = replace(CLEAR_CAMPAIGN, unanswered=7)
    made = decide(silent, in_force(), MONDAY_NOON)
    assert made.sentence == (
        "The person answered too few of our texts, or nobody knows: "
        "after 6 texts without an answer nothing more."
    )
    packed = pack(made, silent)
    none.live = False
    none.save()
    assert unpack(packed, rulebook_to_read()) == made
    (verdict,) = (each for each in made.verdicts if each.group == "engagement")
    assert verdict.citation == "House rule: texts that nobody answers"


def test_a_cap_over_a_brand_counts_texts_of_all_its_topics() -> None:
    cap = a_cap_policy(counts="brand", count=1, per_hours=24)
    sent = (MONDAY_NOON - timedelta(hours=2),)
    of_brand = replace(CLEAR_CAMPAIGN, sent_of_brand=sent, sent_at_all=sent)
    held = decide(of_brand, in_force(), MONDAY_NOON)
    assert (held.outcome, held.code) == (Outcome.HOLD, f"house.cap.{cap.pk}")
    of_another = replace(of_brand, sent_of_brand=())
    assert decide(of_another, in_force(), MONDAY_NOON).outcome is Outcome.CLEAR
    unknown = replace(of_brand, sent_of_brand=None)
    assert decide(unknown, in_force(), MONDAY_NOON).outcome is Outcome.REFUSE


def test_an_age_of_consent_lets_younger_consents_of_every_ground_go() -> None:
    """Facts from the tables tell when any consent was given, not the implied ones alone."""
    topic = a_topic()
    number = a_number(topic)
    policy = an_age_policy(months=12)
    young, old = (
        an_opted_in_contact(topic, at=clock.now() - timedelta(days=days)) for days in (90, 400)
    )
    asks = [Ask(MessageKind.LIST_AUDIT, each.pk, topic.pk, number.pk) for each in (young, old)]
    decisions = Decisions(MONDAY_NOON.replace(year=2027))
    made = [decisions.of(found)[0] for found in facts_of(asks)]
    codes = [[v.code for v in each.verdicts if v.outcome == "refuse"] for each in made]
    assert codes == [[], ["consent.expiry", "overlap"]]
    assert policy.live


@pytest.mark.parametrize(
    ("changed", "promise"),
    [
        ({"kind": "cap"}, "cap_policy_alone_counts_texts"),
        ({"weekday_from": None, "weekday_until": None}, "hours_policy_alone_opens_some_day"),
        ({"weekday_until": "08:00"}, "weekday_opens_before_it_closes"),
        ({"weekday_until": None}, "weekday_opens_before_it_closes"),
        ({"saturday_until": "08:00"}, "saturday_opens_before_it_closes"),
        ({"months": 3}, "staleness_policy_alone_counts_months"),
        ({"count": 3}, "cap_policy_alone_counts_texts"),
        (
            {"kind": "staleness", "weekday_from": None, "weekday_until": None},
            "staleness_policy_alone_counts_months",
        ),
        ({"unanswered": 3}, "engagement_policy_alone_counts_unanswered_texts"),
        (
            {"kind": "engagement", "weekday_from": None, "weekday_until": None},
            "engagement_policy_alone_counts_unanswered_texts",
        ),
        ({"message_class": "all"}, "policy_is_for_a_known_class_or_all"),
    ],
)
def test_the_database_refuses_a_rule_that_makes_no_sense(changed, promise) -> None:
    with pytest.raises(IntegrityError, match=promise), transaction.atomic():
        an_hours_policy(**changed)


def test_there_is_one_live_rule_of_hours_for_the_same_texts_and_place() -> None:
    an_hours_policy(live=False)
    an_hours_policy()
    with (
        pytest.raises(IntegrityError, match="one_live_policy_of_a_kind_per_class_and_place"),
        transaction.atomic(),
    ):
        an_hours_policy()
    assert SendingPolicy.objects.count() == 2


POLICIES = (
    st.builds(
        SendingPolicy,
        kind=st.just("hours"),
        message_class=st.sampled_from(["", "promotional", "transactional"]),
        place=st.sampled_from(["", "US", "US-FL", "US-ID", "FR", "CA", "BR", "IN"]),
        weekday_from=st.integers(0, 11).map(time),
        weekday_until=st.integers(12, 23).map(time),
    )
    | st.builds(
        SendingPolicy,
        kind=st.just("cap"),
        place=st.sampled_from(["", "US", "US-FL", "BR"]),
        count=st.integers(1, 3),
        per_hours=st.integers(1, 744),
        counts=st.sampled_from(["any", "brand", "subject"]),
    )
    | st.builds(SendingPolicy, kind=st.just("engagement"), unanswered=st.integers(1, 9))
    | st.builds(
        SendingPolicy,
        kind=st.just("engagement"),
        unanswered=st.integers(1, 9),
        count=st.integers(1, 3),
        per_hours=st.integers(1, 744),
    )
    | st.builds(SendingPolicy, kind=st.just("staleness"), months=st.integers(1, 36))
)
LAWS = rulebook_of(rule for rule in load().rules if rule.id != DEFAULT_HOURS)
moments_near = st.integers(-300, 300).map(lambda hours: MONDAY_NOON + timedelta(hours=hours))
SEVERITY = [Outcome.CLEAR, Outcome.HOLD, Outcome.REFUSE]


@settings(deadline=None, max_examples=200)
@given(facts, moments, POLICIES, st.sampled_from(["", "BR", "US", "FR"]))
def test_no_rule_of_the_house_loosens_what_the_law_says(asked, now, policy, country):
    asked = replace(asked, country=country) if country else asked
    law = decide(asked, LAWS, now)
    ours = decide(asked, rulebook_with([policy]), now)
    assert SEVERITY.index(ours.outcome) >= SEVERITY.index(law.outcome)
    if law.until and ours.until:
        assert ours.until >= law.until


@settings(deadline=None, max_examples=200)
@given(
    st.sampled_from(["US-FL", "US-OR", "US-MD"]),
    st.integers(3, 22),
    st.integers(1, 200),
    st.sampled_from(["any", "brand", "subject"]),
    st.lists(moments_near, max_size=22).map(tuple),
)
def test_a_cap_that_the_form_refuses_would_change_no_answer(place, count, hours, counts, sent):
    policy = SendingPolicy(
        kind="cap",
        message_class="promotional",
        place=place,
        count=count,
        per_hours=hours,
        counts=counts,
    )
    rule = rule_of(policy)
    if judge(rule, LAWS, MONDAY_NOON).faults:
        asked = replace(
            CLEAR_CAMPAIGN,
            state=place.removeprefix("US-"),
            stated_places=(place,),
            sent_on_topic=sent,
            sent_of_brand=sent,
            sent_at_all=sent,
        )
        ours = decide(asked, rulebook_of([*LAWS.rules, rule]), MONDAY_NOON)
        assert ours.outcome == decide(asked, LAWS, MONDAY_NOON).outcome
