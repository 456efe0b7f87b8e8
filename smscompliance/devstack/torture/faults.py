"""What goes wrong while a campaign runs. Each strikes when so many texts have been posted."""

import random
import threading
import time
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from datetime import time as time_of_day
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction

from consent import ledger
from consent.models import Contact
from consent.vocabulary import EventKind, Source
from smscompliance.celery import app
from smscompliance.devstack import demo_clock
from smscompliance.devstack.torture import deliveries

if TYPE_CHECKING:
    from smscompliance.devstack.torture.run import Run

THROTTLED, HANGING = 0.30, 0.05
NEAR_THE_FRONT = 200  # texts that leave within a second or so: where a STOP has to hurry
LARGE = 1000  # messages; in smaller campaigns a fault strikes less often
CLOSES = time_of_day(17, 0)  # house.hours, in New York


class FaultName(StrEnum):
    """The faults that `manage.py torture` knows."""

    KILL = "kill"
    POSTGRES = "postgres"
    BROKER = "broker"
    THROTTLE = "throttle"
    TIMEOUT = "timeout"
    STOP = "stop"
    CLOCK = "clock"
    TWICE = "twice"


class Fault:
    """What goes wrong; this one is nothing. `struck` counts how often it did."""

    app = "smscompliance"

    def __init__(self, run: "Run", times: int) -> None:
        self.run = run
        self.struck = 0
        self.dice = random.Random(run.seed)
        within = max(run.size * 9 // 10, 1)
        # Not before the first text: who leaves before the audience is fixed is not in it
        self._at = deque(sorted(self.dice.sample(range(1, within + 1), min(times, within))))

    def begin(self) -> None:
        """Make ready, before the first text leaves."""

    def step(self) -> None:
        """Strike as often as is due by the number of texts posted so far."""
        while self._at and self.run.posts >= self._at[0] and self.strike():
            self._at.popleft()
            self.struck += 1

    def strike(self) -> bool:
        """Do it once; return whether it could be done."""
        return True

    def end(self) -> None:
        """Look back, once the campaign is done."""

    @property
    def is_over(self) -> bool:
        """Say whether nothing more is to come."""
        return True


class Kill(Fault):
    """SIGKILL to one worker at random that is at work."""

    def strike(self) -> bool:
        victims = [each for each in self.run.ground.workers if each.is_at_work]
        if victims:
            self.dice.choice(victims).kill()
        return bool(victims)


class Postgres(Fault):
    """PostgreSQL is restarted, by turns as an administrator does and as a crash does."""

    def strike(self) -> bool:
        server = self.run.ground.postgres
        connection.close()
        if self.struck % 2 and server.process is not None:
            server.process.kill()
            server.process.wait(timeout=20)
            server.process = None
        else:
            server.stop()
        server.start()
        return True


class Broker(Fault):
    """The broker is flushed and restarted."""

    def strike(self) -> bool:
        with app.connection_for_write() as link:
            channel: Any = link.default_channel
            channel.client.flushall()
        self.run.ground.broker.stop()
        self.run.ground.broker.start()
        return True


class Answering(Fault):
    """Amazon answers a share of all posts in a way of its own."""

    share, answer = 0.0, ""

    def begin(self) -> None:
        dice, lock = random.Random(self.run.seed), threading.Lock()

        def behaviour(phone: str, nth: int) -> str:
            with lock:
                hit = dice.random() < self.share
                self.struck += hit
            return self.answer if hit else ""

        self.run.stub.behaviour = behaviour

    def step(self) -> None:
        """Leave it to the stub."""


class Throttle(Answering):
    """Three in ten are throttled."""

    share, answer = THROTTLED, "400 Throttling"


class Timeout(Answering):
    """One in twenty is taken and never answered."""

    share, answer = HANGING, "slow"


class Stop(Fault):
    """One in ten leaves while the campaign runs; when each was committed is kept."""

    def __init__(self, run: "Run", times: int) -> None:
        super().__init__(run, times)
        self._waiting: dict[int, Contact] = {each.pk: each for each in run.people}

    def strike(self) -> bool:
        posted = {phone for phone, _ in list(self.run.stub.posts)}
        waiting = [each for each in self._waiting.values() if each.number not in posted]
        self._waiting = {each.pk: each for each in waiting}
        if not waiting:
            return True
        nearby = self.dice.random() < 0.5
        who = self.dice.choice(waiting[:NEAR_THE_FRONT] if nearby else waiting)
        del self._waiting[who.pk]
        with transaction.atomic():
            ledger.record(
                ledger.EventDraft(
                    contact=who.pk,
                    kind=EventKind.OPTED_OUT,
                    source=Source.REPLY,
                    topic=self.run.campaign.topic_id,
                )
            )
            committing = time.time()  # the commit itself comes after: no lag is made smaller
        self.run.stops[who.number] = committing
        return True


class Clock(Fault):
    """The clock jumps over the end of the window; when all is held, the next morning comes."""

    def __init__(self, run: "Run", times: int) -> None:
        super().__init__(run, 1)
        self._at = deque([run.size // 2])
        self._next_day = False

    def strike(self) -> bool:
        clock_file = self.run.ground.clock_file
        there = demo_clock.demo_now(clock_file).astimezone(demo_clock.NEW_YORK)
        closing = datetime.combine(there.date(), CLOSES, tzinfo=demo_clock.NEW_YORK)
        shift = closing.astimezone(UTC) - demo_clock.real_now()
        demo_clock.set_shift(clock_file, shift.total_seconds())
        self.run.closed_from = time.time()
        return True

    @property
    def is_over(self) -> bool:
        """Let the night go by once everything is held."""
        if self.run.closed_from is None or self._next_day:
            return self._next_day
        time.sleep(1.0)  # whoever would send at night had time to
        demo_clock.open_for_business(self.run.ground.clock_file)
        self.run.open_again_from = time.time()
        self._next_day = True
        return False


class Twice(Fault):
    """The broker delivers every task twice; how often a worker got one again is counted."""

    app = "smscompliance.devstack.torture.twice"

    def __init__(self, run: "Run", times: int) -> None:
        super().__init__(run, times)
        run.ground.deliveries.unlink(missing_ok=True)

    def step(self) -> None:
        """Leave it to the broker."""

    def end(self) -> None:
        """Count what the workers were given again."""
        self.struck = deliveries.again(self.run.ground.deliveries)


FAULTS: dict[FaultName, tuple[type[Fault], Callable[[int], int]]] = {
    FaultName.KILL: (Kill, lambda size: 10 if size >= LARGE else 2),
    FaultName.POSTGRES: (Postgres, lambda size: 3 if size >= LARGE else 2),
    FaultName.BROKER: (Broker, lambda size: 3 if size >= LARGE else 2),
    FaultName.THROTTLE: (Throttle, lambda size: 0),
    FaultName.TIMEOUT: (Timeout, lambda size: 0),
    FaultName.STOP: (Stop, lambda size: size // 10),
    FaultName.CLOCK: (Clock, lambda size: 1),
    FaultName.TWICE: (Twice, lambda size: 0),
}
"""Each fault, and how often it strikes in a campaign of a size."""
