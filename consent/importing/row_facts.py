"""What a row of a list says, once it is read."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from consent.importing.grounds import ORAL, PLACES, WRITTEN
from consent.importing.rare_grounds import Ground
from consent.phone_numbers import PhoneNumber
from consent.vocabulary import EventKind, LegalBasis, Place, RowOutcome, Source


@dataclass(frozen=True, slots=True)
class TopicFacts:
    """A topic, as far as an import depends on it."""

    id: int
    slug: str
    promotional: bool
    open: bool = True


class Consent(NamedTuple):
    """What a good row proves: who agreed, to what, when, how, and having read which version."""

    number: PhoneNumber
    topic: TopicFacts
    at: datetime
    source: Source
    version: int | None = None
    language: str = ""
    postal_code: str = ""
    external_id: str = ""
    home: str = ""
    wording: int | None = None  # attested, of a row that names no version
    attested: LegalBasis | None = None
    ground: Ground | None = None  # that the row itself names

    @property
    def place(self) -> Place:
        """Say where the disclosure was shown."""
        return PLACES.get(self.source, Place.OTHER)

    def basis(self, *, words_known: bool) -> LegalBasis:
        """Say on what ground the consent lets us text.

        What the row itself names goes first. Promotional texts need a written agreement, 47 CFR
        64.1200(f)(9); one at a till counts as written only where the words that the person saw are
        on record. Beyond that a person may vouch for a writing by name, but for none of what was
        only spoken.
        """
        if self.ground:
            return self.ground.basis
        written = self.source in WRITTEN or (self.source is Source.POINT_OF_SALE and words_known)
        if self.attested and (self.attested is LegalBasis.EXPRESS or self.source not in ORAL):
            return self.attested
        if self.topic.promotional and written:
            return LegalBasis.EXPRESS_WRITTEN
        return LegalBasis.EXPRESS


class OptOut(NamedTuple):
    """What a row of people who left tells: who, of what (None: of everything), when and how.

    A row of a suppression list tells the same, of a bar instead of a person's own word.
    """

    number: PhoneNumber
    topic: TopicFacts | None
    at: datetime | None
    source: Source
    kind: EventKind = EventKind.OPTED_OUT


class Checked(NamedTuple):
    """What becomes of a row and why; `number` and `topic` as far as they could be read."""

    outcome: RowOutcome
    reason: str = ""
    number: str = ""
    topic: int | None = None
    consent: Consent | None = None
    opt_out: OptOut | None = None
