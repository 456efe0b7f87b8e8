"""How well replies are read, measured on sets that are kept apart from the rules."""

from pathlib import Path

import pytest

from campaigns.meaning import read
from campaigns.vocabulary import Meaning
from tests.campaigns.labelled_replies import Labelled, replies_in

RECALL, PRECISION = 0.99, 0.97
# The second and fourth sets are never tuned on: these are their figures at the first measure
AT_FIRST = {"held_out_2": (0.937, 0.975), "held_out_4": (0.753, 0.916)}
SETS = ["tuned", "held_out", "held_out_2", "held_out_3", "held_out_4"]
REVOKES = {Meaning.STOP, Meaning.PROBABLY_STOP}
DOCS = Path(__file__).parents[2] / "docs" / "replies.md"


def caught(reply: Labelled) -> bool:
    return read(reply.text).meaning in REVOKES


@pytest.mark.parametrize("name", ["tuned", "held_out", "held_out_3"])
def test_what_revokes_is_caught_and_little_else(name: str) -> None:
    replies = replies_in(name)
    revoking = [reply for reply in replies if reply.revokes]
    found = [reply for reply in replies if caught(reply)]
    right = [reply for reply in found if reply.revokes]
    assert len(right) / len(revoking) >= RECALL
    assert len(right) / len(found) >= PRECISION


@pytest.mark.parametrize("name", ["tuned", "held_out"])
def test_the_sets_are_large_and_half_of_them_are_traps(name: str) -> None:
    replies = replies_in(name)
    assert len(replies) >= 600
    assert {reply.language for reply in replies} == {"en", "es", "fr"}
    assert 0.4 <= sum(not reply.revokes for reply in replies) / len(replies) <= 0.6


@pytest.mark.parametrize("name", AT_FIRST)
def test_what_was_new_to_the_rules_is_still_read_as_well_as_at_first(name: str) -> None:
    recall, precision = AT_FIRST[name]
    replies = replies_in(name)
    revoking = [reply for reply in replies if reply.revokes]
    found = [reply for reply in replies if caught(reply)]
    right = [reply for reply in found if reply.revokes]
    assert len(right) / len(revoking) >= recall
    assert len(right) / len(found) >= precision


def test_the_rule_is_short_and_in_the_words_of_the_data() -> None:
    replies = [reply for name in SETS for reply in replies_in(name)]
    rules = {read(reply.text).rule for reply in replies}
    assert [rule for rule in rules if len(rule) > 60 or set(rule) & set("@|{}$^?")] == []


@pytest.mark.parametrize("name", SETS)
def test_every_miss_is_listed_in_the_docs(name: str) -> None:
    told = DOCS.read_text(encoding="utf-8")
    wrong = [reply.text for reply in replies_in(name) if caught(reply) != reply.revokes]
    assert [text for text in wrong if f"“{text}”" not in told] == []
