"""Know the slips of thumbs: which word was meant by one that no language knows."""

import re
from collections.abc import Collection, Mapping

_ROWS = ("1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm")
LONG_WORD = 8
"""From here on two slips are allowed, since little else is as long and as like."""
MOST_SLIPS = 2
_LONGEST_WORD = 24
_HELD = re.compile(r"([a-z])\1\1")
_AS_LETTERS = str.maketrans("013457", "oieast")


def slips_of(words: Collection[str], known: Collection[str]) -> Mapping[str, str]:
    """Return the single slips of short words by what they give, apart from words that exist."""
    return {
        slip: word
        for word in sorted(words)
        if len(word) < LONG_WORD
        for slip in sorted(_single_slips(word))
        if slip not in known
    }


def unstretched(word: str, meant: Collection[str], known: Collection[str]) -> str:
    """Return the word behind "stoooop" and "st0p", or the word itself."""
    if word in known or len(word) > 10 * _LONGEST_WORD:
        return word
    letters = word.translate(_AS_LETTERS) if word[:1].isalnum() and not word.isdigit() else word
    bare = _squeezed(letters)
    for tried in (letters, bare):
        if tried in meant:
            return tried
    # Nobody writes a letter thrice by mistake
    return bare if _HELD.search(word) and bare in known else word


def meant_by(
    word: str, slips: Mapping[str, str], meant: Collection[str], known: Collection[str]
) -> str:
    """Return the word that a slip was meant for, or the word itself."""
    if word in known or len(word) > _LONGEST_WORD:
        return word
    if word in slips:
        return slips[word]
    near = (
        (_distance(word, each), each)
        for each in meant
        if len(each) >= LONG_WORD and abs(len(each) - len(word)) <= 2 and each[0] == word[0]
    )
    distance, nearest = min(near, default=(LONG_WORD, word))
    return nearest if distance <= MOST_SLIPS else word


def alike(word: str, meant: Collection[str], known: Collection[str]) -> list[str]:
    """Return the words that are one letter away from an unknown one, and the word itself."""
    if len(word) > _LONGEST_WORD:
        return []
    return sorted(
        each for each in meant if each == word or (word not in known and _distance(word, each) <= 1)
    )


def _squeezed(word: str) -> str:
    return "".join(mark for at, mark in enumerate(word) if not at or word[at - 1] != mark)


def _single_slips(word: str) -> set[str]:
    found = set()
    for at, letter in enumerate(word):
        found.add(word[:at] + word[at + 1 :])
        found.add(word[:at] + word[at + 1 : at + 2] + letter + word[at + 2 :])
        for beside in _beside(letter):
            found.add(word[:at] + beside + word[at + 1 :])
            found.add(word[:at] + beside + word[at:])
            found.add(word[: at + 1] + beside + word[at + 1 :])
    return {slip for slip in found if len(slip) > 2} - {word}


def _beside(letter: str) -> set[str]:
    """Return the keys around a letter's on a keyboard."""
    for row, keys in enumerate(_ROWS):
        at = keys.find(letter)
        if at >= 0:
            near = {(row, at - 1), (row, at + 1), (row - 1, at), (row - 1, at + 1)}
            near |= {(row + 1, at), (row + 1, at - 1)}
            return {
                _ROWS[line][key]
                for line, key in near
                if 0 <= line < len(_ROWS) and 0 <= key < len(_ROWS[line])
            }
    return set()


def _distance(left: str, right: str) -> int:
    """Count insertions, deletions, substitutions and neighbours swapped."""
    before: list[int] = []
    last = list(range(len(right) + 1))
    for row, one in enumerate(left, start=1):
        line = [row]
        for column, other in enumerate(right, start=1):
            cost = min(last[column] + 1, line[column - 1] + 1, last[column - 1] + (one != other))
            if row > 1 and column > 1 and one == right[column - 2] and left[row - 2] == other:
                cost = min(cost, before[column - 2] + 1)
            line.append(cost)
        before, last = last, line
    return last[-1]
