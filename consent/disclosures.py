"""Say what a call to action leaves out: advice before a disclosure is published.

What it must say: CTIA Messaging Principles (May 2023) 5.1.1, the carriers' elements of a call to
action, and for promotional texts prior express written consent, 47 CFR 64.1200(f)(9)(i).
"""

import re
from dataclasses import dataclass

from consent.vocabulary import FrequencyUnit

VARIES = "Msg frequency varies"


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that a call to action does not say, and what to add."""

    code: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Language:
    """How the elements of a call to action are said in one language, as patterns."""

    frequency: str
    rates: str
    stop: str
    help: str
    terms: str
    privacy: str
    automated: str
    no_condition: str


# \w+ and single spaces only: no pattern here can take longer than the wording is long.
LANGUAGES = {
    "en": Language(
        frequency=r"\b(?:msgs?|messages?|texts?)\b.{0,20}\b(?:frequency|day|week|month|varies|vary)\b"
        r"|\bfrequency (?:may )?var(?:y|ies)\b|\bone.time (?:message|text)\b",
        rates=r"\b(?:msg|message)s? ?(?:&|and) ?data rates\b",
        stop=r"\bstop\b",
        help=r"\bhelp\b",
        terms=r"\bterms\b",
        privacy=r"\bprivacy\b",
        automated=r"\bautomat|\bautodial|\brecurring\b",
        no_condition=r"\bnot (?:a )?(?:condition|required)|\bwithout (?:buying|purchas)",
    ),
    "es": Language(
        frequency=r"\b(?:msjs?|mensajes?|textos?)\b.{0,20}\b(?:d[ií]a|semana|mes|var[ií]a)\b"
        r"|\bfrecuencia\b.{0,20}\bvar[ií]a",
        rates=r"\btarifas\b.{0,20}\b(?:datos|mensajes)\b",
        stop=r"\b(?:stop|alto|cancelar)\b",
        help=r"\b(?:help|ayuda)\b",
        terms=r"\bt[eé]rminos\b",
        privacy=r"\bprivacidad\b",
        automated=r"\bautom[aá]tic|\brecurrentes\b",
        no_condition=r"\bno (?:es )?(?:una )?(?:condici[oó]n|requisito|obligatori)",
    ),
    "fr": Language(
        frequency=r"\b(?:msgs?|messages?|sms|textos?)\b.{0,20}\b(?:jour|semaine|mois|varie)\b"
        r"|\bfr[eé]quence\b.{0,20}\bvari",
        rates=r"\b(?:frais|tarifs)\b.{0,30}\b(?:donn[eé]es|messagerie|messages?)\b",
        stop=r"\b(?:stop|arr[eê]t)\b",
        help=r"\b(?:help|aide)\b",
        terms=r"\b(?:conditions|modalit[eé]s)\b",
        privacy=r"\b(?:confidentialit[eé]|vie priv[eé]e)\b",
        automated=r"\bautomati|\br[eé]currents?\b",
        no_condition=r"\b(?:pas|aucune?) (?:une )?(?:condition|obligation|obligatoire)",
    ),
}


def frequency_text(count: int | None, unit: FrequencyUnit | str = "") -> str:
    """Say a promised frequency as texts do: "2 msgs/month", or that it varies."""
    if count is None or unit not in set(FrequencyUnit):
        return VARIES
    return f"{count} msg{'' if count == 1 else 's'}/{FrequencyUnit(unit).value}"


def faults(
    wording: str,
    *,
    brand_name: str,
    frequency_text: str,
    promotional: bool,
    language: str = "en",
) -> tuple[Fault, ...]:
    """Return what the wording of a call to action leaves out, in a fixed order.

    `frequency_text` is what the topic promises; said in other words it is not asked for again,
    but a number that is promised must be the number that is shown.
    """
    said = LANGUAGES.get(language.split("-")[0])
    if said is None:
        known = ", ".join(sorted(LANGUAGES))
        return (
            Fault(
                "language.unknown",
                f"We know what must be said in {known} only: have counsel read this wording.",
            ),
        )
    text = " ".join(wording.casefold().split())
    number = frequency_text.split(" ")[0]
    shown = frequency_text.casefold() in text or (
        _says(said.frequency, text) and (not number.isdigit() or number in re.findall(r"\d+", text))
    )
    asked = (
        (brand_name.casefold() in text, "brand", f"Name the sender: {brand_name.rstrip('.')}."),
        (shown, "frequency", f'Say how often texts come, as promised: "{frequency_text}".'),
        (_says(said.rates, text), "rates", 'Say "Msg & data rates may apply".'),
        (_says(said.stop, text), "stop", "Say how to leave: reply STOP."),
        (_says(said.help, text), "help", "Say how to get help: reply HELP."),
        (_says(said.terms, text), "terms", "Link to the terms."),
        (_says(said.privacy, text), "privacy", "Link to the privacy policy."),
    )
    written = (
        (
            _says(said.automated, text),
            "automated",
            "Say that the marketing texts are sent automatically.",
        ),
        (
            _says(said.no_condition, text),
            "no_condition",
            "Say that agreeing is not a condition of any purchase.",
        ),
    )
    return tuple(
        Fault(code, sentence)
        for given, code, sentence in (asked + written if promotional else asked)
        if not given
    )


def _says(pattern: str, text: str) -> bool:
    return re.search(pattern, text) is not None
