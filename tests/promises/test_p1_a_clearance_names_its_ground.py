"""P1: a clearance names the opt-in event that allows the text, or the exemption."""

from datetime import datetime

import pytest
from hypothesis import given, settings

from campaigns.clearance import Facts, Outcome, decide
from campaigns.rulebook.loader import load
from campaigns.vocabulary import Exemption, MessageKind
from tests.campaigns.facts import CLEAR, MONDAY_NOON
from tests.promises.any_facts import facts, moments


@settings(deadline=None, max_examples=300)
@given(facts, moments)
def test_p1_what_is_clear_names_one_ground_and_nothing_else_names_any(
    asked: Facts, now: datetime
) -> None:
    clearance = decide(asked, load(), now)
    grounds = [bool(clearance.authorised_by), bool(clearance.exemption)]
    assert sum(grounds) == (1 if clearance.outcome == Outcome.CLEAR else 0)


@pytest.mark.parametrize(
    ("kind", "event", "exemption"),
    [
        (MessageKind.CAMPAIGN, 7, Exemption.NONE),
        (MessageKind.LIST_AUDIT, 7, Exemption.NONE),
        (MessageKind.WELCOME, 7, Exemption.NONE),
        (MessageKind.CONFIRMATION_REQUEST, None, Exemption.OPT_IN_REQUEST),
        (MessageKind.STOP_CONFIRMATION, None, Exemption.OPT_OUT_CONFIRMATION),
        (MessageKind.HELP_REPLY, None, Exemption.HELP),
        (MessageKind.ANSWER, None, Exemption.ANSWER),
    ],
)
def test_p1_each_kind_goes_by_its_own_ground(
    kind: MessageKind, event: int | None, exemption: Exemption
) -> None:
    clearance = decide(CLEAR[kind], load(), MONDAY_NOON)
    assert (clearance.authorised_by, clearance.exemption) == (event, exemption)
