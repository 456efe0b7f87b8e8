"""Cases that are taken for alike get the same verdicts."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as some

from campaigns.clearance import decide
from campaigns.clearance_likeness import alike_at
from campaigns.rulebook import loader
from tests.promises.any_facts import facts as any_facts
from tests.promises.any_facts import moments

RULEBOOK = loader.load()


def said(clearance):
    return (
        clearance.outcome,
        clearance.code,
        clearance.until,
        [(each.code, each.outcome, each.sentence, each.until) for each in clearance.verdicts],
    )


@settings(max_examples=60, deadline=None)
@given(any_facts, moments, some.integers(0, 59), some.integers(0, 4))
def test_every_verdict_is_the_same(facts, minute, seconds, sent):
    moment = minute + timedelta(seconds=seconds)
    texts = tuple(moment - timedelta(days=3 * n, seconds=7) for n in range(sent))
    facts = replace(facts, sent_on_topic=texts, sent_at_all=texts)
    kept, when = alike_at(facts, RULEBOOK, moment)
    assert said(decide(kept, RULEBOOK, when)) == said(decide(facts, RULEBOOK, moment))
