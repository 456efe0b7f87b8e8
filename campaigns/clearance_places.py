"""Whose rules bind a text: the jurisdictions of wherever the person may be."""

from functools import lru_cache

from campaigns.clearance_terms import Facts
from campaigns.rulebook.rows import BY_NUMBER, Rulebook

EUROPEAN_UNION = frozenset(
    {
        *("AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU"),
        *("IE", "IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK"),
    }
)
CARRIERS = "CTIA"


def jurisdictions(facts: Facts, rulebook: Rulebook) -> frozenset[str] | None:
    """Return the jurisdictions that bind, or None when all must: nobody knows the country.

    The place of the number and every place that the person stated bind alike. Where a state of the
    United States is unknown, the rows of all of them bind.
    """
    if not facts.country:
        return None
    return _binding(facts.country, facts.state, facts.stated_places, rulebook)


@lru_cache(maxsize=2048)
def _binding(
    number_country: str, state: str, stated: tuple[str, ...], rulebook: Rulebook
) -> frozenset[str]:
    by_number = f"{number_country}-{state}" if state else number_country
    found: set[str] = set()
    for place in {by_number, *stated}:
        country, _, part = place.partition("-")
        found |= {country, place}
        if country in EUROPEAN_UNION:
            found.add("EU")
        if country == "US":
            found.add(CARRIERS)
            if not part:
                found |= rulebook.places_within(country)
    return frozenset(found | {by_number + BY_NUMBER})
