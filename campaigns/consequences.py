"""What a reply asks for, weighed before anything is done about it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from campaigns.models import OriginationNumber, Reply
from campaigns.vocabulary import Meaning
from consent.as_of import AsOf
from consent.ledger import EventDraft
from consent.models import OptInEvent, Topic


@dataclass(frozen=True, slots=True)
class Arrival:
    """The reply that has just come, and whether the person had said something after it.

    Nothing answers it yet, and where nothing was said after it, no other reply is weighed.
    """

    reply: Reply
    overtaken: bool

    def brought(self, reply: Reply) -> bool:
        """Say whether it is this reply that has just come."""
        return self.reply is reply


Answer = Callable[[Sequence[OptInEvent], AsOf, Arrival], None]
"""Writes the text that answers a reply: from its events as recorded, the ledger of now and what
has just come, which may be a reply said before it."""


@dataclass(frozen=True, slots=True)
class Said:
    """A reply, where it came in, and what the ledger said of the person when they said it."""

    reply: Reply
    number: OriginationNumber
    carried: Sequence[Topic]
    then: AsOf

    @property
    def at(self) -> datetime:
        """Return when it was said."""
        return self.reply.said_at


@dataclass(frozen=True, slots=True)
class Consequence:
    """The events that a reply calls for, in order, and how it is answered.

    `acted` False: a person must read it. Two are equal that record the same.
    """

    drafts: tuple[EventDraft, ...] = ()
    acted: bool = False
    answer: Answer | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Weighed:
    """How a reply reads and what follows from it."""

    meaning: Meaning
    rule: str
    follows: Consequence


FOR_A_PERSON = Consequence()
