"""Slips of the thumb: which word was meant by one that no language knows."""

import pytest

from campaigns.meaning import read
from campaigns.meanings.slips import alike, meant_by, unstretched
from campaigns.vocabulary import Meaning

MEANT = ("interested", "interesse", "delete", "stop")
KNOWN = {*MEANT, "no", "more", "contract"}


def test_of_two_long_words_that_are_alike_the_nearer_one_was_meant() -> None:
    assert meant_by("interestd", {}, MEANT, KNOWN) == "interested"
    assert meant_by("interese", {}, MEANT, KNOWN) == "interesse"
    assert meant_by("interminable", {}, MEANT, KNOWN) == "interminable"


def test_a_word_that_exists_was_meant() -> None:
    assert meant_by("contract", {"contract": "contact"}, MEANT, KNOWN) == "contract"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("stoooop", "stop"),
        ("st0p", "stop"),
        ("nooooo", "no"),
        ("morrre", "more"),
        ("noo", "noo"),
        ("brrrr", "brrrr"),
    ],
)
def test_letters_that_were_held_are_dropped(typed: str, meant: str) -> None:
    assert unstretched(typed, MEANT, KNOWN) == meant


def test_a_letter_off_is_alike_unless_the_word_exists() -> None:
    assert alike("stopp", MEANT, KNOWN) == ["stop"]
    assert alike("stoppage", MEANT, KNOWN) == []


@pytest.mark.parametrize(
    "said",
    [
        "delet my number",
        "do not contct me",
        "leav me alone",
        "stop the alrts",
        "no quireo mensajes",
        "deje de escribrme",
        "suprimez mon numero",
        "nooooo more texts",
    ],
)
def test_slips_in_words_within_a_revocation_are_read(said: str) -> None:
    assert read(said).meaning == Meaning.STOP


@pytest.mark.parametrize(
    "said", ["do not contract me out", "cancel these tests", "the leaves alone took hours"]
)
def test_words_that_are_one_slip_away_are_left_as_they_are(said: str) -> None:
    assert read(said).meaning == Meaning.OTHER
