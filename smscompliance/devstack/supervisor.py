"""Start the whole stack, keep it running, stop it in order."""

import contextlib
import fcntl
import hashlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from smscompliance.devstack import (
    children,
    demo_clock,
    environment,
    outside,
    programs,
    summary,
)
from smscompliance.devstack.broker import EmbeddedBroker
from smscompliance.devstack.children import ChildError
from smscompliance.devstack.environment import Choices
from smscompliance.devstack.parts import Part
from smscompliance.devstack.paths import ROOT, State, write_for_us_only
from smscompliance.devstack.ports import first_free
from smscompliance.devstack.postgres import EmbeddedPostgres
from smscompliance.devstack.programs import Program

PREFERRED_PORTS = {"web": 8000, "postgres": 15432, "broker": 16379, "aws": 14566}
DATABASE_NAME = "smscompliance"
LOOK_EVERY = 0.25  # seconds


class Stopped(BaseException):
    """Somebody asked us to stop. Not an Exception, so that nothing on the way swallows it."""


class AlreadyUp(Exception):  # noqa: N818  not an error
    """Another supervisor of this checkout holds the lock."""


def say(line: str) -> None:
    """Tell the person at the terminal, if there still is one."""
    with contextlib.suppress(OSError):
        print(line, flush=True)


@contextlib.contextmanager
def hold_the_lock(state: State) -> Iterator[None]:
    """Be the only supervisor of this checkout; the kernel lets go of the lock if we are killed."""
    with state.lock.open("a+") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyUp from None
        state.supervisor.write_text(str(os.getpid()))
        yield


