"""What each ground of a consent needs, and what goes with no other; plain, for every door."""

from collections.abc import Collection

from consent.vocabulary import LegalBasis

SOFT_FACTS = (
    "details_from_sale",
    "own_similar_products",
    "refusal_offered_then",
    "refusal_in_each_text",
)
"""What a soft opt-in rests on: PECR reg. 22(3)."""


def faults(basis: LegalBasis, *, implied: bool, facts: Collection[str]) -> list[tuple[str, str]]:
    """Return what a ground lacks, or has that is not its own: the field and a sentence for staff.

    `implied`: whether something is named that implies the consent; `facts`: those of SOFT_FACTS
    that hold.
    """
    found = []
    if basis is LegalBasis.IMPLIED and not implied:
        found.append(("implied_by", "Say what implies it: how long it lasts depends on that."))
    if basis is not LegalBasis.IMPLIED and implied:
        found.append(("implied_by", "Only an implied consent is implied by anything."))
    if basis is LegalBasis.SOFT_OPT_IN and set(facts) != set(SOFT_FACTS):
        found.append(("soft", "A soft opt-in rests on all four: without one there is none."))
    if basis is not LegalBasis.SOFT_OPT_IN and facts:
        found.append(("soft", "Only a soft opt-in rests on these."))
    return found
