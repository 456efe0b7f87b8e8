"""Keep what came in and could not be read, and take it after all when it can be."""

import logging

from django.contrib.auth.models import AbstractBaseUser
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import F

from campaigns import replies
from campaigns.inbound_payload import Unreadable, clean, read_envelope
from campaigns.models import DeadLetter, Reply
from campaigns.vocabulary import DeadLetterState, InboundRoad
from consent import clock

logger = logging.getLogger(__name__)


class Settled(Exception):  # noqa: N818  reads as what it is where it is caught
    """Somebody has dealt with the letter already."""


class StillDead(Exception):  # noqa: N818  reads as what it is where it is caught
    """The letter cannot be taken yet; the words say why, and nothing of what it holds."""


def keep(road: InboundRoad, reference: str, text: str, reason: str) -> None:
    """Keep what a road brought; a delivery that comes again only counts as another try."""
    moment = clock.now()
    row, is_new = DeadLetter.objects.get_or_create(
        road=road,
        reference=reference[:100],
        defaults={
            "payload": clean(text),
            "reason": reason[:200],
            "arrived_at": moment,
            "tried_at": moment,
        },
    )
    if not is_new:
        DeadLetter.objects.waiting().filter(pk=row.pk).update(
            tries=F("tries") + 1, tried_at=moment, reason=reason[:200]
        )


def retry(letter_id: int, *, by: AbstractBaseUser) -> Reply | None:
    """Take a letter as if it came now; return its reply, None where nobody's phone sent it.

    Raises `StillDead`, with the try counted, and `Settled`. What is taken is taken once: the
    inbound id says whether it was here before. The caller wakes the number: `tasks.wake`.
    """
    with transaction.atomic():
        row = _waiting(letter_id)
        row.tries += 1
        row.tried_at = clock.now()
        try:
            with transaction.atomic():
                payload, published_at = read_envelope(row.payload)
                reply = replies.receive(payload, published_at=published_at)
        except (OperationalError, InterfaceError):
            raise  # the database's fault, not the letter's
        except Unreadable as fault:
            row.reason = str(fault)[:200]
        except Exception as fault:  # noqa: BLE001  it stays where it is, whatever it does to us
            row.reason = our_fault(fault)
        else:
            _settle(row, DeadLetterState.TAKEN, by)
            return reply
        row.save(update_fields=["tries", "tried_at", "reason"])
    raise StillDead(row.reason)


@transaction.atomic
def dismiss(letter_id: int, *, by: AbstractBaseUser) -> None:
    """Give a letter up; raises `Settled`."""
    _settle(_waiting(letter_id), DeadLetterState.DISMISSED, by)


def our_fault(fault: Exception) -> str:
    """Say that the software failed; the kind alone, for the words may quote what was written."""
    return f"the software failed on it: {type(fault).__name__}"


def _waiting(letter_id: int) -> DeadLetter:
    row = DeadLetter.objects.select_for_update().get(pk=letter_id)
    if row.state != DeadLetterState.WAITING:
        raise Settled
    return row


def _settle(row: DeadLetter, state: DeadLetterState, by: AbstractBaseUser) -> None:
    row.state, row.payload = state, ""
    row.settled_by_id, row.settled_at = by.pk, clock.now()
    row.save()
