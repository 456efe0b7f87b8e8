"""Read what a reply means, by the whole of what was said, and say by which rule."""

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass

from campaigns.vocabulary import Meaning

# 47 CFR 64.1200(a)(10) names stop, quit, end, revoke, opt out, cancel and unsubscribe; the rest are
# CTIA's, Amazon's and the carriers'. Everyday words among them count only as the whole message:
# "I'll quit my job Friday" revokes nothing.
STOP_WORDS = frozenset(
    {
        *("stop", "stopall", "stop all", "end", "quit", "cancel", "unsubscribe"),
        *("revoke", "optout", "opt out", "remove", "arret", "arrete", "td"),
    }
)
HELP_WORDS = frozenset({"help", "info", "aide"})
YES_WORDS = frozenset({"yes", "y"})
START_WORDS = frozenset({"start", "unstop", "subscribe"})

# Nobody says these and wants more texts, so they count anywhere. Each is searched in normalised
# text and repeats nothing that can overlap: time grows with the length of the text, no faster.
STOP_PHRASES = {
    "stop texting": r"\b(?:stop|quit|cease|halt) (?:all )?(?:the |these )?"
    r"(?:text|message|msg|sms|contact)",
    "take me off": r"\b(?:take|get) me off\b",
    "remove me": r"\b(?:remove|delete) me\b",
    "opt me out": r"\b(?:opt|sign) me out\b",
    "no more texts": r"\b(?:dont|do not|no more|never) (?:text|message|msg|contact|send)",
    "revoke consent": r"\b(?:withdraw|withdrew|revok)\w{0,3} (?:my )?consent\b",
    "lose my number": r"\blose my number\b",
    "leave me alone": r"\bleave me alone\b",
    "wrong number": r"\bwrong number\b",
    "unsubscribe me": r"\bunsubscribe me\b",
}
_STOP_PHRASES = {name: re.compile(pattern) for name, pattern in STOP_PHRASES.items()}


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reply means, and the rule that says so, as `set: word`; "" where none does."""

    meaning: Meaning
    rule: str


def read(text: str, keywords: Collection[str] = ()) -> Reading:
    """Read one reply; `keywords` are those of the topics on the number that it came to.

    To stop beats all else, and no topic can take a word of STOP, HELP or YES for its own.
    """
    said = normalise(text)
    if said in STOP_WORDS:
        return Reading(Meaning.STOP, f"stop word: {said}")
    for name, phrase in _STOP_PHRASES.items():
        if phrase.search(said):
            return Reading(Meaning.STOP, f"stop phrase: {name}")
    if said in HELP_WORDS:
        return Reading(Meaning.HELP, f"help word: {said}")
    if said in YES_WORDS:
        return Reading(Meaning.YES, f"yes word: {said}")
    if said and said in {normalise(keyword) for keyword in keywords}:
        return Reading(Meaning.KEYWORD, f"keyword: {said}")
    if said in START_WORDS:
        return Reading(Meaning.START, f"start word: {said}")
    return Reading(Meaning.OTHER, "")


def normalise(text: str) -> str:
    """Strip a reply of case, accents, punctuation, emoji and spaces that carry no meaning.

    "S T O P", "stop!!" and full-width letters all become "stop"; "don't" becomes "dont".
    """
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    words = "".join(_kept(mark) for mark in plain).split()
    if len(words) > 1 and all(len(word) == 1 for word in words):
        return "".join(words)
    return " ".join(words)


def _kept(mark: str) -> str:
    category = unicodedata.category(mark)
    if category[0] in "LN":
        return mark
    # Apostrophes, accents and invisible marks stand inside words; all else stands between them.
    return "" if mark in "'\u2019\u2018\u02bc`\u00b4" or category in {"Mn", "Me", "Cf"} else " "
