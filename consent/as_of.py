"""What the ledger of one contact says, in memory: now, or when something was said."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from consent.models import OptInEvent
from consent.standing import Happening, StandingAt, fold, fold_suppressions
from consent.vocabulary import EventKind, Source


@dataclass(frozen=True)
class AsOf:
    """The events of one contact that count, whatever lies in the ledger after them."""

    events: tuple[OptInEvent, ...]

    @classmethod
    def until(cls, moment: datetime, events: Iterable[OptInEvent]) -> "AsOf":
        """Leave out what happened after a moment."""
        return cls(tuple(event for event in events if event.occurred_at <= moment))

    def stands(self, topic: int | None) -> StandingAt:
        """Return the standing on a topic; on one without events of its own, as on everything."""
        return fold(each for each in self._happenings if each.topic in {topic, None})

    def topics(self) -> set[int | None]:
        """Return what the events are about; None is every topic."""
        return {event.topic_id for event in self.events}

    def barred(self) -> set[int | None]:
        """Return the topics that are suppressed; None is every topic."""
        return set(fold_suppressions(self._happenings))

    def everything_is_barred_by(self, source: Source) -> bool:
        """Say whether every topic is suppressed, and that by an event of such a source."""
        bar = fold_suppressions(self._happenings).get(None)
        event = self.event(bar.event) if bar else None
        return event is not None and event.source == source

    def event(self, pk: int | None) -> OptInEvent | None:
        """Return one of the events, None for none."""
        return self._by_id.get(pk or 0)

    @cached_property
    def _happenings(self) -> list[Happening]:
        return [event.happening() for event in self.events]

    @cached_property
    def _by_id(self) -> dict[int, OptInEvent]:
        return {event.pk: event for event in self.events}


def events_of(contact: int) -> list[OptInEvent]:
    """Return the events of a contact that no correction voids, corrections left out; one query."""
    rows = list(OptInEvent.objects.filter(contact=contact))
    voided = {event.corrects_id for event in rows}
    return [row for row in rows if row.pk not in voided and row.kind != EventKind.CORRECTED]
