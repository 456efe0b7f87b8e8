"""Send what is due: claim, commit, publish once, record. No network inside a transaction."""

import os
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.db import InterfaceError, OperationalError, connection

from campaigns import pacing, stops
from campaigns.claiming import RESTRICTING, Claimed, claim
from campaigns.gateways.configured import gateway
from campaigns.handing_over import LONGEST_NAP, HandingOver
from campaigns.models import OriginationNumber
from campaigns.publishing import SLICE_SPAN
from campaigns.statements import many, rows
from campaigns.waiting import has_due
from consent import clock

__all__ = ["SLICE_SPAN", "a_place", "numbers_with_due", "overtaken", "send_due"]

# More senders of one number only wait for its slots, and for each other's locks
SENDERS_PER_NUMBER = 2
ADVISORY_SPACE = 0x534D53  # "SMS": our own among PostgreSQL's advisory locks
TURN = 10  # seconds; then other numbers and other tasks of this worker have theirs

# One query per slice: whoever left, or wrote what nobody has read yet, whatever was paused and
# whatever lost its lease since the claim
OVERTAKEN = """
    SELECT s.id
    FROM json_to_recordset(%(slice)s::json) AS s(id bigint, contact bigint, seen bigint, phone text)
    LEFT JOIN campaigns_message AS m
        ON m.id = s.id AND m.status = 'sending' AND m.worker = %(worker)s
        AND m.lease_until > %(now)s
    LEFT JOIN campaigns_campaign AS c ON c.id = m.campaign_id
    WHERE m.id IS NULL OR c.status <> 'running' OR s.seen <> (
        SELECT count(*) FROM consent_optinevent AS e
        WHERE e.contact_id = s.contact AND e.kind = ANY(%(restricting)s)
    ) OR EXISTS (SELECT FROM campaigns_inboundtext AS t WHERE t.sender = s.phone)
"""


def send_due(
    number_id: int, *, seconds: float = TURN, stopping: Callable[[], bool] = lambda: False
) -> bool:
    """Send what is due from one origination number until nothing is, or the time is over.

    Returns whether more may be due at once. Safe to run twice at a time: rows are claimed, and who
    finds enough others at work leaves.
    """
    with a_place(number_id) as found:
        if not found:
            return False
        worker = f"{socket.gethostname()[:40]}:{os.getpid()}:{threading.get_ident()}"
        # Made before slots are taken and the time runs: the first client takes its own
        to = gateway(OriginationNumber.objects.values_list("gateway", flat=True).get(pk=number_id))
        return HandingOver(
            number_id,
            worker,
            to,
            claim=lambda most: claim(number_id, worker, most),
            overtaken=lambda slice_: overtaken(slice_, worker),
            stopping=stopping,
            ends=time.monotonic() + seconds,
        ).run()


def numbers_with_due() -> list[int]:
    """Return the live numbers that have something to send at this moment and may send it."""
    moment = clock.now()
    halts = stops.holding()
    return [
        number.pk
        for number in OriginationNumber.objects.filter(live=True)
        if pacing.room(number, moment + timedelta(seconds=LONGEST_NAP))
        and stops.may_try([each for each in halts if each.stops(number)])
        and has_due(number.pk, moment)
    ]


@contextmanager
def a_place(number_id: int) -> Iterator[bool]:
    """Take one of the number's few places for senders, until done or until the connection ends."""
    keys = [number_id * SENDERS_PER_NUMBER + place for place in range(SENDERS_PER_NUMBER)]
    taken = next((key for key in keys if _advisory("pg_try_advisory_lock", key)), None)
    try:
        yield taken is not None
    finally:
        if taken is not None:
            try:
                _advisory("pg_advisory_unlock", taken)
            except (OperationalError, InterfaceError):
                connection.close()  # which frees the place too


def overtaken(slice_: Sequence[Claimed], worker: str) -> set[int]:
    """Return the messages that must not be handed over any more, as committed at this moment."""
    return {pk for (pk,) in rows(OVERTAKEN, **asked_of(slice_, worker))}


def asked_of(slice_: Sequence[Claimed], worker: str) -> dict[str, Any]:
    """Return what `OVERTAKEN` is asked with."""
    return {
        "slice": many(
            {
                "id": each.message,
                "contact": each.contact,
                "seen": each.restrictions,
                "phone": each.text.to,
            }
            for each in slice_
        ),
        "worker": worker,
        "now": clock.now(),
        "restricting": [kind.value for kind in RESTRICTING],
    }


def _advisory(function: str, key: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(%s, %s)", [ADVISORY_SPACE, key])
        return bool(cursor.fetchone()[0])
