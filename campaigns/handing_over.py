"""Hand claimed texts over: threads publish; one thread claims, asks the ledger and records.

A thread publishes only while the last look at the ledger is fresh, so that an opt-out wins (P5);
the next batch is claimed while texts of the one before are out.
"""

import logging
import time
from collections import Counter, deque
from collections.abc import Callable, Collection, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from datetime import datetime, timedelta

from django.conf import settings
from django.db import InterfaceError, OperationalError, connection

from campaigns import pacing, stops
from campaigns.claiming import LEAD, Batch, Claimed
from campaigns.gateways.protocol import Gateway, HandOver
from campaigns.publishing import SLICE_SPAN, Held, Publishers
from campaigns.recording import Result, record_surely
from campaigns.vocabulary import AccountFault
from campaigns.vocabulary import AttemptOutcome as O
from consent import clock

logger = logging.getLogger(__name__)

AHEAD = SLICE_SPAN / 2  # seconds; texts are checked so long before their slots
RECORD_EVERY = 1.0  # seconds, while slow ones are out
LONGEST_NAP = 2.5  # seconds
REST_AFTER_THROTTLE = timedelta(seconds=1)  # where all were throttled; for a share of them, less
REST_WHEN_UNREACHABLE = timedelta(seconds=5)
ENDING = frozenset({O.ACCOUNT_FAULT, O.NEVER_LEFT})

WITHDRAWN = HandOver(O.WITHDRAWN)
DATABASE_IS_AWAY = (OperationalError, InterfaceError)


