"""Fold opt-in events into the standing of one contact and one topic, as of a moment."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from consent.vocabulary import EventKind, LegalBasis, Source, Standing


@dataclass(frozen=True, slots=True)
class Happening:
    """One opt-in event, as far as standing depends on it. `topic` None means every topic."""

    id: int
    kind: EventKind
    occurred_at: datetime
    topic: int | None
    basis: LegalBasis = LegalBasis.NONE
    corrects: int | None = None
    expires_at: datetime | None = None
    source: Source = Source.OTHER


@dataclass(frozen=True, slots=True)
class StandingAt:
    """A standing with the events it rests on.

    `authorised_by` is the event that lets us text, set only while opted in; `opted_out_by` is the
    latest opt-out that no completed opt-in has followed: a mere request does not wipe it.
    """

    standing: Standing = Standing.UNKNOWN
    since: datetime | None = None
    basis: LegalBasis = LegalBasis.NONE
    authorised_by: int | None = None
    requested_by: int | None = None
    confirmed: bool = False
    opted_out_by: int | None = None


NOTHING_KNOWN = StandingAt()


def in_order(events: Iterable[Happening]) -> list[Happening]:
    """Sort by when it happened; what was recorded first goes first where that is equal."""
    return sorted(events, key=lambda event: (event.occurred_at, event.id))


def fold(events: Iterable[Happening], as_of: datetime | None = None) -> StandingAt:
    """Return the standing that the events of one contact and one topic amount to.

    Give it the topic's own events and those that concern every topic, in any order. Events after
    `as_of` are left out, and so are those that a correction voids.
    """
    known = [event for event in events if as_of is None or event.occurred_at <= as_of]
    voided = {event.corrects for event in known if event.kind is EventKind.CORRECTED}
    state = NOTHING_KNOWN
    for event in in_order(known):
        if event.id not in voided:
            state = _after(state, event)
    return state


def _after(state: StandingAt, event: Happening) -> StandingAt:
    at = event.occurred_at
    match event.kind:
        case EventKind.REQUESTED if state.standing is not Standing.OPTED_IN:
            return replace(
                state,
                standing=Standing.PENDING,
                since=at,
                requested_by=event.id,
                basis=event.basis,
                authorised_by=None,
                confirmed=False,
            )
        case EventKind.CONFIRMED if state.standing is Standing.PENDING:
            basis = event.basis if event.basis is not LegalBasis.NONE else state.basis
            return StandingAt(
                Standing.OPTED_IN, at, basis, event.id, state.requested_by, confirmed=True
            )
        case EventKind.OPTED_IN:
            return StandingAt(Standing.OPTED_IN, at, event.basis, event.id, state.requested_by)
        case EventKind.OPTED_OUT:
            return StandingAt(Standing.OPTED_OUT, at, opted_out_by=event.id)
        case EventKind.DECLINED if state.standing is Standing.PENDING:
            return StandingAt(Standing.DECLINED, at, opted_out_by=state.opted_out_by)
        case EventKind.EXPIRED if state.standing in {Standing.PENDING, Standing.OPTED_IN}:
            return StandingAt(Standing.LAPSED, at, opted_out_by=state.opted_out_by)
        case _:
            return state


@dataclass(frozen=True, slots=True)
class SuppressionAt:
    """A suppression in force: the event that set it and, where it ends by itself, when."""

    event: int
    topic: int | None
    expires_at: datetime | None


def fold_suppressions(
    events: Iterable[Happening], as_of: datetime | None = None
) -> dict[int | None, SuppressionAt]:
    """Return the suppressions of one contact by topic (None: every topic) that nothing lifted."""
    known = [event for event in events if as_of is None or event.occurred_at <= as_of]
    voided = {event.corrects for event in known if event.kind is EventKind.CORRECTED}
    found: dict[int | None, SuppressionAt] = {}
    for event in in_order(known):
        if event.id in voided:
            continue
        if event.kind is EventKind.SUPPRESSED and not _yields(event, found.get(event.topic)):
            found[event.topic] = SuppressionAt(event.id, event.topic, event.expires_at)
        elif event.kind is EventKind.SUPPRESSION_LIFTED:
            found.pop(event.topic, None)
    return found


def _yields(event: Happening, bar: SuppressionAt | None) -> bool:
    """Say whether a bar is one that asking to join lifts, where one stands that nothing lifts."""
    return (
        event.source is Source.REASSIGNED
        and bar is not None
        and (bar.expires_at is None or bar.expires_at > event.occurred_at)
    )
