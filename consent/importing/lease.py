"""Let one worker at a time carry an import on, and another take over where it died."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q

from consent import clock
from consent.models import ContactImport, ContactImportRow
from consent.vocabulary import ImportState

LEASE = timedelta(seconds=120)
WORK = (ImportState.UPLOADED, ImportState.APPLYING, ImportState.RECALLING)


class LeaseLost(RuntimeError):  # noqa: N818  reads as what it is where it is caught
    """Somebody else carries the import on, or it was discarded; stop without a trace."""


def until() -> datetime:
    """Return the end of a lease that begins now."""
    return clock.now() + LEASE


class Shared:
    """A lease that the threads of one worker hold together."""

    def __init__(self, import_id: int, state: ImportState, held: datetime) -> None:
        self.import_id, self.state, self.held = import_id, state, held

    def renew(self, **changes: Any) -> None:
        """Hold on for longer, as `lease.renew` does; one thread at a time."""
        self.held = renew(self.import_id, self.state, self.held, **changes)


def abandoned() -> list[int]:
    """Return the imports that wait for a worker and that nobody works on.

    A preview whose rows went with a crash of the database is one of them: it is read anew.
    """
    ContactImport.objects.filter(state=ImportState.PREVIEWED, rows__gt=0).filter(
        ~Exists(ContactImportRow.objects.filter(contact_import=OuterRef("pk")))
    ).update(state=ImportState.UPLOADED, lease_until=None)
    return list(
        ContactImport.objects.filter(state__in=WORK)
        .filter(_free())
        .order_by("pk")
        .values_list("pk", flat=True)
    )


def claim(import_id: int, state: ImportState) -> datetime | None:
    """Take an import in a state that nobody works on; return the lease, or None if there is one."""
    held = until()
    taken = (
        ContactImport.objects.filter(pk=import_id, state=state)
        .filter(_free())
        .update(lease_until=held)
    )
    return held if taken else None


def renew(import_id: int, state: ImportState, held: datetime, /, **changes: Any) -> datetime:
    """Hold on for longer and write how far it has come; the row stays locked until commit.

    Raise `LeaseLost` where the lease is no longer ours, before anything doubles.
    """
    longer = changes.setdefault("lease_until", until())
    ours = ContactImport.objects.filter(pk=import_id, state=state, lease_until=held)
    if not ours.update(**changes):
        raise LeaseLost
    return longer


def _free() -> Q:
    return Q(lease_until=None) | Q(lease_until__lte=clock.now())
