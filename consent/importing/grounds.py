"""The roads on which people agree, what each leaves behind, and what a person may vouch for."""

from dataclasses import dataclass
from datetime import datetime

from consent.vocabulary import LegalBasis, Place, Source

WRITTEN = frozenset(
    {Source.WEB_FORM, Source.KEYWORD, Source.PAPER_FORM, Source.EMAIL, Source.LETTER}
)
ORAL = frozenset({Source.PHONE_CALL, Source.STAFF})
"""Roads that leave no writing, whatever anybody attests."""
PLACES = {
    Source.WEB_FORM: Place.WEB_FORM,
    Source.KEYWORD: Place.KEYWORD,
    Source.PAPER_FORM: Place.PAPER_FORM,
    Source.POINT_OF_SALE: Place.POINT_OF_SALE,
    Source.PHONE_CALL: Place.PHONE_CALL,
}


@dataclass(frozen=True, slots=True)
class Attested:
    """What somebody vouched for by name, for rows that do not say it; None where not attested.

    `wording`: the disclosure's id, with the topic and the place that it belongs to.
    """

    at: datetime | None = None
    source: Source | None = None
    basis: LegalBasis | None = None
    wording: tuple[int, int, Place] | None = None

    @property
    def fields(self) -> frozenset[str]:
        """Return the columns that a list needs no more."""
        given = {"consented_at": self.at, "source": self.source}
        return frozenset(name for name, value in given.items() if value is not None)

    def wording_of(self, topic: int, source: Source) -> int | None:
        """Return the attested wording, unless a row joined another topic or at another place."""
        if self.wording is None:
            return None
        disclosure, of_topic, place = self.wording
        fits = of_topic == topic and place is PLACES.get(source, Place.OTHER)
        return disclosure if fits else None


NOT_ATTESTED = Attested()
