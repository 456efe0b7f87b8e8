"""Undo how words of a reply were spelt: letter by letter, stretched, or with slips of the thumb."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache

from campaigns.meaning_letters import END, Word
from campaigns.meanings import loader
from campaigns.meanings.slips import alike, meant_by, unstretched


def joined(words: list[Word]) -> list[Word]:
    """Put words together that were spelt out or torn apart, and undo letters held too long."""
    found: list[Word] = []
    at = 0
    while at < len(words):
        run = _letters_from(words, at)
        if run:
            found.append(Word(run[0], words[at].shape))
            at = run[1]
            continue
        found.append(replace(words[at], text=_unstretched(words[at].text)))
        at += 1
    return found


def _letters_from(words: Sequence[Word], at: int) -> tuple[str, int] | None:
    """Return the word that single letters spell from here on, and where it ends."""
    letters, end = "", at
    while end < len(words) and (len(words[end].text) == 1) and len(letters) < 12:
        if words[end].text != END:
            letters += words[end].text
        end += 1
        if letters in _spelt() and (end == len(words) or len(words[end].text) > 1 or at == 0):
            return letters, end
    return None


@cache
def _spelt() -> frozenset[str]:
    words = {"help", "yes", "start"}
    for language in loader.load():
        words |= set(language.stop | language.everyday | language.everything)
    return frozenset(word.replace(" ", "") for word in words if len(word) > 2)


@cache
def _known() -> frozenset[str]:
    return frozenset().union(*(language.known for language in loader.load()))


@cache
def _mistyped() -> frozenset[str]:
    return frozenset().union(*(language.mistyped for language in loader.load()))


@cache
def _slips() -> Mapping[str, str]:
    known = _known()
    return {
        slip: word
        for language in loader.load()
        for slip, word in language.slips.items()
        if slip not in known
    }


def _unstretched(word: str) -> str:
    return unstretched(word, _mistyped(), _known())


def meant(word: str) -> str:
    """Return the word that a slip was meant for, or the word itself."""
    return meant_by(word, _slips(), _mistyped(), _known())


def nearest(word: str) -> list[str]:
    """Return the words that an unknown one is a letter away from, digits around it apart."""
    bare = word.strip("0123456789")
    return alike(bare, _mistyped(), _known()) if len(bare) > 2 else []
