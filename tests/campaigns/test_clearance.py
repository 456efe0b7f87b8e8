from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from campaigns.clearance import Clearance, Facts, Outcome, Suppression, VerdictOutcome, decide
from campaigns.clearance_rules import EXEMPT
from campaigns.clearance_timing import GROUPS
from campaigns.quiet_hours import Window
from campaigns.rulebook.loader import Rule, RuleKind, RuleStatus, load, rulebook_of
from campaigns.vocabulary import Exemption, MessageKind
from consent.vocabulary import MessageClass, Standing
from tests.campaigns.facts import CLEAR, CLEAR_CAMPAIGN, MONDAY_NIGHT, MONDAY_NOON

K = MessageKind
EASTERN = ZoneInfo("America/New_York")


def asked(facts: Facts = CLEAR_CAMPAIGN, now: datetime = MONDAY_NOON, **changed: Any) -> Clearance:
    return decide(replace(facts, **changed), load(), now)


def answer(clearance: Clearance) -> tuple[Outcome, str]:
    return clearance.outcome, clearance.code


def eastern(written: str) -> datetime:
    return datetime.fromisoformat(written).replace(tzinfo=EASTERN)


@pytest.mark.parametrize("kind", list(MessageKind))
def test_every_kind_is_clear_when_all_is_as_it_should_be(kind: MessageKind) -> None:
    assert answer(asked(CLEAR[kind])) == (Outcome.CLEAR, "")


NOT_AS_IT_SHOULD_BE = [
    ({"kind": None}, "kind"),
    ({"number_live": False}, "number.live"),
    ({"topic_open": False}, "topic.open"),
    ({"number_carries_topic": False}, "number.topic"),
    ({"number_brand_matches": False}, "number.brand"),
    ({"number_class_matches": False}, "number.class"),
    ({"suppressions": (Suppression("all", "asked by letter"),)}, "suppression"),
    ({"suppressions": (Suppression("topic", "complaint"),)}, "suppression"),
    ({"standing": Standing.UNKNOWN}, "standing"),
    ({"standing": Standing.PENDING}, "standing"),
    ({"standing": Standing.OPTED_OUT}, "standing"),
    ({"standing": Standing.DECLINED}, "standing"),
    ({"standing": Standing.LAPSED}, "standing"),
    ({"authorising_event": None}, "standing"),
    ({"confirmed": False}, "confirmed"),
    ({"message_class": None}, "topic.class"),
    ({"time_zones": ()}, "place"),
    ({"time_zones": ("America/New_York", "Mars/Olympus")}, "place"),
    ({"time_zones": ("America/New_York", "Pacific/Guam")}, "overlap"),
    ({"campaign_approved": False}, "approval"),
]


@pytest.mark.parametrize(("changed", "code"), NOT_AS_IT_SHOULD_BE)
def test_a_campaign_is_refused_for_the_first_rule_that_is_not_kept(
    changed: dict[str, Any], code: str
) -> None:
    assert answer(asked(**changed)) == (Outcome.REFUSE, code)


def test_a_topic_that_does_not_ask_twice_needs_no_confirmation() -> None:
    assert asked(double_opt_in_needed=False, confirmed=False).outcome == Outcome.CLEAR


def test_a_transactional_text_needs_the_same_standing_but_no_hours() -> None:
    transactional = replace(CLEAR_CAMPAIGN, message_class=MessageClass.TRANSACTIONAL)
    assert answer(asked(transactional, MONDAY_NIGHT, time_zones=())) == (Outcome.CLEAR, "")
    assert answer(asked(transactional, standing=Standing.OPTED_OUT)) == (
        Outcome.REFUSE,
        "standing",
    )


def test_a_suppression_that_has_ended_bars_nothing() -> None:
    ended = Suppression("all", "holiday", until=MONDAY_NOON)
    lasting = Suppression("all", "holiday", until=MONDAY_NOON + timedelta(minutes=1))
    assert asked(suppressions=(ended,)).outcome == Outcome.CLEAR
    assert asked(suppressions=(ended, lasting)).code == "suppression"