class Supervisor:
    """Own the parts of one checkout's stack."""

    def __init__(self, state: State) -> None:
        self.state = state
        self.parts: dict[str, Part] = {}
        self.ports: dict[str, int] = {}
        self.environment = dict(os.environ)
        environment.read_dotenv(ROOT / ".env", self.environment)
        self.choices = Choices.read(self.environment)
        self.began = time.monotonic()

    def up(self) -> None:
        """Start everything and keep it running until somebody asks to stop."""
        _on_request(_raise_stopped)
        try:
            self.start()
            self.watch()
        except Stopped:
            say("\nStopping ...")
        finally:
            _on_request(lambda *_: say("  Still stopping ..."))
            self.stop()

    def start(self) -> None:
        """Start the parts: what does not need each other, side by side."""
        say(f"Starting smscompliance in {ROOT}")
        self.end_leftovers()
        self._choose_ports()
        known = environment.keep_secrets(self.state.secrets)
        environment.complete(
            self.environment,
            self.choices,
            self.state,
            known,
            web_port=self.ports["web"],
            aws_port=self.ports.get("aws", 0),
        )
        self._set_the_clock()
        self._look_outside()
        broker = self._start_broker(known["BROKER_PASSWORD"]) if self.choices.broker else None
        if self.choices.aws:
            self._run(programs.aws(self.ports["aws"], self.state.aws))
        self._start_database(known)
        if broker:
            broker.wait_until_ready()
            self._step(f"broker on port {broker.port}")
        self._prepare()
        if self.choices.aws:
            endpoint = self.environment["AWS_ENDPOINT_URL"]
            queue = programs.ask_for_the_queue(endpoint, self.parts["aws"])
            self.environment["INBOUND_QUEUE_URL"] = queue
            self._step(f"AWS stand-in on port {self.ports['aws']}")
        self._run(programs.web(self.ports["web"]))
        self._run(programs.worker())
        if self.environment.get("INBOUND_QUEUE_URL"):
            self._run(programs.consumer())
        else:
            say("          replies are not read: INBOUND_QUEUE_URL names no queue")
        self._run(programs.beat(self.state.beat_schedule))
        login = f"http://127.0.0.1:{self.ports['web']}/admin/login/"
        programs.ask_until_it_answers(login, self.parts["web"])
        self._tell()

    def watch(self) -> None:
        """Start parts again that end by themselves."""
        while True:
            for part in self.parts.values():
                part.watch(say)
            time.sleep(LOOK_EVERY)

    def stop(self) -> None:
        """Stop the parts, those that others stand on last."""
        self.state.announcement.unlink(missing_ok=True)
        self.state.stack_env.unlink(missing_ok=True)
        for name in programs.STOP_ORDER:
            part = self.parts.get(name)
            if part and not part.stop():
                say(f"  The {part.name} did not stop within {part.patience:.0f} s; killed.")
        if self.parts:
            say("Stopped.")

    def end_leftovers(self) -> None:
        """End what a killed supervisor's children left, should one of them hang."""
        for name in programs.STOP_ORDER:
            pidfile = self.state.pidfile(name)
            if children.end_leftover(pidfile, words=programs.WORDS[name]):
                say(f"  Ended what an earlier run had left behind: {programs.CALLED[name]}.")
        for log in self.state.logs.glob("*.log"):
            children.set_aside_long_log(log)

    # ---- the steps of a start, in their order ----

    def _choose_ports(self) -> None:
        wanted = {"web": int(self.environment.get("PORT") or PREFERRED_PORTS["web"])}
        for name in ("postgres", "broker", "aws"):
            if getattr(self.choices, name):
                wanted[name] = PREFERRED_PORTS[name]
        for name, preferred in wanted.items():
            port = first_free(preferred, taken=self.ports.values())
            if port != preferred:
                say(f"  Port {preferred} is taken: the {programs.CALLED[name]} goes to {port}.")
            self.ports[name] = port

    def _set_the_clock(self) -> None:
        if self.choices.amazon:
            return
        demo_clock.open_for_business(self.state.clock)
        if demo_clock.read_shift(self.state.clock):
            there = demo_clock.demo_now(self.state.clock).astimezone(demo_clock.NEW_YORK)
            say(f"  Demo clock: it is {there:%A, %d %B %Y, %H:%M} in New York. Reminders only go")
            say("  out on weekdays from 09:00 to 17:00; the phones page moves the clock on.")

    def _start_broker(self, password: str) -> EmbeddedBroker:
        home, log = self.state.home_of("broker"), self.state.log("broker")
        broker = EmbeddedBroker(home, port=self.ports["broker"], password=password, log=log)
        self.environment["CELERY_BROKER_URL"] = broker.url
        self._add("broker", broker.launch, patience=10)
        return broker

    def _look_outside(self) -> None:
        """Try the parts that are not ours. Raises ChildError when one does not answer."""
        if not self.choices.broker:
            outside.look_for_broker(self.environment["CELERY_BROKER_URL"])
            self._step("broker: yours, as CELERY_BROKER_URL says")
        if not self.choices.postgres:
            outside.connect(self.environment["DATABASE_URL"]).close()
            self._step("database: yours, as DATABASE_URL says")

    def _start_database(self, known: dict[str, str]) -> None:
        if not self.choices.postgres:
            return
        home = self.state.home_of("postgres")
        server = EmbeddedPostgres(
            home,
            port=self.ports["postgres"],
            superuser_password=known["POSTGRES_SUPERUSER_PASSWORD"],
            log=self.state.log("postgres"),
        )

        def begin() -> subprocess.Popen[bytes]:
            server.start()
            assert server.process is not None
            return server.process

        self._add("postgres", begin, patience=20, gentle=signal.SIGINT)
        password = known["POSTGRES_PASSWORD"]
        self.environment["DATABASE_URL"] = server.ensure_application(DATABASE_NAME, password)
        self._step(f"PostgreSQL on port {server.port}")

    @property
    def _demo_stamp(self) -> Path:
        """Where it is noted that this database holds the demo data: beside its files, if ours."""
        if self.choices.postgres:
            return self.state.home_of("postgres") / "demo_loaded"
        digest = hashlib.sha256(self.environment["DATABASE_URL"].encode()).hexdigest()[:12]
        return self.state.local / f"demo_loaded-{digest}"

    def _prepare(self) -> None:
        """Migrate, and load the demo data once. Raises ChildError with the log's end."""
        demo_stamp = self._demo_stamp
        if demo_stamp.exists() and self.choices.amazon:
            raise ChildError(
                "This database holds demo data, whose numbers are not yours to text, and AWS is\n"
                "Amazon itself. Name another database in DATABASE_URL, or move .local/ away."
            )
        demo = not demo_stamp.exists() and not self.choices.amazon
        if demo and not self.choices.postgres:
            demo = not outside.holds_users(self.environment["DATABASE_URL"])
        told = {"--demo": demo, "--own": self.choices.postgres}
        given = [name for name, true in told.items() if true]
        log = self.state.log("prepare")
        log.unlink(missing_ok=True)
        process = children.spawn(
            [sys.executable, "-m", "smscompliance.devstack.prepare", *given],
            log=log,
            # The demo command comes with the app of the phones page.
            env=self.environment | ({"PHONES_PAGE": "1", "DEBUG": "1"} if demo else {}),
            cwd=ROOT,
            death_signal=signal.SIGKILL,
        )
        try:
            while process.poll() is None:
                time.sleep(0.02)
        finally:
            children.stop(process, within=1)
        if process.returncode != 0:
            raise ChildError(f"The database could not be prepared.\n{children.tail(log, lines=25)}")
        if demo:
            demo_stamp.touch()
        self._step("tables up to date" + (", demo data loaded" if demo else ""))

    def _tell(self) -> None:
        text = summary.table(
            f"http://localhost:{self.ports['web']}",
            phones=self.environment.get("PHONES_PAGE") == "1",
            logins=self.state.demo_logins if self._demo_stamp.exists() else None,
        )
        write_for_us_only(self.state.announcement, text + "\n")
        self.state.write_stack_env(environment.told_to_commands(self.environment, self.choices))
        took = time.monotonic() - self.began
        say(f"\nReady after {took:.1f} s. Ctrl-C stops everything; logs: .local/log/\n\n{text}\n")
        if self.choices.amazon:
            say("  AWS is Amazon itself: texts reach real phones and cost real money.\n")

    # ---- what these steps stand on ----

    def _run(self, program: Program) -> None:
        def begin() -> subprocess.Popen[bytes]:
            command = [sys.executable, *program.arguments]
            log = self.state.log(program.name)
            return children.spawn(command, log=log, env=self.environment, cwd=ROOT)

        self._add(program.name, begin, patience=program.patience)

    def _add(
        self,
        name: str,
        begin: Callable[[], subprocess.Popen[bytes]],
        *,
        patience: float,
        gentle: int = signal.SIGTERM,
    ) -> None:
        log, pidfile = self.state.log(name), self.state.pidfile(name)
        self.parts[name] = Part(programs.CALLED[name], begin, log, pidfile, patience, gentle)
        self.parts[name].start()

    def _step(self, what: str) -> None:
        say(f"  {time.monotonic() - self.began:4.1f} s  {what}")


def _raise_stopped(*_: object) -> None:
    raise Stopped


def _on_request(reaction: Callable[..., None]) -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:  # under nohup
            signal.signal(number, reaction)
