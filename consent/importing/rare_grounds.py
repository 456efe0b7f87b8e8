"""Read the ground that a row of a list names: implied, soft opt-in, or expressed."""

import json
from collections.abc import Callable, Sequence
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from consent.grounds import SOFT_FACTS, faults
from consent.importing.mapping import Columns, plain
from consent.importing.proof import NOTHING, NoProof
from consent.importing.words import AGREED
from consent.vocabulary import ImpliedBy, LegalBasis

FIELDS = ("basis", "implied_by", "implied_on", *SOFT_FACTS)
BASES: dict[LegalBasis, tuple[str, ...]] = {
    LegalBasis.EXPRESS_WRITTEN: ("express written", "written", "in writing"),
    LegalBasis.EXPRESS: ("express", "verbal", "oral", "by word of mouth"),
    LegalBasis.IMPLIED: ("implied", "implicit"),
    LegalBasis.SOFT_OPT_IN: ("soft opt in", "soft optin", "soft"),
}
IMPLIED_BY: dict[ImpliedBy, tuple[str, ...]] = {
    ImpliedBy.PURCHASE: ("purchase", "contract", "sale", "purchase or contract", "order"),
    ImpliedBy.INQUIRY: ("inquiry", "enquiry", "application", "inquiry or application"),
    ImpliedBy.NON_BUSINESS: ("non business", "membership", "member", "donation", "volunteering"),
}
_BASIS_OF = {words: basis for basis, all_words in BASES.items() for words in all_words}
_ROAD_OF = {words: road for road, all_words in IMPLIED_BY.items() for words in all_words}


class Ground(NamedTuple):
    """On what ground a row says that the person may be texted, and what that rests on."""

    basis: LegalBasis
    implied_by: ImpliedBy | None = None
    implied_on: date | None = None
    facts: frozenset[str] = frozenset()

    def kept(self) -> str:
        """Return what an event keeps of it, as JSON; "" where that is the basis alone."""
        found: dict[str, object] = dict.fromkeys(sorted(self.facts), True)
        if self.implied_by and self.implied_on:
            found |= {"implied_by": self.implied_by, "implied_on": self.implied_on.isoformat()}
        return json.dumps(found) if found else ""


def named_by(columns: Columns) -> bool:
    """Say whether rows of a list may name a ground."""
    return any(columns.has(field) for field in FIELDS)


def ground_of(columns: Columns, values: Sequence[str], day: Callable[[str], date]) -> Ground | None:
    """Return the ground that a row names, or None where it names none.

    `day` reads a day. Raise `NoProof` where the ground is not known, or lacks what it rests on.
    """
    said = {field: _cell(columns, values, field) for field in FIELDS}
    facts = frozenset(field for field in SOFT_FACTS if _words(said[field]) in AGREED)
    if not said["basis"] and not said["implied_by"] and not facts:
        return None
    basis = _basis(said["basis"], bool(said["implied_by"]))
    road = _road(said["implied_by"])
    for _, sentence in faults(basis, implied=road is not None, facts=facts):
        raise NoProof(sentence)
    if road is None:
        return Ground(basis, facts=facts)
    if not said["implied_on"]:
        raise NoProof("The row does not say on which day that was which implies the consent.")
    return Ground(basis, road, day(said["implied_on"]))


def _cell(columns: Columns, values: Sequence[str], field: str) -> str:
    cell = columns.rare_cell(values, field)
    return "" if _words(cell) in NOTHING else cell


def _basis(said: str, implied: bool) -> LegalBasis:
    if not said:
        return LegalBasis.IMPLIED if implied else LegalBasis.SOFT_OPT_IN
    found = _BASIS_OF.get(_words(said))
    if found is None:
        raise NoProof(
            "The ground is not known: write express written, express, implied or soft opt-in."
        )
    return found


def _road(said: str) -> ImpliedBy | None:
    if not said:
        return None
    found = _ROAD_OF.get(_words(said))
    if found is None:
        raise NoProof(
            "What implies the consent is not known: write purchase, inquiry or non-business."
        )
    return found


@lru_cache(maxsize=1000)
def _words(text: str) -> str:
    return plain(text)
