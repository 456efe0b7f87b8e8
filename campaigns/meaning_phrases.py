"""Find phrases in the words of a reply, in time that grows with their number and no faster."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from campaigns.meaning_letters import END, Word, words_of

LONGEST_GAP = 3  # words
_GAP = frozenset[str]()
_CLOSE = "$"
NAME = "<name>"
_CAPITALS = re.compile(r"[A-Z]{2,}")


@dataclass(frozen=True, slots=True)
class Phrase:
    """A phrase as data writes it and as it is searched: sets of words, gaps, the end."""

    said: str
    parts: tuple[frozenset[str], ...]
    opens: bool


@dataclass(frozen=True, slots=True)
class Match:
    """Where a phrase was found: from `start` to before `end`."""

    start: int
    end: int
    said: str


class Phrases:
    """A set of phrases, found by their first word."""

    def __init__(self, phrases: Iterable[Phrase]) -> None:
        self._by_first: dict[str, list[Phrase]] = defaultdict(list)
        for phrase in phrases:
            for word in phrase.parts[0]:
                self._by_first[word].append(phrase)

    def words(self) -> set[str]:
        """Return every word that some phrase knows."""
        return {
            word
            for phrases in self._by_first.values()
            for phrase in phrases
            for part in phrase.parts
            for word in part
        }

    def find(self, names: Sequence[frozenset[str]]) -> list[Match]:
        """Return every match, from left to right; of one phrase at one place the longest."""
        found = []
        for start, here in enumerate(names):
            for name in here:
                for phrase in self._by_first.get(name, ()):
                    if phrase.opens and start and END not in names[start - 1]:
                        continue
                    end = _end(phrase.parts, 0, names, start)
                    if end:
                        found.append(Match(start, end, phrase.said))
        return found


def names_of(words: Sequence[Word]) -> list[frozenset[str]]:
    """Return by which names phrases know each word: itself, a person's name, or in capitals.

    In a text that is all capitals, capitals say nothing.
    """
    shouts = not any(word.shape in {"Aa", "aa"} for word in words)
    return [_names(word, shouts) for word in words]


def _names(word: Word, shouts: bool) -> frozenset[str]:
    if word.shape == "Aa":
        return frozenset({word.text, NAME})
    if word.shape == "AA" and not shouts:
        return frozenset({word.text, word.text.upper()})
    return frozenset({word.text})


def _end(
    parts: tuple[frozenset[str], ...], part: int, names: Sequence[frozenset[str]], at: int
) -> int:
    """Return where the longest match ends, 0 for none.

    A phrase has few parts and a gap few words, both bounded: so are the ways to try.
    """
    if part == len(parts):
        return at
    wanted = parts[part]
    if wanted == _GAP:
        ends = [_end(parts, part + 1, names, at)]
        for taken in range(at, min(at + LONGEST_GAP, len(names))):
            if END in names[taken]:
                break
            ends.append(_end(parts, part + 1, names, taken + 1))
        return max(ends)
    longest = 0
    if at < len(names) and not wanted.isdisjoint(names[at]):
        longest = _end(parts, part + 1, names, at + 1)
    if not longest and _CLOSE in wanted and (at == len(names) or END in names[at]):
        longest = _end(parts, part + 1, names, at)
    return longest


def compile_phrase(said: str, sets: Mapping[str, frozenset[str]]) -> list[Phrase]:
    """Read a phrase as data writes it; raise ValueError with a sentence about what is wrong.

    Words in order; `a|b` either; `@set` any of a set; `word?` or not; `..` up to three words of
    the same sentence; `^` and `$` its begin and end; `,` the end of one sentence; `<name>` a word
    with a capital; STOP that very word in capitals where the rest is not.
    """
    pieces = said.split()
    opens = pieces[:1] == ["^"]
    choices = [_choices(piece, sets) for piece in pieces[opens:]]
    found = []
    for parts in product(*choices):
        kept = tuple(part for part in parts if part is not None)
        if not kept or _CLOSE in kept[0] or _GAP in (kept[0], kept[-1]):
            raise ValueError("begins and ends with a word")
        found.append(Phrase(said, kept, opens))
    return found


def _choices(piece: str, sets: Mapping[str, frozenset[str]]) -> list[frozenset[str] | None]:
    if piece == "..":
        return [_GAP]
    if piece == ",":
        return [frozenset({END})]
    if piece == ",?":
        return [frozenset({END}), None]
    optional = piece.endswith("?")
    words: set[str] = set()
    for each in piece.removesuffix("?").split("|"):
        words |= _meant(each, sets)
    return [frozenset(words), None] if optional else [frozenset(words)]


def _meant(word: str, sets: Mapping[str, frozenset[str]]) -> frozenset[str]:
    if word in {NAME, _CLOSE} or _CAPITALS.fullmatch(word):
        return frozenset({word})
    if word.startswith("@"):
        if word[1:] not in sets:
            raise ValueError(f"{word} names no set")
        return sets[word[1:]]
    return frozenset({one_word(word)})


def one_word(text: str) -> str:
    """Even out one word of the data as replies are; raise ValueError where it is not one."""
    words = words_of(text)
    if len(words) != 1:
        raise ValueError(f"{text!r} is not one word")
    return words[0].text