def test_all_rules_are_asked_in_one_order_whatever_they_say() -> None:
    for facts in (Facts(country="US"), Facts(), CLEAR_CAMPAIGN, *CLEAR.values()):
        asked_of = asked(facts).verdicts
        order = [each.group or each.code for each in asked_of]
        assert [code for code, _ in groupby(order)] == [code for code in EXEMPT if code in order]
        assert set(EXEMPT) - set(order) <= set(GROUPS)
        for group in set(GROUPS):
            codes = [each.code for each in asked_of if each.group == group]
            assert codes == sorted(codes)


def test_refuse_wins_over_hold() -> None:
    clearance = asked(now=MONDAY_NIGHT, campaign_approved=False)
    assert answer(clearance) == (Outcome.REFUSE, "approval")
    assert clearance.until is None
    assert VerdictOutcome.HOLD in {verdict.outcome for verdict in clearance.verdicts}


@pytest.mark.parametrize(
    ("written", "until"),
    [
        ("2026-03-02T08:59:59", "2026-03-02T09:00"),
        ("2026-03-02T09:00", None),
        ("2026-03-02T16:59:59", None),
        ("2026-03-02T17:00", "2026-03-03T09:00"),
        ("2026-03-07T12:00", "2026-03-09T09:00"),  # over the night when summer time begins
        ("2026-10-31T12:00", "2026-11-02T09:00"),  # over the night when it ends
        ("2028-02-29T17:00", "2028-03-01T09:00"),
    ],
)
def test_business_hours_hold_to_the_minute(written: str, until: str | None) -> None:
    clearance = asked(now=eastern(written))
    assert (clearance.outcome, clearance.until) == (
        (Outcome.HOLD, eastern(until)) if until else (Outcome.CLEAR, None)
    )


def test_hours_hold_until_they_are_open_in_every_zone() -> None:
    zones = ("America/Chicago", "America/New_York")
    clearance = asked(now=eastern("2026-03-02T09:30"), time_zones=zones)
    assert (clearance.code, clearance.until) == ("house.hours", eastern("2026-03-02T10:00"))
    assert asked(now=eastern("2026-03-02T17:00"), time_zones=zones).until == eastern(
        "2026-03-03T10:00"
    )


def test_each_row_says_when_it_alone_would_open() -> None:
    verdicts = {each.code: each for each in asked(now=eastern("2026-03-07T05:00")).verdicts}
    assert verdicts["us.quiet"].until == eastern("2026-03-07T08:00")
    assert verdicts["house.hours"].until == eastern("2026-03-09T09:00")


def test_federal_hours_bind_where_nobody_knows_the_country_and_not_abroad() -> None:
    def codes(**changed: Any) -> set[str]:
        return {each.code for each in asked(**changed).verdicts}

    assert "us.quiet" in codes(country="")
    assert "us.quiet" not in codes(country="DE", state="", time_zones=("Europe/Berlin",))


@pytest.mark.parametrize("kind", [K.STOP_CONFIRMATION, K.HELP_REPLY])
def test_stop_and_help_are_answered_at_any_hour_whatever_the_standing(kind: MessageKind) -> None:
    for standing in (None, *Standing):
        barred = (Suppression("all", "asked by letter"),)
        clearance = asked(CLEAR[kind], MONDAY_NIGHT, standing=standing, suppressions=barred)
        assert clearance.outcome == Outcome.CLEAR


def test_the_acknowledgement_of_an_opt_out_is_not_barred_by_that_opt_out() -> None:
    clearance = asked(CLEAR[K.STOP_CONFIRMATION], standing=Standing.OPTED_OUT)
    assert (clearance.outcome, clearance.exemption) == (
        Outcome.CLEAR,
        Exemption.OPT_OUT_CONFIRMATION,
    )


def test_a_stop_confirmation_without_an_opt_out_is_refused() -> None:
    clearance = asked(CLEAR[K.STOP_CONFIRMATION], opted_out_event=None)
    assert answer(clearance) == (Outcome.REFUSE, "opt_out")