class HandingOver:
    """One sender's turn: it goes on claiming and handing over until its time is up."""

    def __init__(
        self,
        number_id: int,
        worker: str,
        to: Gateway,
        *,
        claim: Callable[[int], Batch],
        overtaken: Callable[[Sequence[Claimed]], Collection[int]],
        stopping: Callable[[], bool],
        ends: float,
    ) -> None:
        self.number_id, self.worker = number_id, worker
        self.claim, self.overtaken, self.stopping, self.ends = claim, overtaken, stopping, ends
        self.publishers = Publishers(to, settings.SEND_THREADS)
        self.waiting: deque[Held] = deque()
        self.results: list[Result] = []
        self.outcomes: Counter[O] = Counter()
        self.fault = HandOver(O.ACCOUNT_FAULT)
        self.trying = False  # one text, although the sender is stopped
        self.recorded = time.monotonic()
        self.claim_from = 0.0
        self.again_at: datetime | None = None
        self.closing = self.more = False
        self.dry = False  # nothing was due at the last claim; what is out may come back
        # Rows are written on a connection of its own, while this one looks at the ledger
        self.books = ThreadPoolExecutor(1, "books")
        self.booking: Future[tuple[Batch | None, float]] | None = None

    def run(self) -> bool:
        """Send until nothing is due or the time is over; return whether more may be due."""
        with self.publishers, self.books:
            try:
                self._send()
            finally:
                self._put_back()
                while self.publishers.in_hand:
                    self._collect(RECORD_EVERY)
                self._book(0)
                self.books.submit(_leave_database)
        return self._may_go_on()

    def _send(self) -> None:
        while not self.closing or self.waiting or self.publishers.in_hand or self.booking:
            if time.monotonic() >= self.ends and not self.closing:
                self.closing = self.more = True
            if self.stopping() or not ENDING.isdisjoint(self.outcomes):
                self.more = True
                return
            if self.booking and self.booking.done():
                self._booked()
            if not self.booking:
                self._claim_or_record()
            self._hand_out()
            self._collect(self._patience())

    def _claim_or_record(self) -> None:
        """Claim what there is room for; never more than a batch is claimed and not recorded."""
        held, now = len(self.waiting) + self.publishers.in_hand, time.monotonic()
        if self._has_room(held) and now >= self.claim_from:
            self.dry = held > 0
            self._book(settings.SEND_BATCH - held)
        elif self.results and now > self.recorded + RECORD_EVERY:
            self._book(0)

    def _has_room(self, held: int) -> bool:
        most = 0 if self.dry else settings.SEND_BATCH // 2
        return not self.closing and held <= most

    def _book(self, most: int) -> None:
        """Have results recorded and then so many texts claimed."""
        results, self.results = self.results, []
        self.recorded = time.monotonic()
        self.booking = self.books.submit(self._keep_books, results, most)
        self.booking.add_done_callback(lambda _: self.publishers.wake())

    def _keep_books(self, results: Sequence[Result], most: int) -> tuple[Batch | None, float]:
        if results:
            give_up_at = time.monotonic() + settings.SEND_LEASE_SECONDS
            record_surely(results, self.worker, give_up_at=give_up_at)
            throttled = sum(each.hand_over.outcome is O.THROTTLED for each in results)
            if throttled:
                rest = REST_AFTER_THROTTLE * throttled / len(results)
                pacing.rest(self.number_id, clock.now() + rest)
            if self.trying and any(each.hand_over.outcome is O.ACCEPTED for each in results):
                stops.taken(self.number_id)
                self.trying = False
        begun = time.monotonic()
        return (self.claim(most) if most else None), begun

    def _booked(self) -> None:
        """Take what was claimed into our hands."""
        assert self.booking is not None
        booking, self.booking = self.booking, None
        try:
            batch, begun = booking.result()
        except DATABASE_IS_AWAY:
            logger.warning("Number %s: PostgreSQL went away while claiming", self.number_id)
            self.books.submit(_leave_database)
            self.closing = True
            return
        if batch is None:
            return
        self.again_at = batch.again_at or self.again_at
        self.trying = self.trying or batch.tries
        if batch.claimed:
            self._take_in(batch, begun)
        if batch.looked_at:
            self.dry = False
        elif not self.dry:
            nap = (self.again_at - clock.now()).total_seconds() if self.again_at else 0
            if batch.again_at:  # just told, however long we took to hear of it
                nap = max(nap, 0.01)
            self.closing = self.closing or not 0 < nap <= LONGEST_NAP
            self.claim_from = time.monotonic() + nap

    def _take_in(self, batch: Batch, begun: float) -> None:
        moment, now = clock.now(), time.monotonic()
        starts = now + (batch.claimed[0].leaves_at - moment).total_seconds()
        idle = not self.waiting and not self.publishers.in_hand
        # A claim that took long begins late; to catch up would be a burst at the carrier
        late = max(0.0, now - starts) if idle else 0.0
        void_from = begun + LEAD.total_seconds()
        for each in batch.claimed:
            leaves = now + (each.leaves_at - moment).total_seconds() + late
            self.waiting.append(Held(each, batch.at, leaves, void_from))

    def _hand_out(self) -> None:
        """Check the next texts against the ledger as it is now, and give them to the threads."""
        threads = settings.SEND_THREADS
        while self.waiting and self.publishers.in_hand <= threads:
            until = time.monotonic() + AHEAD
            slice_: list[Held] = []
            free = 2 * threads - self.publishers.in_hand
            while self.waiting and len(slice_) < free and self.waiting[0].leaves <= until:
                slice_.append(self.waiting.popleft())
            if not slice_:
                return
            self._check_and_give(slice_)

    def _check_and_give(self, slice_: Sequence[Held]) -> None:
        try:
            gone = self.overtaken([held.claimed for held in slice_])
        except DATABASE_IS_AWAY:
            # Without an answer nobody knows who has left since
            connection.close()
            self._withdraw(slice_)
            self._put_back()
            self.closing = self.more = True
            return
        asked_at = time.monotonic()
        for held in slice_:
            if held.claimed.message in gone or held.is_void:
                self._withdraw([held])
            else:
                self.publishers.give(held, asked_at)

    def _patience(self) -> float:
        """Return for how long nothing but a result or the books can be new."""
        now = time.monotonic()
        held = len(self.waiting) + self.publishers.in_hand
        if self.closing and not held and not self.booking:
            return 0.0
        moments = [now + RECORD_EVERY]
        if not self.closing:
            moments.append(self.ends)
        if self.waiting and self.publishers.in_hand <= settings.SEND_THREADS:
            moments.append(self.waiting[0].leaves - AHEAD)
        if not self.booking and self._has_room(held):
            moments.append(self.claim_from)
        return max(0.0, min(moments) - now)

    def _collect(self, timeout: float) -> None:
        back = self.publishers.take_back(timeout)
        moment = clock.now()
        again = []
        for held, became in back:
            if became is None:
                again.append(held)
                continue
            self.outcomes[became.outcome] += 1
            self.fault = became if became.fault else self.fault
            self.results.append(Result(held.claimed.message, held.claimed.ordinal, became, moment))
        if self.publishers.halted:
            self._withdraw(again)
        else:
            self.waiting.extendleft(reversed(again))

    def _put_back(self) -> None:
        """Let nothing more leave: what waits goes back to the queue, what is out comes home."""
        self.publishers.halted = True
        if self.booking:
            wait([self.booking])
            self._booked()
        self._withdraw(self.waiting)
        self.waiting.clear()

    def _withdraw(self, held: Iterable[Held]) -> None:
        moment = clock.now()
        self.results += [
            Result(each.claimed.message, each.claimed.ordinal, WITHDRAWN, moment) for each in held
        ]

    def _may_go_on(self) -> bool:
        if O.ACCOUNT_FAULT in self.outcomes:
            fault = self.fault.fault or AccountFault.PERMISSION
            stops.stop(fault, number_id=self.number_id, code=self.fault.code)
            return False
        if O.NEVER_LEFT in self.outcomes:
            logger.warning("Number %s rests: Amazon cannot be reached", self.number_id)
            pacing.rest(self.number_id, clock.now() + REST_WHEN_UNREACHABLE)
            return False
        return self.more


def _leave_database() -> None:
    """Close the connection of the thread that runs this, not that of whoever asks for it."""
    connection.close()
