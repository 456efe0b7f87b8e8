"""Send what is due: claim, commit, publish once, record. No network inside a transaction."""

import logging
import os
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection
from django.db.models import Exists, OuterRef

from campaigns import pacing, stops
from campaigns.claiming import LEAD, RESTRICTING, Batch, Claimed, claim, due_for_sending
from campaigns.gateways.configured import gateway
from campaigns.gateways.protocol import Gateway, HandOver, OutboundText
from campaigns.models import OriginationNumber
from campaigns.recording import Result, record_surely
from campaigns.vocabulary import AccountFault
from campaigns.vocabulary import AttemptOutcome as O
from consent import clock

logger = logging.getLogger(__name__)

# More senders of one number only wait for its slots, and for each other's locks
SENDERS_PER_NUMBER = 2
ADVISORY_SPACE = 0x534D53  # "SMS": our own among PostgreSQL's advisory locks
TURN = 10  # seconds; then other numbers and other tasks of this worker have theirs
SLICE_SPAN = 0.1  # seconds; with one round trip, how long after its check a text may still leave
RECORD_EVERY = 1.0  # seconds, while slow ones are out
LONGEST_NAP = 2.5  # seconds
REST_AFTER_THROTTLE = timedelta(seconds=1)
REST_WHEN_UNREACHABLE = timedelta(seconds=5)

WITHDRAWN = HandOver(O.WITHDRAWN)

