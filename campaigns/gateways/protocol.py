"""What a gateway is: it hands one text over, once, and says what became of it."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Protocol

from campaigns.vocabulary import AccountFault, AttemptOutcome

# Said by End User Messaging alone: Amazon's own list holds the number
OPTED_OUT = "DESTINATION_PHONE_NUMBER_OPTED_OUT"


@dataclass(frozen=True, slots=True)
class OutboundText:
    """One text as it is handed over: numbers as Amazon writes them, words as people read them.

    `origination_number` is the sender ID where `is_sender_id`. `message` is our id. Amazon must not
    hand it to a carrier after `expires_at`, as far as the gateway can say so. `max_price` is in US
    dollars for the whole text.
    """

    to: str
    body: str
    origination_number: str
    promotional: bool
    is_sender_id: bool = False
    message: int | None = None
    max_price: Decimal | None = None
    entity_id: str = ""
    template_id: str = ""
    configuration_set: str = ""
    expires_at: datetime | None = None

    def __repr__(self) -> str:
        """Show nothing: numbers and words must not reach a log (P10)."""
        return "OutboundText(...)"


@dataclass(frozen=True, slots=True)
class HandOver:
    """What became of a hand-over.

    accepted: Amazon gave `amazon_message_id`; throttled and never left: nothing was sent and it may
    be tried again; rejected: this text will never be taken; account fault: no text will be taken
    until somebody mends what `fault` names; unconfirmed: it may have been sent, so never again by
    itself; withdrawn: the gateway itself found it too late to ask.
    """

    outcome: AttemptOutcome
    code: str = ""
    amazon_message_id: str = ""
    fault: AccountFault | None = None


class Gateway(Protocol):
    """A way to hand texts over. Safe to call from many threads; it never retries by itself."""

    def publish(self, text: OutboundText) -> HandOver:
        """Hand one text over, in one request at most, and say what became of it."""
        ...


class ChecksTexts(Gateway, Protocol):
    """A gateway that can also have a text checked without sending it."""

    def dry_run(self, text: OutboundText) -> HandOver:
        """Ask whether a text would be taken; nothing is sent, whatever the outcome."""
        ...
