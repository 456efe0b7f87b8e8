import json
from dataclasses import replace

import pytest
from django.db import connection
from hypothesis import given, settings

from campaigns.clearance import Suppression, decide, pack, sentences, unpack
from campaigns.rulebook.loader import load, rulebook_of
from campaigns.vocabulary import MessageKind
from consent.phone_numbers import area_codes
from consent.vocabulary import Standing
from consent.whereabouts import zones_of
from tests.campaigns.facts import CLEAR, CLEAR_CAMPAIGN, MONDAY_NIGHT, MONDAY_NOON
from tests.promises.any_facts import facts, moments


@settings(deadline=None)
@given(facts, moments)
def test_a_packed_decision_reads_back_the_same(asked, now) -> None:
    clearance = decide(asked, load(), now)
    packed = json.loads(json.dumps(pack(clearance, asked)))
    assert unpack(packed, load()) == clearance


@pytest.mark.parametrize("kind", list(MessageKind))
@pytest.mark.parametrize("now", [MONDAY_NOON, MONDAY_NIGHT])
def test_a_packed_decision_takes_less_than_600_bytes(kind: MessageKind, now) -> None:
    asked = replace(CLEAR[kind], time_zones=("America/Chicago", "America/New_York"))
    packed = json.dumps(pack(decide(asked, load(), now), asked))
    assert len(packed.encode()) < 600


def test_a_decision_reads_as_sentences_with_their_citations() -> None:
    asked = replace(CLEAR_CAMPAIGN, standing=Standing.OPTED_OUT)
    lines = sentences(pack(decide(asked, load(), MONDAY_NIGHT), asked), load())
    assert (
        "Refuse: The person is not opted in: the ledger says opted out. "
        "[47 CFR 64.1200(a)(1)-(2), (f)(9); CTIA Messaging Principles 5.1.2]"
    ) in lines
    assert (
        "Hold: It is outside Mon-Sun 08:00-21:00 somewhere the person may be. "
        "[47 CFR 64.1200(c)(1); 16 CFR 310.4(c)]"
    ) in lines
    assert "Pass: The campaign is approved. [House rule: a second person approves]" in lines


def test_a_decision_is_readable_when_its_rule_has_long_left_the_rulebook() -> None:
    packed = pack(decide(CLEAR_CAMPAIGN, load(), MONDAY_NIGHT), CLEAR_CAMPAIGN)
    lines = sentences(packed, rulebook_of([]))
    assert "Hold: It is outside Mon-Sun 08:00-21:00 somewhere the person may be." in lines


def test_a_suppression_names_its_scope_and_reason_shortly() -> None:
    barred = (Suppression("all", "x" * 500),)
    asked = replace(CLEAR_CAMPAIGN, suppressions=barred)
    packed = pack(decide(asked, load(), MONDAY_NOON), asked)
    assert packed["x"] == "all, " + "x" * 75


@pytest.mark.django_db
@pytest.mark.parametrize("now", [MONDAY_NOON, MONDAY_NIGHT, MONDAY_NIGHT.replace(day=8)])
def test_decisions_take_at_most_600_bytes_on_average_even_where_all_are_held(now) -> None:
    states = {area.state for area in area_codes().values() if area.country == "US"}
    held = [
        replace(CLEAR_CAMPAIGN, state=state, time_zones=tuple(sorted(zones_of(f"US-{state}"))))
        for state in sorted(states - {""})
    ]
    kept = [json.dumps(pack(decide(each, load(), now), each) | {"a": 10**7}) for each in held]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT avg(pg_column_size(each::jsonb)) FROM unnest(%s::text[]) AS each", [kept]
        )
        (size,) = cursor.fetchone()
    assert size <= 600
