"""P3: whether a message may go is decided over plain facts, and unknown means no."""

from collections.abc import Callable
from dataclasses import fields, replace
from datetime import datetime, time, timedelta
from random import Random

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from campaigns.calendars import ClosedDays
from campaigns.clearance import Facts, OnAmazonsList, Outcome, Suppression, decide
from campaigns.quiet_hours import Window
from campaigns.rulebook.loader import (
    Rule,
    Rulebook,
    RuleKind,
    RuleStatus,
    load,
    rulebook_of,
)
from campaigns.rulebook.values import Basis, Cap, Elements, Engagement, Per, Promised, Wording
from campaigns.vocabulary import MessageKind
from consent.vocabulary import ImpliedBy, LegalBasis, Standing
from tests.campaigns.facts import CLEAR, MONDAY_NOON
from tests.promises.any_facts import facts, moments, well_placed

K = MessageKind
SEVERITY = [Outcome.CLEAR, Outcome.HOLD, Outcome.REFUSE]

NEEDED = {
    K.CAMPAIGN: {
        *("kind", "message_class", "topic_open", "standing", "authorising_event", "confirmed"),
        *("suppressions", "number_live", "number_carries_topic", "number_brand_matches"),
        *("number_class_matches", "campaign_approved", "time_zones", "basis", "disclosure_lacks"),
        *("promise", "sent_on_topic", "on_amazons_list"),
    },
    K.CONFIRMATION_REQUEST: {
        *("kind", "message_class", "topic_open", "standing", "suppressions", "number_live"),
        *("number_carries_topic", "number_brand_matches", "number_class_matches"),
        "on_amazons_list",
    },
    K.STOP_CONFIRMATION: {"kind", "number_live", "opted_out_event"},
    K.HELP_REPLY: {"kind", "number_live", "answers_reply"},
    K.ANSWER: {
        *("kind", "number_live", "answers_reply", "standing", "suppressions", "on_amazons_list"),
    },
}
NEEDED[K.LIST_AUDIT] = NEEDED[K.CAMPAIGN] - {"campaign_approved"}
NEEDED[K.WELCOME] = NEEDED[K.LIST_AUDIT] - {"time_zones", "promise", "sent_on_topic"}


@pytest.mark.parametrize("kind", list(MessageKind))
def test_p3_each_fact_that_a_rule_needs_refuses_when_it_is_unknown(kind: MessageKind) -> None:
    unknown = {field.name: field.default for field in fields(Facts)}
    refused = {
        name
        for name, nothing in unknown.items()
        if decide(replace(CLEAR[kind], **{name: nothing}), load(), MONDAY_NOON).outcome
        == Outcome.REFUSE
    }
    assert refused == NEEDED[kind]


@given(moments)
def test_p3_facts_that_nobody_gathered_never_clear(now: datetime) -> None:
    for kind in (None, *MessageKind):
        assert decide(Facts(kind=kind), load(), now).outcome == Outcome.REFUSE


@settings(deadline=None)
@given(facts, moments)
def test_p3_the_same_question_has_the_same_answer_and_none_raises(
    asked: Facts, now: datetime
) -> None:
    assert decide(asked, load(), now) == decide(replace(asked), load(), now)


def tightened(name: str, nothing: object) -> Callable[[Facts], Facts]:
    return lambda asked: replace(asked, **{name: nothing})


RESTRICTIONS = {
    "suppress": lambda asked: replace(
        asked, suppressions=(*(asked.suppressions or ()), Suppression("all", "more"))
    ),
    "opt out": tightened("standing", Standing.OPTED_OUT),
    "forget the suppressions": tightened("suppressions", None),
    "one more zone": lambda asked: (
        replace(asked, time_zones=(*asked.time_zones, "Pacific/Honolulu"))
        if asked.time_zones
        else asked
    ),
    "forget the zones": tightened("time_zones", ()),
    "forget the state": tightened("state", ""),
    "one more stated place": lambda asked: replace(
        asked, stated_places=(*asked.stated_places, "US-RI")
    ),
    "stated country alone": lambda asked: replace(
        asked, stated_places=(*asked.stated_places, "US")
    ),
    "forget the basis": tightened("basis", None),
    "implied by nobody knows what": tightened("implied_by", None),
    "forget when it was implied": tightened("consented_at", None),
    "consent ended": tightened("consent_ends_at", MONDAY_NOON.replace(year=2025)),
    "forget the disclosure": tightened("disclosure_lacks", None),
    "disclosure lacks its condition": lambda asked: replace(
        asked,
        disclosure_lacks=None
        if asked.disclosure_lacks is None
        else (*asked.disclosure_lacks, "no_condition"),
    ),
    "forget the soft opt-in": tightened("soft_opt_in", None),
    "forget the promise": tightened("promise", None),
    "forget what was sent": tightened("sent_on_topic", None),
    "forget what was sent of the brand": tightened("sent_of_brand", None),
    "answered nothing": lambda asked: replace(
        asked, unanswered=None if asked.unanswered is None else asked.unanswered + 1
    ),
    "forget what was answered": tightened("unanswered", None),
    "forget what was sent at all": tightened("sent_at_all", None),
    "one more text sent": lambda asked: replace(
        asked,
        sent_on_topic=None
        if asked.sent_on_topic is None
        else (*asked.sent_on_topic, MONDAY_NOON + timedelta(hours=1)),
        sent_of_brand=None
        if asked.sent_of_brand is None
        else (*asked.sent_of_brand, MONDAY_NOON + timedelta(hours=1)),
        sent_at_all=None
        if asked.sent_at_all is None
        else (*asked.sent_at_all, MONDAY_NOON + timedelta(hours=1)),
    ),
    "forget the country": tightened("country", ""),
    "ask twice": tightened("double_opt_in_needed", True),
    "never confirmed": tightened("confirmed", False),
    "not approved": tightened("campaign_approved", False),
    "answer nothing": tightened("answers_reply", False),
    "forget the kind": tightened("kind", None),
    "forget the class": tightened("message_class", None),
    "no event": tightened("authorising_event", None),
    "close the topic": tightened("topic_open", False),
    "wrong brand": tightened("number_brand_matches", False),
    "wrong class": tightened("number_class_matches", False),
    "not its number": tightened("number_carries_topic", None),
    "number gone": tightened("number_live", None),
    "forget Amazon's list": tightened("on_amazons_list", None),
    "on Amazon's list": lambda asked: replace(
        asked,
        on_amazons_list=None
        if asked.on_amazons_list is None
        else (*asked.on_amazons_list, OnAmazonsList(agreed_since=False)),
    ),
    "Amazon let go of them lately": lambda asked: replace(
        asked,
        on_amazons_list=None
        if asked.on_amazons_list is None
        else tuple(
            replace(each, until=max(each.until or MONDAY_NOON, MONDAY_NOON))
            for each in asked.on_amazons_list
        ),
    ),
}


