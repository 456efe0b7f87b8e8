"""One running part of the stack: started, watched, started again, stopped."""

import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from smscompliance.devstack import children
from smscompliance.logs import masked

FIRST_PAUSE = 0.5  # seconds before a part that ended is started again; doubled each time
LONGEST_PAUSE = 30.0
HEALTHY_AFTER = 60.0  # a part that ran this long begins with the first pause again


@dataclass
class Part:
    """A child process, as a person calls it; `begin` starts it and returns it."""

    name: str
    begin: Callable[[], subprocess.Popen[bytes]]
    log: Path
    pidfile: Path
    patience: float = 5.0
    gentle: int = signal.SIGTERM

    process: subprocess.Popen[bytes] | None = None
    began: float = 0.0
    pause: float = FIRST_PAUSE
    due: float | None = None  # when to start it again; None while it runs

    def start(self) -> None:
        """Start it and remember which process it is."""
        self.due = None
        self.began = time.monotonic()
        self.process = self.begin()
        children.remember(self.process, self.pidfile)

    def watch(self, say: Callable[[str], None]) -> None:
        """Notice that it ended, and start it again when its pause is over."""
        now = time.monotonic()
        if self.due is not None:
            if now >= self.due:
                self._start_again(say)
            return
        if self.process is None or self.process.poll() is None:
            return
        how = _how_it_ended(self.process.returncode)
        self._plan_a_start(now)
        last = masked(children.tail(self.log, lines=1).strip())
        hint = f" Last line of {self.log}: {last}" if self.process.returncode > 0 else ""
        say(f"The {self.name} {how}; it is started again.{hint}")

    def stop(self) -> bool:
        """Stop it within its patience; say whether it went by itself."""
        by_itself = True
        if self.process is not None:
            by_itself = children.stop(self.process, within=self.patience, gentle=self.gentle)
        self.process = None
        self.pidfile.unlink(missing_ok=True)
        return by_itself

    def _start_again(self, say: Callable[[str], None]) -> None:
        try:
            self.start()
        except children.ChildError as problem:
            self._plan_a_start(time.monotonic())
            say(f"The {self.name} does not start: {problem}")

    def _plan_a_start(self, now: float) -> None:
        if now - self.began > HEALTHY_AFTER:
            self.pause = FIRST_PAUSE
        self.due = now + self.pause
        self.pause = min(self.pause * 2, LONGEST_PAUSE)


def _how_it_ended(code: int) -> str:
    if code < 0:
        return f"was ended by {signal.Signals(-code).name}"
    return f"ended with code {code}"
