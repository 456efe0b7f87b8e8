"""Threads that publish. Each does so only while the last look at the ledger is fresh (P5)."""

import logging
import time
from dataclasses import dataclass
from datetime import datetime
from queue import Empty, SimpleQueue
from threading import Thread
from types import TracebackType

from campaigns.claiming import LEAD, Claimed
from campaigns.gateways.protocol import Gateway, HandOver, OutboundText
from campaigns.vocabulary import AttemptOutcome as O
from consent import clock

logger = logging.getLogger(__name__)

SLICE_SPAN = 0.1  # seconds; how long after the answer of its check a text may still leave


@dataclass(slots=True)
class Held:
    """One claimed text in our hands; moments of the monotonic clock, but for the claim's."""

    claimed: Claimed
    claimed_at: datetime
    leaves: float
    void_from: float

    @property
    def is_void(self) -> bool:
        """Say whether its clearance was asked too long ago, by either clock."""
        return time.monotonic() > self.void_from or clock.now() > self.claimed_at + LEAD


def publish(to: Gateway, text: OutboundText) -> HandOver:
    """Hand one text over; whatever goes wrong unforeseen, it may have been sent."""
    try:
        return to.publish(text)
    except Exception as fault:  # noqa: BLE001  to count it as failed would text somebody twice
        logger.error("A hand-over ended in %s", type(fault).__name__)
        return HandOver(O.UNCONFIRMED, type(fault).__name__)


class Publishers:
    """Threads that publish what they are given, or give it back where its check is too old."""

    def __init__(self, to: Gateway, count: int) -> None:
        self.in_hand = 0
        self.halted = False
        self._to = to
        self._todo: SimpleQueue[tuple[Held, float] | None] = SimpleQueue()
        self._done: SimpleQueue[tuple[Held, HandOver | None] | None] = SimpleQueue()
        self._threads = [Thread(target=self._work, name=f"publish_{n}") for n in range(count)]

    def __enter__(self) -> "Publishers":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        for _ in self._threads:
            self._todo.put(None)
        for thread in self._threads:
            thread.join()

    def give(self, held: Held, asked_at: float) -> None:
        """Have a text published at its moment; `asked_at` is when the ledger let it go."""
        self.in_hand += 1
        self._todo.put((held, asked_at))

    def take_back(self, timeout: float) -> list[tuple[Held, HandOver | None]]:
        """Return what has been published, or given back as None; wait for the first at most."""
        came = []
        try:
            if timeout > 0:
                came.append(self._done.get(timeout=timeout))
            while True:
                came.append(self._done.get_nowait())
        except Empty:
            found = [each for each in came if each is not None]
            self.in_hand -= len(found)
            return found

    def wake(self) -> None:
        """Let whoever waits for results look at what else is new."""
        self._done.put(None)

    def _work(self) -> None:
        while (item := self._todo.get()) is not None:
            held, asked_at = item
            delay = held.leaves - time.monotonic()
            if delay > 0 and not self.halted:
                time.sleep(delay)
            # The last look: what comes after this line is the hand-over itself
            late = self.halted or time.monotonic() > asked_at + SLICE_SPAN or held.is_void
            self._done.put((held, None if late else publish(self._to, held.claimed.text)))
