"""What a gateway is: it hands one text over, once, and says what became of it."""

from dataclasses import dataclass
from typing import Protocol

from campaigns.vocabulary import AttemptOutcome


@dataclass(frozen=True, slots=True)
class OutboundText:
    """One text as it is handed over: numbers as Amazon writes them, words as people read them."""

    to: str
    body: str
    origination_number: str
    promotional: bool

    def __repr__(self) -> str:
        """Show nothing: numbers and words must not reach a log (P10)."""
        return "OutboundText(...)"


@dataclass(frozen=True, slots=True)
class HandOver:
    """What became of a hand-over.

    accepted: Amazon gave `amazon_message_id`; throttled and never left: nothing was sent and it may
    be tried again; rejected: this text will never be taken; account fault: no text will be taken
    until somebody mends the account; unconfirmed: it may have been sent, so never again by itself.
    """

    outcome: AttemptOutcome
    code: str = ""
    amazon_message_id: str = ""


class Gateway(Protocol):
    """A way to hand texts over. Safe to call from many threads; it never retries by itself."""

    def publish(self, text: OutboundText) -> HandOver:
        """Hand one text over, in one request at most, and say what became of it."""
        ...
