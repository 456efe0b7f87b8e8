"""Even out how a reply is typed: look-alike letters, accents, emoji, capitals, spacing."""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

END = "|"
"""Stands between sentences and half-sentences, in a list of words."""

# Beyond these, from either end, nothing is read: Amazon hands over 1,600 characters at most
LONGEST = 8000

# Latin letters that Unicode does not take apart, and letters of other scripts that look like them
_LOOKS_LIKE = {
    **dict(zip("аеорсухіѕјкмтнвпгԁԛԝһьъ", "aeopcyxisjkmthbnrdqwhbb", strict=True)),
    **dict(zip("αεορτυνικκσςηβχμωγδζ", "aeoptuvikkssnbxmwydz", strict=True)),
    **dict(zip("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ", "abcdefghijklmnoprstuvwyz", strict=True)),
    **dict(zip("ıøłđħŧƨƽƿɑɡɩօոստ", "iolohtssbagionus", strict=True)),
    "æ": "ae",
    "œ": "oe",
    "đ": "d",
    **{chr(first + n): chr(97 + n) for first in (0x1F150, 0x1F170, 0x1F1E6) for n in range(26)},
}
# Letters by name, blank by sight
_BLANK = frozenset("\u115f\u1160\u3164\uffa0")
_IN_WORDS = frozenset("'\u2019\u2018\u02bc`\u00b4")
_ENDS = frozenset(".,!?;:\u2026\u3002\uff0c\u060c")
_ENDS_ALWAYS = frozenset("\n\r\v\f\u2028\u2029()[]{}|")
_DASHES = frozenset("-\u2013\u2014")


@dataclass(frozen=True, slots=True)
class Word:
    """A word as it is compared, and how it was written: as a Name, in CAPITALS, small, or neither.

    The shapes are "Aa", "AA", "aa" and "".
    """

    text: str
    shape: str = ""


def words_of(text: str) -> list[Word]:
    """Return the words of a reply, evened out, with `END` between its sentences.

    Time grows with the length of the text, no faster: marks are dropped before Unicode would sort
    them, and what is longer than two texts of `LONGEST` is read at both ends only.
    """
    found: list[Word] = []
    for run in _runs(_ends(_plain(_ends(text)))):
        if run == END:
            if found and found[-1].text != END:
                found.append(Word(END))
        elif word := _evened(run):
            found.append(Word(word, _shape(run)))
    while found and found[-1].text == END:
        found.pop()
    return found


def _ends(text: str) -> str:
    """Return both ends of what is too long to read; a single letter may stand for eighteen."""
    return text if len(text) <= 2 * LONGEST else f"{text[:LONGEST]}\n{text[-LONGEST:]}"


def _plain(text: str) -> str:
    bare = "".join(mark for mark in text if not _vanishes(mark))
    return "".join(mark for mark in unicodedata.normalize("NFKD", bare) if not _vanishes(mark))


def _vanishes(mark: str) -> bool:
    return unicodedata.category(mark) in {"Mn", "Me", "Cf"} or mark in _BLANK


def _runs(text: str) -> Iterator[str]:
    """Yield the runs of letters and digits, and `END` where a sentence or half of one ends."""
    run: list[str] = []
    for at, mark in enumerate(text):
        if mark in _LOOKS_LIKE or unicodedata.category(mark)[0] in "LN":
            run.append(mark)
            continue
        if mark in _IN_WORDS:
            continue
        if run:
            yield "".join(run)
            run = []
        if _parts(mark, text[at - 1 : at], text[at + 1 : at + 2]):
            yield END
    if run:
        yield "".join(run)


def _parts(mark: str, before: str, after: str) -> bool:
    """Say whether a mark ends a sentence: "S.T.O.P" and 4.30 go on, "No. Stop" does not."""
    if mark in _ENDS:
        return not after.isalnum()
    if mark in _DASHES:
        return not before.strip() and not after.strip()
    return mark in _ENDS_ALWAYS or unicodedata.category(mark) == "So"


def _evened(run: str) -> str:
    folded = "".join(_LOOKS_LIKE.get(mark, mark) for mark in run.casefold())
    plain = unicodedata.normalize("NFKD", folded)
    return "".join(
        _LOOKS_LIKE.get(mark, mark)
        for mark in plain
        if unicodedata.category(mark)[0] in "LN" and mark not in _BLANK
    )


def _shape(run: str) -> str:
    if len(run) > 1 and run.isupper():
        return "AA"
    if run[:1].isupper() and run[1:].islower():
        return "Aa"
    return "aa" if any(mark.islower() for mark in run) else ""
