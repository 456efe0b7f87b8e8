import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from campaigns.meaning import Reading, Scope, State, normalise, read
from campaigns.meanings import loader
from campaigns.vocabulary import Meaning

# 47 CFR 64.1200(a)(10)
FCC = ("stop", "quit", "end", "revoke", "opt out", "cancel", "unsubscribe")
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
        "STOP please",
        "st0p",
        "s t o p please",
        "ѕтор",
        "\U0001f1f8\U0001f1f9\U0001f1f4\U0001f1f5",
        "STOOOOP",
        "stpo",
    ],
)
def test_the_standard_words_stop_however_they_are_typed(said: str) -> None:
    assert read(said).meaning == Meaning.STOP


@pytest.mark.parametrize(
    ("said", "rule"),
    [
        ("Please take me off your list", "en stop: take me off your list"),
        ("remove me", "en stop: remove me"),
        ("you can delete me from this", "en stop: delete me"),
        ("opt me out please", "en stop: opt me out"),
        ("Stop texting me!", "en stop: stop texting"),
        ("stop all these messages", "en stop"),
        ("Don\u2019t text me again", "en stop"),
        ("do not contact me", "en stop"),
        ("NO MORE TEXTS", "en stop: no more texts"),
        ("I withdraw my consent", "en stop: withdraw"),
        ("I am revoking consent", "en stop"),
        ("lose my number", "en stop all: lose my number"),
        ("leave me alone", "en stop all: leave me alone"),
        ("Wrong number, sorry", "en stop all: wrong number"),
        ("plz unsubscirbe", "slip, en stop: unsubscribe"),
        ("ya no quiero recibir mensajes", "es stop"),
        ("désabonnez-moi", "fr stop: desabonnez moi"),
    ],
)
def test_what_nobody_says_who_wants_more_texts_stops_anywhere(said: str, rule: str) -> None:
    reading = read(said)
    assert reading.meaning == Meaning.STOP
    assert reading.rule.startswith(rule)


NOT_TO = (
    "do not",
    "please don't ever",
    "I'd appreciate it if you didn't",
    "I'd rather you didn't",
    "we ask that you not",
    "I told you people never to",
    "you are not allowed to",
)


@pytest.mark.parametrize("order", NOT_TO)
@pytest.mark.parametrize("asked", ["text me again", "keep texting me", "send me these messages"])
def test_an_order_not_to_is_heard_however_politely_it_is_put(order: str, asked: str) -> None:
    assert read(f"{order} {asked}").meaning == Meaning.STOP
    assert read(f"Hello, {order} {asked}. Thank you").meaning == Meaning.STOP


