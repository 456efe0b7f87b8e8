"""Put what a reply does into the place where it was said, whenever it arrives.

What was said after it is weighed again, with and without it. Only where that differs is anything
corrected and recorded anew, at the moment at which it was said; the ledger only grows (P2).
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain, count, islice

from django.db.models import prefetch_related_objects

from campaigns.consequences import Arrival, Consequence, Weighed
from campaigns.models import Reply
from campaigns.vocabulary import ReplyState
from consent import ledger
from consent.as_of import AsOf, events_of
from consent.ledger import EventDraft
from consent.models import Evidence, OptInEvent
from consent.vocabulary import EventKind, Source

Weigh = Callable[[Reply, AsOf], Weighed]
"""Says what follows from a reply, by the ledger of its moment."""

BY_SOFTWARE = (Source.REPLY, Source.KEYWORD)
FORESEEN = 1 << 60
"""Ids from here are of events that are not recorded yet: they come after all others."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a reply stands: what was said after it, and who brought which event about.

    `others` are the events that count and that none of the later replies brought; `theirs` are
    those by reply. An event whose evidence was erased is nobody's, a person's decision never was.
    """

    reply: Reply
    later: Sequence[Reply]
    others: Sequence[OptInEvent]
    theirs: Mapping[int, Sequence[OptInEvent]]

    def then(self) -> AsOf:
        """Return the ledger as it stood when the reply was said."""
        return AsOf.until(self.reply.said_at, self.others)


@dataclass(slots=True)
class Change:
    """What a reply adds to the ledger, and which of its events no longer hold."""

    reply: Reply
    follows: Consequence
    added: Sequence[EventDraft]
    voided: Sequence[OptInEvent] = ()


@dataclass(slots=True)
class Telling:
    """One telling of what happened; ids of foreseen events come after all others."""

    events: list[OptInEvent]
    ids: Iterator[int] = field(default_factory=lambda: count(FORESEEN))

    def before(self, reply: Reply) -> AsOf:
        """Return the ledger as it stood when a reply was said."""
        return AsOf.until(reply.said_at, self.events)

    def foresee(self, drafts: Sequence[EventDraft]) -> datetime | None:
        """Go on as if these were recorded; return the moment of them, None without any."""
        events = [ledger.foreseen(draft, next(self.ids)) for draft in drafts]
        self.events += events
        return events[0].occurred_at if events else None


def place_of(reply: Reply, later: Sequence[Reply]) -> Place:
    """Find the place of a reply that is not saved yet, before those that were said later.

    The caller holds the contact.
    """
    events = events_of(reply.contact_id)
    if not later:
        return Place(reply, (), events, {})
    prefetch_related_objects(later, "origination_number__brand")
    replies = {each.inbound_message_id: each.pk for each in later}
    by_software = [e.pk for e in events if e.source in BY_SOFTWARE and e.recorded_by_id is None]
    said_in = dict(
        Evidence.objects.filter(event__in=by_software).values_list(
            "event_id", "form_fields__inboundMessageId"
        )
    )
    others: list[OptInEvent] = []
    theirs: dict[int, list[OptInEvent]] = defaultdict(list)
    for event in events:
        owner = replies.get(said_in.get(event.pk, ""))
        (others if owner is None else theirs[owner]).append(event)
    return Place(reply, later, others, theirs)


def carry_out(place: Place, follows: Consequence, weigh: Weigh) -> None:
    """Record what follows from a reply, and what it changes of those said later; then answer."""
    reply = place.reply
    changes = [Change(reply, follows, follows.drafts)]
    if place.later:
        changes += _weigh_again(place, follows, weigh)
    recorded = _record(reply, changes)
    voided = {event.pk for change in changes for event in change.voided}
    before = [*place.others, *chain.from_iterable(place.theirs.values())]
    kept = [event for event in before if event.pk not in voided]
    now = AsOf((*kept, *chain.from_iterable(recorded)))
    arrival = Arrival(reply, overtaken=bool(place.later))
    for change, made in zip(changes, recorded, strict=True):
        if change.follows.answer and (made or change.reply is reply):
            change.follows.answer(made, now, arrival)


def _weigh_again(place: Place, follows: Consequence, weigh: Weigh) -> list[Change]:
    """Go through what was said later, as if the new reply had never come, and with it."""
    without, with_it = Telling(list(place.others)), Telling(list(place.others))
    newest = with_it.foresee(follows.drafts)
    changes = []
    for reply in place.later:
        had = place.theirs.get(reply.pk, ())
        was, now = weigh(reply, without.before(reply)), weigh(reply, with_it.before(reply))
        without.events += had
        # Of two events of one moment the one recorded later counts last
        again = bool(had) and newest is not None and newest >= had[0].occurred_at
        # What a person has decided is not weighed again
        if reply.state == ReplyState.SETTLED or (was == now and not again):
            with_it.events += had
            continue
        change = _change(reply, had, was, now, everything=again)
        with_it.events += [event for event in had if event not in change.voided]
        newest = with_it.foresee(change.added) or newest
        _read_anew(reply, was, now)
        changes.append(change)
    return changes


def _change(
    reply: Reply, had: Sequence[OptInEvent], was: Weighed, now: Weighed, *, everything: bool
) -> Change:
    """Compare, topic by topic, what a reply called for with what it calls for now."""
    called, calls = _by_topic(was), _by_topic(now)
    touched = {
        topic
        for topic in {event.topic_id for event in had} | called.keys() | calls.keys()
        if everything or called.get(topic) != calls.get(topic)
    }
    return Change(
        reply,
        now.follows,
        [draft for draft in now.follows.drafts if draft.topic in touched],
        [event for event in had if event.topic_id in touched],
    )


def _by_topic(weighed: Weighed) -> dict[int | None, list[EventDraft]]:
    found: dict[int | None, list[EventDraft]] = defaultdict(list)
    for draft in weighed.follows.drafts:
        found[draft.topic].append(draft)
    return found


def _read_anew(reply: Reply, was: Weighed, now: Weighed) -> None:
    """Write on a reply how it reads now, and whether a person must read it."""
    before = (reply.meaning, reply.rule, reply.state)
    if (was.meaning, was.rule) != (now.meaning, now.rule):
        reply.meaning, reply.rule = now.meaning, now.rule
    if was.follows.acted != now.follows.acted:
        reply.state = ReplyState.ACTED if now.follows.acted else ReplyState.NEEDS_PERSON
    if before != (reply.meaning, reply.rule, reply.state):
        reply.save(update_fields=["meaning", "rule", "state"])


def _record(reply: Reply, changes: Sequence[Change]) -> list[list[OptInEvent]]:
    """Record all changes at once; return the new events of each."""
    corrections = [
        EventDraft(
            contact=reply.contact_id,
            topic=event.topic_id,
            kind=EventKind.CORRECTED,
            source=Source.SYSTEM,
            # It never held, so it is corrected as of when it would have
            occurred_at=event.occurred_at,
            corrects=event.pk,
            note=f"Reply #{reply.pk}, sent before it, came later",
        )
        for change in changes
        for event in change.voided
    ]
    added = [draft for change in changes for draft in change.added]
    drafts = corrections + added
    events = iter(ledger.record_many(drafts, held=True)[len(corrections) :] if drafts else [])
    return [list(islice(events, len(change.added))) for change in changes]
