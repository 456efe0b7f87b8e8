"""Read from the wording of a disclosure how often it promises that texts come.

The wording is what the person agreed to; a topic's frequency may have changed since.
"""

import re
from datetime import timedelta

from campaigns.clearance_terms import Promise
from consent.vocabulary import FrequencyUnit

_TEXTS = r"(?:msgs?|messages?|texts?|sms|msjs?|mensajes?|textos?)"
_PER = r"(?:/|per|an?|each|every|par|por|al|a la|cada|chaque)"
_UNITS = {
    FrequencyUnit.DAY: r"days?|jour|d[ií]a",
    FrequencyUnit.WEEK: r"wks?|weeks?|semaine|semana",
    FrequencyUnit.MONTH: r"mo|mos|months?|mois|mes",
}
_PROMISES = {
    unit: re.compile(rf"\b(\d{{1,4}}) ?(?:\w+ )?{_TEXTS} ?{_PER} ?(?:{words})\b")
    for unit, words in _UNITS.items()
}
_VARIES = re.compile(
    r"\bfrequency (?:may |will )?var(?:y|ies)\b|\bfrecuencia\b.{0,20}\bvar[ií]a"
    r"|\bfr[eé]quence\b.{0,20}\bvari"
)
_LENGTH = {
    FrequencyUnit.DAY: timedelta(days=1),
    FrequencyUnit.WEEK: timedelta(days=7),
    FrequencyUnit.MONTH: timedelta(days=31),
}


def promised_in(wording: str) -> Promise | None:
    """Return what a wording promises: a number, that it varies, or None where it says neither.

    "Up to N" promises at most N. Of several promises the one that lets the fewest through counts,
    and a number counts before "varies".
    """
    text = " ".join(wording.casefold().split())
    found = [
        Promise(int(count), unit)
        for unit, pattern in _PROMISES.items()
        for count in pattern.findall(text)
    ]
    if found:
        return max(found, key=_spacing)
    return Promise() if _VARIES.search(text) else None


def _spacing(promise: Promise) -> timedelta:
    length = _LENGTH[promise.unit] if promise.unit else timedelta()
    return length / promise.count if promise.count else timedelta.max
