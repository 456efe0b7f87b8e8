"""Let one worker at a time carry an import on, and another take over where it died."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q

from consent import clock
from consent.models import ContactImport
from consent.vocabulary import ImportState

LEASE = timedelta(seconds=120)


class LeaseLost(RuntimeError):  # noqa: N818  reads as what it is where it is caught
    """Somebody else carries the import on, or it was discarded; stop without a trace."""


def until() -> datetime:
    """Return the end of a lease that begins now."""
    return clock.now() + LEASE


def abandoned() -> list[int]:
    """Return the imports that wait for a worker and that nobody works on."""
    return list(
        ContactImport.objects.filter(state__in=[ImportState.UPLOADED, ImportState.APPLYING])
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
