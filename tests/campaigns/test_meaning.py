import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.meaning import HELP_WORDS, STOP_WORDS, YES_WORDS, Reading, normalise, read
from campaigns.vocabulary import Meaning

FULL_WIDTH_STOP = "\uff33\uff54\uff4f\uff50"


@pytest.mark.parametrize(
    "said",
    [
        "STOP",
        "stop",
        "Stop.",
        "stop!!",
        " \n stop \t",
        "S T O P",
        "S.T.O.P.",
        "\u201cSTOP\u201d",
        "'stop'",
        FULL_WIDTH_STOP,
        "\U0001f6d1 STOP \U0001f6d1",
        "st\u200bop",
        "STOP ALL",
        "StopAll",
        "stop-all",
        "opt-out",
        "OPT OUT",
        "optout",
        "Arr\u00eat",
        "arr\u00eate",
        "ARRETE",
        "quit",
        "Cancel",
        "end",
        "unsubscribe",
        "Revoke",
        "remove",
    ],
)
def test_the_standard_words_stop_however_they_are_typed(said: str) -> None:
    assert read(said).meaning == Meaning.STOP


@pytest.mark.parametrize(
    ("said", "rule"),
    [
        ("Please take me off your list", "stop phrase: take me off"),
        ("remove me", "stop phrase: remove me"),
        ("you can delete me from this", "stop phrase: remove me"),
        ("opt me out please", "stop phrase: opt me out"),
        ("Stop texting me!", "stop phrase: stop texting"),
        ("stop all these messages", "stop phrase: stop texting"),
        ("Don\u2019t text me again", "stop phrase: no more texts"),
        ("do not contact me", "stop phrase: no more texts"),
        ("NO MORE TEXTS", "stop phrase: no more texts"),
        ("I withdraw my consent", "stop phrase: revoke consent"),
        ("I am revoking consent", "stop phrase: revoke consent"),
        ("lose my number", "stop phrase: lose my number"),
        ("leave me alone", "stop phrase: leave me alone"),
        ("Wrong number, sorry", "stop phrase: wrong number"),
    ],
)
def test_what_nobody_says_who_wants_more_texts_stops_anywhere(said: str, rule: str) -> None:
    assert read(said) == Reading(Meaning.STOP, rule)


@pytest.mark.parametrize(
    "said",
    [
        "I'll quit my job Friday",
        "cancel Tuesday, I can come Wednesday",
        "at the end of the week",
        "can't stop laughing",
        "please stop by",
        "please delete messages older than a week",
        "unstoppable",
        "STOP please",
        "",
        "   ",
        "\U0001f44d",
        "OK",
        "yesterday",
        "why yes",
        "can you help",
        "\ud800",
        "\x00",
    ],
)
def test_everyday_talk_is_left_to_a_person(said: str) -> None:
    assert read(said) == Reading(Meaning.OTHER, "")


@pytest.mark.parametrize(
    ("said", "meaning"),
    [
        ("HELP", Meaning.HELP),
        ("help?", Meaning.HELP),
        ("Info", Meaning.HELP),
        ("aide", Meaning.HELP),
        ("YES", Meaning.YES),
        ("yes!", Meaning.YES),
        ("Y", Meaning.YES),
        ("START", Meaning.START),
        ("unstop", Meaning.START),
    ],
)
def test_help_yes_and_start_are_read(said: str, meaning: Meaning) -> None:
    assert read(said).meaning == meaning


def test_a_topics_keyword_is_read_however_it_is_typed() -> None:
    assert read(" join! ", {"JOIN"}) == Reading(Meaning.KEYWORD, "keyword: join")
    assert read("Caf\u00e9", ["CAFE"]).meaning == Meaning.KEYWORD
    assert read("join me", {"JOIN"}).meaning == Meaning.OTHER
    assert read("start", {"START"}).meaning == Meaning.KEYWORD


@pytest.mark.parametrize("word", sorted(STOP_WORDS | HELP_WORDS | YES_WORDS))
def test_no_keyword_takes_a_word_that_people_rely_on(word: str) -> None:
    assert read(word, {word}).meaning in {Meaning.STOP, Meaning.HELP, Meaning.YES}


def test_an_empty_keyword_matches_nothing() -> None:
    assert read("!!", {"", "?"}).meaning == Meaning.OTHER


def test_the_longest_text_is_read_at_once() -> None:
    began = time.perf_counter()
    for said in ("stop " * 20_000, "no more " * 12_000, "a" * 100_000, "revoke" * 16_000):
        read(said)
    assert time.perf_counter() - began < 2


@given(st.text())
def test_any_text_has_a_meaning_and_normalising_twice_changes_nothing(said: str) -> None:
    assert isinstance(read(said, {"JOIN"}).meaning, Meaning)
    assert normalise(normalise(said)) == normalise(said)