@pytest.mark.parametrize(
    "said",
    [
        "I'd appreciate it if you didn't ring the bell",
        "I told you not to put onions on it",
        "if you don't text me I'll just come in",
        "you are not allowed to park there",
        "I'll quit my job Friday",
        "cancel Tuesday, I can come Wednesday",
        "at the end of the week",
        "can't stop laughing",
        "please stop by",
        "please delete messages older than a week",
        "unstoppable",
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
    assert read(said) == Reading(Meaning.OTHER)


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
    assert read(" join! ", State({"JOIN"})) == Reading(Meaning.KEYWORD, "keyword: join")
    assert read("Caf\u00e9", State(["CAFE"])).meaning == Meaning.KEYWORD
    assert read("join me", State({"JOIN"})).meaning == Meaning.OTHER
    assert read("start", State({"START"})).meaning == Meaning.KEYWORD


@pytest.mark.parametrize(
    "word",
    sorted(
        word
        for language in loader.load()
        for word in language.stop | language.everyday | language.help | language.yes
        if " " not in word
    ),
)
def test_no_keyword_takes_a_word_that_people_rely_on(word: str) -> None:
    assert read(word, State({word})).meaning in {Meaning.STOP, Meaning.HELP, Meaning.YES}


@pytest.mark.parametrize("word", FCC)
def test_each_word_that_revokes_by_law_stops(word: str) -> None:
    assert read(word).meaning == Meaning.STOP


def test_an_empty_keyword_matches_nothing() -> None:
    assert read("!!", State({"", "?"})).meaning == Meaning.OTHER


def test_an_ok_or_a_no_answers_only_while_we_asked() -> None:
    asked = State(asked=True)
    assert [read("ok").meaning, read("no").meaning] == [Meaning.OTHER, Meaning.OTHER]
    assert read("ok", asked).meaning == Meaning.YES
    assert read("No thanks", asked).meaning == Meaning.PROBABLY_STOP


@pytest.mark.parametrize(
    ("said", "scope", "named"),
    [
        ("stop", Scope.BRAND, ""),
        ("stop all", Scope.EVERYTHING, ""),
        ("take me off all your lists", Scope.EVERYTHING, ""),
        ("wrong number", Scope.EVERYTHING, ""),
        ("Stop OFFERS please", Scope.TOPIC, "offers"),
        ("enough", Scope.BRAND, ""),
        ("help", Scope.NONE, ""),
    ],
)
def test_a_reading_says_how_much_ends(said: str, scope: Scope, named: str) -> None:
    reading = read(said, State(names=("Offers",)))
    assert (reading.scope, reading.named) == (scope, named)


@pytest.mark.parametrize(
    "said",
    [
        "stop " * 20_000,
        "no more " * 12_000,
        "a" * 100_000,
        "revoke" * 16_000,
        "a\u0315\u0300" * 40_000,
        "\ufdfa" * 100_000,
        "s t o p " * 12_000,
        "u n s u b " * 10_000,
        "dont want to " * 8_000,
        "how do i stop " * 7_000,
        ". " * 50_000,
        "\U0001f6d1" * 100_000,
        "unsubscrxbe " * 9_000,
        "stoooop" * 15_000,
    ],
)
def test_a_hundred_thousand_characters_are_read_at_once(said: str) -> None:
    read("warm")
    began = time.process_time()
    read(said)
    assert time.process_time() - began < 2


@given(st.text())
def test_any_text_has_a_meaning_and_normalising_twice_changes_nothing(said: str) -> None:
    assert isinstance(read(said, State({"JOIN"})).meaning, Meaning)
    assert normalise(normalise(said)) == normalise(said)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_have_a_meaning(said: bytes) -> None:
    for encoding in ("utf-8", "utf-16", "latin-1"):
        reading = read(said.decode(encoding, errors="replace"))
        assert isinstance(reading.meaning, Meaning)
    assert isinstance(read(said.decode("utf-8", errors="surrogateescape")).rule, str)


VOCABULARY = sorted({word for each in loader.load() for word in each.known})


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(VOCABULARY), max_size=60), st.integers(1, 60))
def test_words_of_the_rules_in_any_order_are_read_in_bounded_time(
    words: list[str], times: int
) -> None:
    began = time.process_time()
    read(" ".join(words * times))
    assert time.process_time() - began < 2


@given(st.sampled_from(("stop", "unsubscribe", "opt out", "help")), st.data())
def test_case_and_marks_change_nothing(word: str, data: st.DataObject) -> None:
    cased = "".join(data.draw(st.sampled_from((mark.lower(), mark.upper()))) for mark in word)
    around = st.text(alphabet=" .!?\u200b\u2060'\"\u2026\n", max_size=5)
    assert read(data.draw(around) + cased + data.draw(around)) == read(word)


@pytest.mark.parametrize("said", ["🚫📱", "📵", "🚫", "🙅‍♀️📱", "$top", "STOP ✋🏽", "🛑 stop 🛑"])
def test_signs_of_stop_are_words_of_stop(said: str) -> None:
    assert read(said).meaning in {Meaning.STOP, Meaning.PROBABLY_STOP}


def test_a_lone_word_one_letter_off_is_probably_meant() -> None:
    assert read("cancal") == Reading(
        Meaning.PROBABLY_STOP, "one letter off, en stop alone: cancel", Scope.BRAND
    )
    assert [read(word).meaning for word in ("shop", "top", "🚫 onions please")] == [
        Meaning.OTHER
    ] * 3
