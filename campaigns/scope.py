"""Decide which topics a revocation ends, from plain facts."""

from collections.abc import Sequence
from dataclasses import dataclass

from campaigns.meaning import Reading, Scope, normalise


@dataclass(frozen=True, slots=True)
class Offered:
    """A topic that a reply to a number may mean, and what people may call it."""

    id: int
    brand: int
    promotional: bool
    names: tuple[str, ...]
    stop_ends_it_alone: bool = False


@dataclass(frozen=True, slots=True)
class Heard:
    """Where a revocation came in.

    `meant` is the topic of the text that it answers, None where that is not known. `revokes_all`
    says that a STOP to an informational text ends everything by the law in force that day.
    """

    topics: Sequence[Offered]
    meant: int | None
    revokes_all: bool


def topics_ended(reading: Reading, heard: Heard) -> frozenset[int] | None:
    """Return the topics that a revocation ends; None for everything, now and later.

    Where it is not known which topic was meant, all that may be meant end: a text too many costs
    more than one too few.
    """
    if reading.scope is Scope.EVERYTHING:
        return None
    every = frozenset(topic.id for topic in heard.topics)
    if reading.scope is Scope.TOPIC:
        named = {t.id for t in heard.topics if reading.named in map(normalise, t.names)}
        if named:
            return frozenset(named)
    meant = next((topic for topic in heard.topics if topic.id == heard.meant), None)
    if meant is None:
        informational = any(not topic.promotional for topic in heard.topics)
        return None if informational and heard.revokes_all else every
    if not meant.promotional:
        return None if heard.revokes_all else frozenset({meant.id})
    if meant.stop_ends_it_alone:
        return frozenset({meant.id})
    return frozenset(t.id for t in heard.topics if t.promotional and t.brand == meant.brand)