COUNTS_ANSWERS = rulebook_of(
    [
        *load().rules,
        *(
            Rule(
                f"house.{n}", "house", frozenset({"all"}), RuleKind.ENGAGEMENT, value, "Ours",
                RuleStatus.VERIFIED,
            )
            for n, value in enumerate([Engagement(6), Engagement(3, Cap(1, 48, Per.ANY))])
        ),
    ]
)  # fmt: skip


@settings(deadline=None, max_examples=300)
@given(
    facts,
    moments,
    st.sampled_from(sorted(RESTRICTIONS)),
    st.sampled_from([load(), COUNTS_ANSWERS]),
)
def test_p3_a_restriction_never_loosens_the_answer(
    asked: Facts, now: datetime, restriction: str, book: Rulebook
) -> None:
    before = decide(asked, book, now)
    after = decide(RESTRICTIONS[restriction](asked), book, now)
    assert SEVERITY.index(after.outcome) >= SEVERITY.index(before.outcome)
    if before.until and after.until:
        assert after.until >= before.until


@settings(deadline=None)
@given(facts, moments, st.frozensets(st.integers(0, 6), min_size=1), st.integers(0, 22))
def test_p3_one_more_rule_never_loosens_the_answer(
    asked: Facts, now: datetime, days: frozenset[int], opens: int
) -> None:
    more = Rule(
        "xx.more", "house", frozenset({"all"}), RuleKind.WINDOW,
        (Window(days, time(opens), time(opens + 1)),), "Act 1", RuleStatus.VERIFIED,
    )  # fmt: skip
    before = decide(asked, load(), now)
    after = decide(asked, rulebook_of([*load().rules, more]), now)
    assert SEVERITY.index(after.outcome) >= SEVERITY.index(before.outcome)


MORE = {
    RuleKind.CLOSED_DAY: st.builds(ClosedDays, st.frozensets(st.integers(0, 6), min_size=1)),
    RuleKind.CAP: st.builds(Cap, st.integers(1, 3), st.integers(1, 72), st.sampled_from(Per)),
    RuleKind.FREQUENCY: st.builds(Promised, *[st.integers(1, 1000)] * 3),
    RuleKind.ENGAGEMENT: st.builds(
        Engagement,
        st.integers(1, 5),
        st.none() | st.builds(Cap, st.integers(1, 3), st.integers(1, 72), st.just(Per.ANY)),
    ),
    RuleKind.BASIS: st.builds(
        Basis,
        st.lists(st.sampled_from(LegalBasis), unique=True).map(tuple),
        st.sampled_from([(), ((ImpliedBy.INQUIRY, 3),)]),
    ),
    RuleKind.ELEMENTS: st.builds(
        Elements,
        st.just(Wording.DISCLOSURE),
        st.sampled_from([("terms",), ("automated", "stop")]),
        st.sampled_from([(LegalBasis.EXPRESS_WRITTEN,), (LegalBasis.EXPRESS,)]),
    ),
}
more_rows = st.one_of(
    st.builds(
        Rule, st.just("xx.more"), st.sampled_from(["house", "US", "US-NY"]),
        st.just(frozenset({"all"})), st.just(kind), values, st.just("Act 1"),
        st.just(RuleStatus.VERIFIED), st.none() | moments.map(datetime.date),
    )
    for kind, values in MORE.items()
)  # fmt: skip


@settings(deadline=None, max_examples=200)
@given(facts, moments, more_rows, st.randoms(use_true_random=False))
def test_p3_one_more_row_of_any_kind_never_loosens_and_their_order_decides_nothing(
    asked: Facts, now: datetime, more: Rule, rng: Random
) -> None:
    rows = [*load().rules, more]
    before, after = (decide(asked, book, now) for book in (load(), rulebook_of(rows)))
    assert SEVERITY.index(after.outcome) >= SEVERITY.index(before.outcome)
    if before.until and after.until:
        assert after.until >= before.until
    rng.shuffle(rows)
    assert decide(asked, rulebook_of(rows), now) == after


@settings(deadline=None, max_examples=200)
@given(well_placed, moments, st.floats(0, 0.99))
def test_p3_a_hold_is_clear_at_its_end_and_at_no_minute_before(
    asked: Facts, now: datetime, part: float
) -> None:
    held = decide(asked, load(), now)
    assume(held.until is not None)
    assert held.until is not None
    between = now + (held.until - now) * part
    assert [
        decide(asked, load(), moment).outcome
        for moment in (held.until, held.until - timedelta(minutes=1), between)
    ] == [Outcome.CLEAR, Outcome.HOLD, Outcome.HOLD]
