"""Read the proof of a consent: when, how and in which language, never guessing."""

import re
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import lru_cache

from consent.importing.mapping import plain
from consent.vocabulary import Source


class NoProof(ValueError):  # noqa: N818  reads as what it is where it is caught
    """A row that does not prove a consent; `reason` says what it lacks."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


NOTHING = frozenset(
    ["", "na", "n a", "nan", "none", "nil", "null", "unknown", "tbd", "not known", "not available"]
)
HOW_TO_WRITE = "write it as 2025-03-04T14:05:00-05:00"

SOURCES: dict[Source, tuple[str, ...]] = {
    Source.WEB_FORM: (
        "web form",
        "webform",
        "web",
        "website",
        "online",
        "online form",
        "landing page",
        "formulaire web",
        "formulario web",
    ),
    Source.KEYWORD: ("keyword", "text to join", "sms keyword", "text", "sms", "inbound text"),
    Source.PAPER_FORM: ("paper form", "paper", "sign up sheet", "signup sheet", "written form"),
    Source.POINT_OF_SALE: ("point of sale", "pos", "in store", "till"),
    Source.PHONE_CALL: ("phone call", "phone", "call", "telephone", "telephone call", "ivr"),
    Source.EMAIL: ("email", "e mail"),
    Source.LETTER: ("letter", "mail", "post"),
    Source.STAFF: ("staff",),
}
# Words that tell how a row came into some list, not how a person agreed
NO_SOURCE = frozenset(["import", "imported", "list import", "csv", "upload", "migration", "list"])

_SOURCE_OF = {words: source for source, all_words in SOURCES.items() for words in all_words}
_DAY_FIRST = re.compile(r"\d{1,2}[./-]\d{1,2}[./-]\d{2,4}\b")
USUAL = re.compile(
    r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d{3,6})?)?(?:Z|[+-]\d\d:\d\d)", re.ASCII
)
_USUAL_LINES = re.compile(rf"(?:{USUAL.pattern}\n)*", re.ASCII)
_ZONE_APART = re.compile(r"\s+(?=[+-]\d\d)|\s*\b(?:UTC|GMT)$")
_LANGUAGE = re.compile(r"[a-z]{2}(?:[-_][A-Za-z]{2})?")


def moment(text: str) -> datetime:
    """Read a moment written after ISO 8601 with its zone; return it in UTC.

    Raise `NoProof` for all else: a date that can be read in two ways proves neither.
    """
    if usual := usual_moment(text):
        return usual
    if plain(text) in NOTHING:
        raise NoProof("The row does not say when the person agreed.")
    if _DAY_FIRST.match(text):
        raise NoProof(
            "The date of the consent does not begin with the year, so that day and month may be "
            f"mistaken: {HOW_TO_WRITE}."
        )
    said = _ZONE_APART.sub(lambda found: "" if found[0].isspace() else "+00:00", text)
    try:
        read = datetime.fromisoformat(said)
        if read.tzinfo is not None:
            return read.astimezone(UTC)
    except (ValueError, OverflowError):
        raise NoProof(f"The date of the consent cannot be read: {HOW_TO_WRITE}.") from None
    if "T" not in text and ":" not in text:
        raise NoProof(f"The consent has a day but no time and time zone: {HOW_TO_WRITE}.")
    raise NoProof(f"The time of the consent lacks its time zone: {HOW_TO_WRITE}.")


def usual_moment(text: str) -> datetime | None:
    """Read a moment in the one form of nearly all rows of large lists; None for all else."""
    if USUAL.fullmatch(text):
        try:
            at = datetime.fromisoformat(text)
            return at if text[-1] == "Z" else at.astimezone(UTC)
        except (ValueError, OverflowError):
            return None  # `moment` tells what is wrong
    return None


def usual_moments(texts: Sequence[str]) -> list[datetime | None]:
    """Return what `usual_moment` says of each."""
    if _USUAL_LINES.fullmatch("\n".join(texts) + "\n"):
        with suppress(ValueError, OverflowError):  # one has a day that its month has not
            said = zip(texts, map(datetime.fromisoformat, texts), strict=True)
            return [at if text[-1] == "Z" else at.astimezone(UTC) for text, at in said]
    return list(map(usual_moment, texts))


def source(text: str) -> Source:
    """Read how the person agreed; words that nobody knows are OTHER, and stay in the evidence.

    Raise `NoProof` where the row does not say.
    """
    words = _words(text)
    if words in NOTHING:
        raise NoProof("The row does not say how the person agreed.")
    if words in NO_SOURCE:
        raise NoProof(
            "The source tells how the row came into a list, not how the person agreed: name the "
            "form, keyword, till or call."
        )
    return _SOURCE_OF.get(words, Source.OTHER)


@lru_cache(maxsize=1000)
def _words(text: str) -> str:
    return plain(text)


@lru_cache(maxsize=1000)
def language(text: str) -> str:
    """Return the language as two small letters, or "" where none can be read."""
    return text[:2].lower() if _LANGUAGE.fullmatch(text.strip()) else ""
