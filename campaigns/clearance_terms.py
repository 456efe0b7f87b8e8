"""What clearance is asked about and what it answers: plain, frozen values."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from campaigns.vocabulary import Exemption, MessageKind
from consent.vocabulary import FrequencyUnit, ImpliedBy, LegalBasis, MessageClass, Standing


class Outcome(StrEnum):
    """May this be sent now: yes, not before a moment, or no."""

    CLEAR = "clear"
    HOLD = "hold"
    REFUSE = "refuse"


class VerdictOutcome(StrEnum):
    """What one rule says. EXEMPT: the table of exemptions says that it need not be kept."""

    PASS = "pass"  # noqa: S105  not a password
    HOLD = "hold"
    REFUSE = "refuse"
    EXEMPT = "exempt"


@dataclass(frozen=True, slots=True)
class Suppression:
    """A bar in force: `scope` is all, brand or topic; `until` is when it ends by itself."""

    scope: str
    reason: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class OnAmazonsList:
    """Amazon's opt-out list holds the number: whatever we hand over, it drops.

    `agreed_since` says that the person agreed anew, so that Amazon may be asked to take it off;
    `until` from when: None, at once.
    """

    agreed_since: bool
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Promise:
    """How often a disclosure said that texts come; without a count it said that it varies."""

    count: int | None = None
    unit: FrequencyUnit | None = None


@dataclass(frozen=True, slots=True)
class SoftOptIn:
    """What a soft opt-in rests on; PECR reg. 22(3) and Directive 2002/58/EC art. 13(2)."""

    details_from_sale: bool | None = None
    own_similar_products: bool | None = None
    refusal_offered_then: bool | None = None
    refusal_in_each_text: bool | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """All that the rules read of one text to one person. Whatever is not stated is unknown.

    `standing` is the ledger's for this contact and topic; None says that nobody looked, while
    `Standing.UNKNOWN` says that the ledger holds nothing. `authorising_event` is the event that
    lets us text; `opted_out_event` the opt-out that a STOP confirmation acknowledges.
    `double_opt_in_needed` is what the topic and the road by which the person came ask for,
    `confirmed` whether they did. `suppressions` are those that bear on this topic: () when there
    are none. The `number_*` facts are of the origination number. `time_zones` are all the zones
    that the person may be in, by whatever they stated and by their number. `answers_reply` says
    that the text answers a message of the person's own.

    `state` is by the number's area code; `stated_places` ("US-NY", "FR") are where the person or
    their postal code says they are. `basis` is the ground of the authorising event, `implied_by`
    and `consented_at` say what implied it and when; `consent_ends_at` is set only where a consent
    names its own end. `disclosure_lacks` are the elements that the disclosure agreed to does not
    have: () when it is complete. `promise` is its frequency. `sent_on_topic`, `sent_of_brand` and
    `sent_at_all` are the moments of the person's accepted and scheduled texts, this one left out,
    as far back and ahead as the longest period that is counted: () when there are none.
    `unanswered` are the promotional texts since the person's last sign of life. `on_amazons_list`
    is what Amazon's opt-out list says of the number: () when it does not hold it.
    """

    kind: MessageKind | None = None
    message_class: MessageClass | None = None
    topic_open: bool | None = None
    standing: Standing | None = None
    authorising_event: int | None = None
    opted_out_event: int | None = None
    double_opt_in_needed: bool | None = None
    confirmed: bool | None = None
    suppressions: tuple[Suppression, ...] | None = None
    number_live: bool | None = None
    number_carries_topic: bool | None = None
    number_brand_matches: bool | None = None
    number_class_matches: bool | None = None
    campaign_approved: bool | None = None
    time_zones: tuple[str, ...] = ()
    country: str = ""
    state: str = ""
    answers_reply: bool = False
    stated_places: tuple[str, ...] = ()
    basis: LegalBasis | None = None
    implied_by: ImpliedBy | None = None
    consented_at: datetime | None = None
    consent_ends_at: datetime | None = None
    disclosure_lacks: tuple[str, ...] | None = None
    soft_opt_in: SoftOptIn | None = None
    promise: Promise | None = None
    sent_on_topic: tuple[datetime, ...] | None = None
    sent_of_brand: tuple[datetime, ...] | None = None
    sent_at_all: tuple[datetime, ...] | None = None
    unanswered: int | None = None
    on_amazons_list: tuple[OnAmazonsList, ...] | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one rule says, in plain words, and on whose authority.

    A row of the rulebook speaks under its id for the `group` of rules it belongs to; `hours` is
    what it asks, and `until` says when it alone would let the text go, if that is not now.
    """

    code: str
    outcome: VerdictOutcome
    sentence: str
    citation: str
    until: datetime | None = None
    hours: str = ""
    group: str = ""


@dataclass(frozen=True, slots=True)
class Clearance:
    """The answer, with every rule's verdict in the order in which the rules were asked.

    `code` and `sentence` are those of the first rule that refuses, else of the first that holds;
    a clear one has code "". `until` is set for a hold alone: asked again then, it is clear. A
    clear one names `authorised_by` or an exemption (P1).
    """

    outcome: Outcome
    code: str
    sentence: str
    until: datetime | None
    verdicts: tuple[Verdict, ...]
    rulebook_version: str
    asked_at: datetime
    authorised_by: int | None = None
    exemption: Exemption = Exemption.NONE
