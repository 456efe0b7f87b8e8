"""Take an applied import back: withdraw the consents that it brought, and nothing else."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from consent import clock, ledger
from consent.importing import lease
from consent.models import ContactImport, OptInEvent, Subscription
from consent.models.opt_in_event import OptInEventQuerySet
from consent.vocabulary import EventKind, ImportState, ListKind, Source, Standing

RECALLABLE = (ListKind.CONSENTS, ListKind.SUPPRESSIONS)
BATCH = 2000  # events in one transaction


@dataclass(frozen=True, slots=True)
class Reach:
    """What a recall would do, in numbers: events withdrawn, and people who stand on them now."""

    withdrawn: int
    standing: int


def may_be_recalled(taken: ContactImport) -> bool:
    """Say whether there is anything to withdraw; opt-outs are kept, whoever brought them."""
    return taken.state == ImportState.APPLIED and taken.holds in RECALLABLE


def reach(taken: ContactImport) -> Reach:
    """Count what a recall would do now."""
    events = _left(taken.pk)
    standing = Subscription.objects.filter(authorised_by__in=events.values("pk"))
    return Reach(events.count(), standing.count())


def confirm(import_id: int, *, user: Any, reason: str, lease_until: datetime | None = None) -> bool:
    """Let an applied import be recalled; False if somebody began before, or it holds opt-outs."""
    return bool(
        ContactImport.objects.filter(
            pk=import_id, state=ImportState.APPLIED, holds__in=RECALLABLE
        ).update(
            state=ImportState.RECALLING,
            recalled_by=user,
            recall_reason=reason[:300],
            progress=0,
            lease_until=lease_until,
        )
    )


def recall(import_id: int, held: datetime | None = None) -> None:
    """Correct each event of the import that nothing corrected yet, a batch in each transaction.

    Picks up where nobody works on it; does nothing otherwise. A correction voids one event; what
    people did themselves, and what came by other lists, is folded as if this one had never been.
    """
    held = held or lease.claim(import_id, ImportState.RECALLING)
    if held is None:
        return
    taken = ContactImport.objects.get(pk=import_id)
    shared, done, last = lease.Shared(import_id, ImportState.RECALLING, held), taken.progress, 0
    while True:
        with transaction.atomic():
            # First of all, so that a worker that was taken over stops before it writes
            shared.renew(progress=done)
            events = list(_left(import_id).filter(pk__gt=last).order_by("pk")[:BATCH])
            if not events:
                shared.renew(state=ImportState.RECALLED, recalled_at=clock.now(), lease_until=None)
                return
            last = events[-1].pk
            done += _withdraw(taken, events)
            shared.renew(progress=done)


def _withdraw(taken: ContactImport, events: list[OptInEvent]) -> int:
    ledger.hold({event.contact_id for event in events})
    # Asked again now that nobody else writes about them: a YES may have come in between
    still = set(_left(taken.pk).filter(pk__in=[e.pk for e in events]).values_list("pk", flat=True))
    drafts = [
        ledger.EventDraft(
            contact=event.contact_id,
            kind=EventKind.CORRECTED,
            source=Source.STAFF,
            topic=event.topic_id,
            corrects=event.pk,
            recorded_by=taken.recalled_by_id,
            note=f"Recall of contact import #{taken.pk}: {taken.recall_reason}",
        )
        for event in events
        if event.pk in still
    ]
    if drafts:
        ledger.record_many(drafts)
    return len(drafts)


def _left(import_id: int) -> OptInEventQuerySet:
    """Return the events of an import that a recall withdraws.

    A request that the person confirmed is theirs: their YES came from nowhere else.
    """
    waiting = Subscription.objects.filter(
        contact=OuterRef("contact"), requested_by=OuterRef("pk"), standing=Standing.PENDING
    )
    return (
        OptInEvent.objects.filter(contact_import=import_id)
        .filter(~Exists(OptInEvent.objects.filter(corrects=OuterRef("pk"))))
        .filter(
            Q(kind__in=[EventKind.OPTED_IN, EventKind.SUPPRESSED])
            | Q(Exists(waiting), kind=EventKind.REQUESTED)
        )
    )