# One query per slice: whoever left, or wrote what nobody has read yet, whatever was paused and
# whatever lost its lease since the claim
OVERTAKEN = """
    SELECT s.id
    FROM unnest(%(ids)s::bigint[], %(contacts)s::bigint[], %(seen)s::bigint[], %(to)s::text[])
        AS s(id, contact, seen, phone)
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
        to = gateway(OriginationNumber.objects.values_list("gateway", flat=True).get(pk=number_id))
        ends, again_at = time.monotonic() + seconds, None
        with ThreadPoolExecutor(settings.SEND_THREADS, "publish") as threads:
            while time.monotonic() < ends and not stopping():
                batch = claim(number_id, worker)
                again_at = batch.again_at or again_at
                if batch.claimed:
                    if not _HandingOver(batch, number_id, worker, threads, stopping, to).run():
                        return False
                elif not batch.looked_at:
                    nap = (again_at - clock.now()).total_seconds() if again_at else 0
                    if not 0 < nap <= LONGEST_NAP:
                        return False
                    time.sleep(nap)
    return True


def numbers_with_due() -> list[int]:
    """Return the live numbers that have something to send at this moment and may send it."""
    moment = clock.now()
    due = due_for_sending(moment).filter(origination_number=OuterRef("pk"))
    halts = stops.holding()
    return [
        number.pk
        for number in OriginationNumber.objects.filter(Exists(due), live=True)
        if pacing.room(number, moment + timedelta(seconds=LONGEST_NAP))
        and stops.may_try([each for each in halts if each.stops(number)])
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
    with connection.cursor() as cursor:
        cursor.execute(OVERTAKEN, asked_of(slice_, worker))
        return {row[0] for row in cursor.fetchall()}


def asked_of(slice_: Sequence[Claimed], worker: str) -> dict[str, Any]:
    """Return what `OVERTAKEN` is asked with."""
    return {
        "ids": [each.message for each in slice_],
        "contacts": [each.contact for each in slice_],
        "seen": [each.restrictions for each in slice_],
        "to": [each.text.to for each in slice_],
        "worker": worker,
        "now": clock.now(),
        "restricting": [kind.value for kind in RESTRICTING],
    }


def publish(to: Gateway, text: OutboundText) -> HandOver:
    """Hand one text over; whatever goes wrong unforeseen, it may have been sent."""
    try:
        return to.publish(text)
    except Exception as fault:  # noqa: BLE001  to count it as failed would text somebody twice
        logger.error("A hand-over ended in %s", type(fault).__name__)
        return HandOver(O.UNCONFIRMED, type(fault).__name__)


class _HandingOver:
    """One batch on its way: slices to threads at their moments, results to their rows."""

    def __init__(
        self,
        batch: Batch,
        number_id: int,
        worker: str,
        threads: ThreadPoolExecutor,
        stopping: Callable[[], bool],
        to: Gateway,
    ) -> None:
        self.batch, self.number_id, self.worker = batch, number_id, worker
        self.threads, self.stopping = threads, stopping
        self.begun, self.begun_at = time.monotonic(), clock.now()
        self.waiting = deque(batch.claimed)
        self.out: dict[Future[HandOver], Claimed] = {}
        self.results: list[Result] = []
        self.outcomes: set[O] = set()
        self.fault = HandOver(O.ACCOUNT_FAULT)
        self.recorded = self.begun
        self.gateway = to

    def run(self) -> bool:
        """Hand the batch over and record it; return whether to go on with the next."""
        while self.waiting or self.out:
            free = settings.SEND_THREADS - len(self.out)
            if self.waiting and (not self.out or free >= max(1, settings.SEND_THREADS // 2)):
                self._nap_until_first()
                self._hand_over_slice(free)
            self._collect(timeout=RECORD_EVERY if self.out and not self._may_hand_over() else 0)
            if time.monotonic() - self.recorded > RECORD_EVERY:
                self._record()
        self._record()
        return self._may_go_on()

    def _may_hand_over(self) -> bool:
        free = settings.SEND_THREADS - len(self.out)
        return bool(self.waiting) and free >= max(1, settings.SEND_THREADS // 2)

    def _moment(self, each: Claimed) -> float:
        return self.begun + (each.leaves_at - self.begun_at).total_seconds()

    def _nap_until_first(self) -> None:
        delay = self._moment(self.waiting[0]) - time.monotonic()
        if delay > 0:
            time.sleep(min(delay, LEAD.total_seconds()))

    def _hand_over_slice(self, free: int) -> None:
        stale = clock.now() > self.batch.at + LEAD or time.monotonic() > self.begun + LEAD.seconds
        if stale or self.stopping() or O.ACCOUNT_FAULT in self.outcomes:
            self._withdraw(self.waiting)
            self.waiting.clear()
            return
        until = time.monotonic() + SLICE_SPAN
        slice_ = [self.waiting.popleft()]
        while self.waiting and len(slice_) < free and self._moment(self.waiting[0]) <= until:
            slice_.append(self.waiting.popleft())
        try:
            gone = overtaken(slice_, self.worker)
        except (OperationalError, InterfaceError):
            # Without an answer nobody knows who has left since
            connection.close()
            self._withdraw([*slice_, *self.waiting])
            self.waiting.clear()
            return
        self._withdraw([each for each in slice_ if each.message in gone])
        for each in slice_:
            if each.message not in gone:
                self.out[self.threads.submit(self._publish, each)] = each

    def _publish(self, each: Claimed) -> HandOver:
        delay = self._moment(each) - time.monotonic()
        if delay > 0:
            time.sleep(delay)
        return publish(self.gateway, each.text)

    def _withdraw(self, claimed: Sequence[Claimed] | deque[Claimed]) -> None:
        moment = clock.now()
        self.results += [Result(each.message, each.ordinal, WITHDRAWN, moment) for each in claimed]

    def _collect(self, timeout: float) -> None:
        if not self.out:
            return
        done, _ = wait(self.out, timeout, FIRST_COMPLETED)
        moment = clock.now()
        for future in done:
            each, became = self.out.pop(future), future.result()
            self.outcomes.add(became.outcome)
            if became.fault:
                self.fault = became
            self.results.append(Result(each.message, each.ordinal, became, moment))

    def _record(self) -> None:
        give_up_at = self.begun + settings.SEND_LEASE_SECONDS
        record_surely(self.results, self.worker, give_up_at=give_up_at)
        self.results, self.recorded = [], time.monotonic()

    def _may_go_on(self) -> bool:
        if O.ACCOUNT_FAULT in self.outcomes:
            fault = self.fault.fault or AccountFault.PERMISSION
            stops.stop(fault, number_id=self.number_id, code=self.fault.code)
            return False
        if self.batch.tries and O.ACCEPTED in self.outcomes:
            stops.taken(self.number_id)
        if O.NEVER_LEFT in self.outcomes:
            logger.warning("Number %s rests: Amazon cannot be reached", self.number_id)
            pacing.rest(self.number_id, clock.now() + REST_WHEN_UNREACHABLE)
            return False
        if O.THROTTLED in self.outcomes:
            pacing.rest(self.number_id, clock.now() + REST_AFTER_THROTTLE)
        return True


def _advisory(function: str, key: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(%s, %s)", [ADVISORY_SPACE, key])
        return bool(cursor.fetchone()[0])