@pytest.mark.parametrize("kind", [K.HELP_REPLY, K.ANSWER])
def test_an_answer_needs_something_to_answer(kind: MessageKind) -> None:
    assert answer(asked(CLEAR[kind], answers_reply=False)) == (Outcome.REFUSE, "reply")


def test_an_opt_in_request_goes_at_any_hour_while_the_request_pends() -> None:
    request = CLEAR[K.CONFIRMATION_REQUEST]
    assert asked(request, MONDAY_NIGHT).outcome == Outcome.CLEAR
    for standing in {None, *Standing} - {Standing.PENDING}:
        assert answer(asked(request, standing=standing)) == (Outcome.REFUSE, "standing")


def test_an_opt_in_request_is_barred_by_a_suppression() -> None:
    barred = (Suppression("all", "asked by letter"),)
    clearance = asked(CLEAR[K.CONFIRMATION_REQUEST], suppressions=barred)
    assert answer(clearance) == (Outcome.REFUSE, "suppression")


def test_a_welcome_that_answers_a_yes_keeps_no_hours_and_any_other_does() -> None:
    welcome = CLEAR[K.WELCOME]
    assert asked(welcome, MONDAY_NIGHT).outcome == Outcome.CLEAR
    assert asked(welcome, MONDAY_NIGHT, answers_reply=False).code == "house.hours"
    assert asked(welcome, answers_reply=True, standing=Standing.OPTED_OUT).code == "standing"


def test_a_campaign_is_no_answer_whatever_it_claims() -> None:
    assert asked(now=MONDAY_NIGHT, answers_reply=True).outcome == Outcome.HOLD


def test_an_answer_by_a_person_goes_to_anybody_who_has_not_opted_out() -> None:
    answering = CLEAR[K.ANSWER]
    for standing in set(Standing) - {Standing.OPTED_OUT}:
        assert asked(answering, MONDAY_NIGHT, standing=standing).outcome == Outcome.CLEAR
    assert asked(answering, standing=Standing.OPTED_OUT).code == "standing"
    assert asked(answering, standing=None).code == "standing"


def test_a_list_audit_keeps_business_hours_even_when_it_only_informs() -> None:
    audit = replace(CLEAR[K.LIST_AUDIT], message_class=MessageClass.TRANSACTIONAL)
    assert answer(asked(audit, MONDAY_NIGHT)) == (Outcome.HOLD, "house.hours")


def row(opens: int, closes: int, begins: date | None = None, ends: date | None = None) -> Rule:
    window = Window(frozenset(range(7)), time(opens), time(closes))
    return Rule(
        f"xx.{opens}", "US", frozenset({"all"}), RuleKind.WINDOW, (window,), "Act 1",
        RuleStatus.VERIFIED, begins, ends,
    )  # fmt: skip


def test_a_hold_heeds_a_rule_that_begins_to_bind_before_it_ends() -> None:
    book = rulebook_of([row(9, 17), row(11, 17, begins=date(2026, 3, 3))])
    clearance = decide(CLEAR_CAMPAIGN, book, eastern("2026-03-02T18:00"))
    assert (clearance.outcome, clearance.until) == (Outcome.HOLD, eastern("2026-03-03T11:00"))


def test_a_hold_heeds_a_rule_that_ceases_to_bind_before_it_ends() -> None:
    book = rulebook_of([row(9, 17), row(11, 17, ends=date(2026, 3, 3))])
    clearance = decide(CLEAR_CAMPAIGN, book, eastern("2026-03-02T18:00"))
    assert clearance.until == eastern("2026-03-03T09:00")


def test_the_order_of_rows_in_the_files_decides_nothing() -> None:
    rules = load().rules
    for now in (MONDAY_NOON, MONDAY_NIGHT):
        assert decide(CLEAR_CAMPAIGN, rulebook_of(reversed(rules)), now) == decide(
            CLEAR_CAMPAIGN, rulebook_of(rules), now
        )


def test_the_moment_may_be_told_in_any_zone() -> None:
    assert asked(now=MONDAY_NIGHT.astimezone(EASTERN)) == asked(now=MONDAY_NIGHT)
    assert asked(now=MONDAY_NIGHT).asked_at == MONDAY_NIGHT.astimezone(UTC)
