"""Find phrases in the words of a reply, in time that grows with their number and no faster."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from campaigns.meaning_letters import END, Word, words_of

LONGEST_GAP = 3  # words
_CLOSE = "$"
NAME = "<name>"
_CAPITALS = re.compile(r"[A-Z]{2,}")


@dataclass(frozen=True, slots=True)
class Part:
    """One place of a phrase: any of some words, or any of some shorter phrases, or a gap.

    A gap has neither.
    """

    words: frozenset[str] = frozenset()
    ways: tuple[tuple["Part", ...], ...] = ()
    optional: bool = False

    @property
    def gap(self) -> bool:
        """Say whether any word may stand here."""
        return not self.words and not self.ways

    def vocabulary(self) -> frozenset[str]:
        """Return every word that may stand here."""
        return self.words.union(*(part.vocabulary() for way in self.ways for part in way))


@dataclass(frozen=True, slots=True)
class Phrase:
    """A phrase as it is searched: its parts, the words it knows, whether it opens a sentence."""

    parts: tuple[Part, ...]
    opens: bool
    words: frozenset[str]


@dataclass(frozen=True, slots=True)
class Match:
    """Where a phrase was found: from `start` to before `end`, and in which of its own words."""

    start: int
    end: int
    said: str


class Phrases:
    """A set of phrases, found by their first word."""

    def __init__(self, phrases: Iterable[Phrase]) -> None:
        self._by_first: dict[str, list[Phrase]] = defaultdict(list)
        for phrase in phrases:
            for word in sorted(_first(phrase.parts)):
                self._by_first[word].append(phrase)

    def words(self) -> set[str]:
        """Return every word that some phrase knows."""
        each = {word for phrases in self._by_first.values() for p in phrases for word in p.words}
        return each - {_CLOSE, END}

    def find(self, names: Sequence[frozenset[str]]) -> list[Match]:
        """Return every match, from left to right; of one phrase at one place the longest."""
        found = []
        for start, here in enumerate(names):
            for name in here:
                for phrase in self._by_first.get(name, ()):
                    if phrase.opens and start and END not in names[start - 1]:
                        continue
                    ends = _after(phrase.parts, names, {start})
                    if ends:
                        said = _in_its_words(phrase.words, names[start : max(ends)])
                        found.append(Match(start, max(ends), said))
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


def _in_its_words(known: frozenset[str], names: Sequence[frozenset[str]]) -> str:
    """Say what was found by the words of the phrase alone; a gap may hold what is private."""
    said: list[str] = []
    for here in names:
        ours = sorted(here & known, key=lambda name: (name != name.lower(), name))
        word = ours[0] if ours else ".."
        if word != END and (word != ".." or said[-1:] != [".."]):
            said.append(word)
    return " ".join(said)


def _first(parts: Sequence[Part]) -> set[str]:
    """Return the words that a phrase may begin with."""
    found: set[str] = set()
    for part in parts:
        found |= part.words.union(*(_first(way) for way in part.ways))
        if not part.optional:
            break
    return found - {_CLOSE}


def _after(
    parts: Iterable[Part], names: Sequence[frozenset[str]], places: Iterable[int]
) -> set[int]:
    """Return where all the parts, one after another, may end; empty for nowhere.

    All ways go forward together, so that none is tried twice: time is bounded by the data.
    """
    here = set(places)
    for part in parts:
        if not here:
            break
        there = here if part.optional else set()
        here = there | _step(part, names, here)
    return here


def _step(part: Part, names: Sequence[frozenset[str]], here: set[int]) -> set[int]:
    if part.gap:
        return {place for start in here for place in _across(names, start)}
    there = set()
    for at in here:
        if at < len(names) and not part.words.isdisjoint(names[at]):
            there.add(at + 1)
        if _CLOSE in part.words and (at == len(names) or END in names[at]):
            there.add(at)
    for way in part.ways:
        there |= _after(way, names, here)
    return there


def _across(names: Sequence[frozenset[str]], start: int) -> Iterable[int]:
    yield start
    for at in range(start, min(start + LONGEST_GAP, len(names))):
        if END in names[at]:
            return
        yield at + 1


Parts = Mapping[str, tuple[tuple[Part, ...], ...]]


def compile_phrase(said: str, sets: Mapping[str, frozenset[str]], ways: Parts) -> Phrase:
    """Read a phrase as data writes it; raise ValueError with a sentence about what is wrong.

    Words in order; `a|b` either; `@set` any of a set; `{ways}` any of some shorter phrases;
    `word?` or not; `..` up to three words of the same sentence; `^` and `$` its begin and end;
    `,` the end of one sentence; `<name>` a word with a capital; STOP that very word in capitals
    where the rest is not.
    """
    opens = said.split()[:1] == ["^"]
    parts = compile_way(said.removeprefix("^"), sets, ways)
    sure = [part for part in parts if not part.optional]
    if not sure or _CLOSE in parts[0].words or parts[0].gap or parts[-1].gap:
        raise ValueError("begins and ends with a word")
    return Phrase(parts, opens, frozenset().union(*(part.vocabulary() for part in parts)))


def compile_way(said: str, sets: Mapping[str, frozenset[str]], ways: Parts) -> tuple[Part, ...]:
    """Read a shorter phrase, which may be a mere end; raise ValueError as `compile_phrase` does."""
    parts = tuple(_part(piece, sets, ways) for piece in said.split())
    if all(part.optional or part.gap for part in parts):
        raise ValueError("holds no word")
    return parts


def _part(piece: str, sets: Mapping[str, frozenset[str]], ways: Parts) -> Part:
    if piece == "..":
        return Part()
    if piece in {",", ",?"}:
        return Part(frozenset({END}), optional=piece == ",?")
    optional = piece.endswith("?")
    words: set[str] = set()
    found: list[tuple[Part, ...]] = []
    for each in piece.removesuffix("?").split("|"):
        if each.startswith("{"):
            if each.strip("{}") not in ways:
                raise ValueError(f"{each} names no ways")
            found += ways[each.strip("{}")]
        else:
            words |= _meant(each, sets)
    return Part(frozenset(words), tuple(found), optional)


def _meant(word: str, sets: Mapping[str, frozenset[str]]) -> frozenset[str]:
    if word in {NAME, _CLOSE} or _CAPITALS.fullmatch(word):
        return frozenset({word})
    if word.startswith("@"):
        if word[1:] not in sets:
            raise ValueError(f"{word} names no set")
        return sets[word[1:]]
    return frozenset({one_word(word)})


def words_of_entry(entry: str, sets: Mapping[str, frozenset[str]]) -> frozenset[str]:
    """Read an entry of a set: a word, `@set` with all its words, or `@stems+e|en` inflected."""
    named, inflected, endings = entry.partition("+")
    if not named.startswith("@"):
        return frozenset({one_word(entry)})
    stems = _meant(named, sets)
    if not inflected:
        return stems
    return frozenset(one_word(stem + ending) for stem in stems for ending in endings.split("|"))


def one_word(text: str) -> str:
    """Even out one word of the data as replies are; raise ValueError where it is not one."""
    words = words_of(text)
    if len(words) != 1:
        raise ValueError(f"{text!r} is not one word")
    return words[0].text
