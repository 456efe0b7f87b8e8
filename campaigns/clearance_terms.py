"""What clearance is asked about and what it answers: plain, frozen values."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from campaigns.vocabulary import Exemption, MessageKind
from consent.vocabulary import MessageClass, Standing


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


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one rule says, in plain words, and on whose authority.

    For a row of the rulebook about hours, `hours` are those it asks for, and `until` says when it
    alone would let the text go, if that is not now.
    """

    code: str
    outcome: VerdictOutcome
    sentence: str
    citation: str
    until: datetime | None = None
    hours: str = ""


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
