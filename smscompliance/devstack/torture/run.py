"""Run one campaign under one fault and see whether what was promised holds."""

import contextlib
import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import timedelta

from celery.exceptions import OperationalError as BrokerAway
from django.conf import settings
from django.db import InterfaceError, OperationalError, connection

from campaigns import tasks
from campaigns.models import Message
from campaigns.sending import SLICE_SPAN
from campaigns.vocabulary import MessageStatus
from smscompliance.devstack import demo_clock
from smscompliance.devstack.stub_sns import StubSns
from smscompliance.devstack.torture import records
from smscompliance.devstack.torture.faults import FAULTS, FaultName
from smscompliance.devstack.torture.ground import Ground

S = MessageStatus
OPEN = {S.QUEUED, S.HELD, S.SENDING}
# A text leaves within SLICE_SPAN of its last look at the ledger; the rest is the way to the stub,
# on a machine that is busy with workers, servers and stub at once
BOUND = SLICE_SPAN + 0.4  # seconds
LATENCY = 0.02  # seconds that the stub takes to answer: so that a fault meets texts on their way
LOOK_EVERY = 0.2  # seconds
SILENCE = 4.0  # seconds without a post, after which whoever still holds texts is dead
Say = Callable[[str], None]


@dataclass(frozen=True)
class Verdict:
    """What came of a torture; times in seconds unless they say otherwise.

    `published_after_stop` counts posts that reached Amazon later than the bound after their STOP's
    commit, `worst_after_stop_ms` is the longest that any came after one, `unaccounted` counts
    messages that are not settled, or settled otherwise than Amazon saw.
    """

    fault: str
    messages: int
    posts_max_per_message: int
    unaccounted: int
    published_after_stop: int
    worst_after_stop_ms: int
    outside_window: int
    unconfirmed: int
    seconds: float
    strikes: int
    outcomes: dict[str, int]

    @property
    def broken(self) -> list[str]:
        """Return the promises that did not hold, in words."""
        found = {
            "a text was posted more than once": self.posts_max_per_message > 1,
            "messages are not accounted for": self.unaccounted != 0,
            "texts left after a STOP": self.published_after_stop != 0,
            "texts left outside their window": self.outside_window != 0,
        }
        return [words for words, so in found.items() if so]

    def as_json(self) -> dict[str, object]:
        return asdict(self)


class Run:
    """One campaign of `size` people on a prepared ground, and what was seen of it."""

    def __init__(self, ground: Ground, stub: StubSns, size: int, seed: int) -> None:
        self.ground, self.stub, self.size, self.seed = ground, stub, size, seed
        demo_clock.open_for_business(ground.clock_file)
        _forget(stub)
        self.campaign, self.people = records.an_approved_campaign(size)
        self.stops: dict[str, float] = {}
        self.closed_from: float | None = None
        self.open_again_from: float | None = None

    @property
    def posts(self) -> int:
        return len(self.stub.arrivals)

    def under(self, name: FaultName, say: Say, times: int | None = None) -> Verdict:
        """Let the fault strike until the campaign is done, and judge."""
        of, usual = FAULTS[name]
        fault = of(self, usual(self.size) if times is None else times)
        self.ground.start_processes(fault.app)
        fault.begin()
        begun = time.monotonic()
        ends = begun + 120 + self.size / 10
        _wake(tasks.start_due_campaigns.delay)
        look_at = silent_from = begun
        seen = -1
        counts: Counter[str] = Counter()
        while time.monotonic() < ends:
            fault.step()
            self.ground.revive()
            time.sleep(0.01)
            if time.monotonic() < look_at:
                continue
            look_at = time.monotonic() + LOOK_EVERY
            if self.posts != seen:
                seen, silent_from = self.posts, time.monotonic()
            counts = self._counts()
            say(f"{name}: {self.posts} posted, {dict(counts)}")
            left = {status for status in counts if status in OPEN}
            if left != {S.SENDING}:
                silent_from = time.monotonic()  # whoever takes one up again is not dead yet
            if sum(counts.values()) < self.size:
                continue
            if not left - {S.HELD} and (not left or self.closed_from) and fault.is_over:
                if not left:
                    break
            elif left == {S.SENDING} and time.monotonic() > silent_from + SILENCE:
                self._end_leases()
        fault.end()
        return self._verdict(name, fault.struck, time.monotonic() - begun)

    def _end_leases(self) -> None:
        """Let the leases of the dead run out, and have the sweep find what they held."""
        clock_file = self.ground.clock_file
        lease = timedelta(seconds=settings.SEND_LEASE_SECONDS + 1).total_seconds()
        demo_clock.set_shift(clock_file, demo_clock.read_shift(clock_file) + lease)
        _wake(tasks.settle_abandoned.delay)

    def _counts(self) -> Counter[str]:
        try:
            return Counter(
                Message.objects.filter(campaign=self.campaign).values_list("status", flat=True)
            )
        except (OperationalError, InterfaceError):
            connection.close()
            return Counter()

    def _verdict(self, name: FaultName, struck: int, seconds: float) -> Verdict:
        rows = list(
            Message.objects.filter(campaign=self.campaign).values_list("contact__number", "status")
        )
        counts = Counter(status for _, status in rows)
        taken = {phone for phone, _ in self.stub.taken}
        unsettled = self.size - sum(n for status, n in counts.items() if status not in OPEN)
        untrue = sum(
            (status == S.ACCEPTED and phone not in taken)
            or (phone in taken and status not in {S.ACCEPTED, S.UNCONFIRMED})
            for phone, status in rows
            if status not in OPEN
        )
        lags = [
            at - self.stops[phone]
            for at, phone in self.stub.arrivals
            if phone in self.stops and at > self.stops[phone]
        ]
        return Verdict(
            fault=name.value,
            messages=self.size,
            posts_max_per_message=max(_most_taken(self.stub), default=0),
            unaccounted=unsettled + untrue,
            published_after_stop=sum(lag > BOUND for lag in lags),
            worst_after_stop_ms=round(max(lags, default=0) * 1000),
            outside_window=self._outside(),
            unconfirmed=counts[S.UNCONFIRMED],
            seconds=round(seconds, 1),
            strikes=struck,
            outcomes={str(status): n for status, n in sorted(counts.items())},
        )

    def _outside(self) -> int:
        """Count posts that arrived later than the bound after the window had closed."""
        if self.closed_from is None:
            return 0
        until = self.open_again_from or float("inf")
        return sum(self.closed_from + BOUND < at < until for at, _ in self.stub.arrivals)


def a_seed() -> int:
    """Return a seed, which is told so that a run can be repeated."""
    return random.SystemRandom().randrange(1_000_000)


def _most_taken(stub: StubSns) -> list[int]:
    """Return posts per text, leaving out those that were throttled: nothing was sent then."""
    return list(stub.taken.values())


def _forget(stub: StubSns) -> None:
    stub.behaviour = lambda phone, nth: ""
    stub.delay = LATENCY
    stub.posts.clear()
    stub.taken.clear()
    stub.arrivals.clear()
    stub.requests.clear()


def _wake(task: Callable[[], object]) -> None:
    """Wake a worker; where the broker is away, beat does it."""
    with contextlib.suppress(BrokerAway):
        task()
