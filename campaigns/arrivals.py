"""Keep what comes in before it is acknowledged; read it in order, each text once.

The roads only keep: one statement, whatever the text asks. Readers do the rest, as many at a time
as there are; rows are the queue (P6).
"""

import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from django.db import InterfaceError, OperationalError, connection, transaction

from campaigns import dead_letters, replies
from campaigns.inbound_payload import Unreadable, clean, read_envelope, read_payload
from campaigns.models import InboundText
from campaigns.vocabulary import InboundRoad
from consent import clock

logger = logging.getLogger(__name__)

AT_ONCE = 20  # texts that a reader looks up together
TRIES = 3  # of a text that the software fails on, before it becomes a dead letter
PUT_OFF = timedelta(seconds=5)
READERS = 2  # in workers at a time, beside the consumer of the queue
ADVISORY_SPACE = 0x494E42  # "INB": our own among PostgreSQL's advisory locks

# To take a text is to end its row; who fails on it, or dies, leaves it as it was
TAKE = """
    DELETE FROM campaigns_inboundtext WHERE id = (
        SELECT id FROM campaigns_inboundtext WHERE id = %s FOR UPDATE SKIP LOCKED
    ) RETURNING *
"""


@dataclass(slots=True)
class Readings:
    """How many texts were taken in hand, and which origination numbers may have to answer."""

    texts: int = 0
    numbers: set[int] = field(default_factory=set)


def arrival(road: InboundRoad, reference: str, notification: str) -> InboundText | None:
    """Return a notification as a row to keep; None where it comes from nobody's phone.

    Raises `Unreadable` for what is no inbound text.
    """
    said = read_payload(read_envelope(notification)[0])
    if said.sender is None:
        return None
    return InboundText(
        inbound_message_id=said.inbound_message_id,
        sender=said.sender.e164,
        payload=clean(notification),
        road=road,
        reference=reference[:100],
        arrived_at=clock.now(),
    )


def keep(rows: Iterable[InboundText]) -> None:
    """Commit what came in, in one statement; what lies here already is left as it is."""
    InboundText.objects.bulk_create(rows, ignore_conflicts=True)


def take_waiting(stopping: Callable[[], bool] = lambda: False) -> Readings:
    """Read the next texts, of each person the first; where none was taken, none is left for us.

    The caller wakes the numbers: `tasks.wake`. A database that is away is raised.
    """
    found = Readings()
    for pk in list(InboundText.objects.to_read().values_list("pk", flat=True)[:AT_ONCE]):
        if stopping():
            break
        _take(pk, found)
    return found


@contextmanager
def a_reader() -> Iterator[bool]:
    """Take one of the few places for readers among workers; False where all are taken.

    A connection that breaks frees its place.
    """
    taken = next((place for place in range(READERS) if _lock("pg_try_advisory_lock", place)), None)
    try:
        yield taken is not None
    finally:
        if taken is not None:
            try:
                _lock("pg_advisory_unlock", taken)
            except (OperationalError, InterfaceError):
                connection.close()  # which frees the place too


def _take(pk: int, found: Readings) -> None:
    """Read one text, with all its effects and its own end, or none of them.

    Whatever goes wrong is logged by our id, never with what was said or by whom (P10).
    """
    row = None
    try:
        with transaction.atomic():
            row = next(iter(InboundText.objects.raw(TAKE, [pk])), None)
            if row is None:
                return
            payload, published_at = read_envelope(row.payload)
            reply = replies.receive(payload, published_at=published_at, received_at=row.arrived_at)
    except (OperationalError, InterfaceError) as fault:
        if _is_away():
            raise
        _put_off(pk, 0, fault)  # the database's fault, not the text's
    except Unreadable as fault:
        _bury(row, str(fault))
    except Exception as fault:  # noqa: BLE001  one text must not silence every other's STOP
        if row is None or row.tries + 1 < TRIES:
            _put_off(pk, row.tries + 1 if row else 0, fault)
        else:
            _bury(row, dead_letters.our_fault(fault))
    else:
        if reply is not None and reply.origination_number_id is not None:
            found.numbers.add(reply.origination_number_id)
    found.texts += 1


def _put_off(pk: int, tries: int, fault: Exception) -> None:
    logger.error("Inbound text %s is put off: %s", pk, type(fault).__name__)
    row = InboundText.objects.filter(pk=pk)
    row.update(put_off_until=clock.now() + PUT_OFF, **({"tries": tries} if tries else {}))


def _bury(row: InboundText | None, reason: str) -> None:
    """Make a dead letter of a text."""
    assert row is not None
    with transaction.atomic():
        dead_letters.keep(InboundRoad(row.road), row.reference, row.payload, reason)
        InboundText.objects.filter(pk=row.pk).delete()
    logger.error("Inbound text %s is a dead letter: %s", row.pk, reason)


def _lock(function: str, place: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(%s, %s)", [ADVISORY_SPACE, place])
        return bool(cursor.fetchone()[0])


def _is_away() -> bool:
    """Say whether the database itself is gone, and not just unwilling to keep one row."""
    return not connection.is_usable() if connection.connection is not None else True
