"""Where a torture takes place: a PostgreSQL, a broker, a clock and workers that are thrown away.

Nothing of the caller's environment that leads to a database, a broker or Amazon is kept.
"""

import atexit
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import MutableMapping
from pathlib import Path

from smscompliance.devstack import children
from smscompliance.devstack.broker import EmbeddedBroker
from smscompliance.devstack.children import ChildError
from smscompliance.devstack.environment import KEYS_OF_THE_STAND_IN
from smscompliance.devstack.paths import ROOT
from smscompliance.devstack.ports import any_free
from smscompliance.devstack.postgres import EmbeddedPostgres
from smscompliance.devstack.torture import deliveries

ROLE = "torture"
PREFIX = "smscompliance-torture-"
READY_WITHIN = 60.0  # seconds
CELERY = ("-m", "celery", "-A")
WORKER = ("worker", "--pool", "threads", "--concurrency", "2", "-l", "INFO")
QUIET = ("--without-gossip", "--without-mingle")
# A lease as short as the settings allow, and a reader that hangs up before a test tires of it
SHORT = {"SEND_LEASE_SECONDS": "60", "SEND_TIMEOUT_SECONDS": "2"}


class Process:
    """A process of ours that may be killed at any moment and is started again."""

    def __init__(self, ground: "Ground", name: str, says: str, *arguments: str) -> None:
        self._ground, self.name, self._says, self._arguments = ground, name, says, arguments
        self._log = ground.home / f"{name}.log"
        self._since = 0
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it without waiting until it is at work."""
        self._since = self._log.stat().st_size if self._log.exists() else 0
        self._process = children.spawn(
            [sys.executable, *CELERY, self._ground.app, *self._arguments],
            log=self._log,
            env=os.environ,
            cwd=ROOT,
            death_signal=signal.SIGKILL,
        )

    @property
    def lives(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def is_at_work(self) -> bool:
        """Say whether it lives and has said that it is ready."""
        return self.lives and self._says in self._log.read_text(errors="replace")[self._since :]

    def kill(self) -> None:
        """End it as kill -9 does."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(timeout=10)

    def stop(self) -> None:
        """End it gently, or harder if it takes long."""
        if self._process is not None:
            children.stop(self._process, within=5)
            self._process = None

    def tail(self) -> str:
        """Return the last lines it wrote."""
        return children.tail(self._log)


class Ground:
    """The servers and processes of one torture, below one directory that is removed afterwards."""

    def __init__(self) -> None:
        self.home = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))
        self.home.chmod(0o711)  # as root, the servers run as somebody else and must get through
        self.clock_file = self.home / "clock"
        self.deliveries = self.home / "deliveries"
        self.app = "smscompliance"
        self._password = secrets.token_urlsafe(24)
        self.postgres = EmbeddedPostgres(
            self.home / "postgres",
            port=any_free(),
            superuser_password=secrets.token_urlsafe(24),
            log=self.home / "postgres.log",
        )
        self.broker = EmbeddedBroker(
            self.home / "broker",
            port=any_free(),
            password=secrets.token_urlsafe(24),
            log=self.home / "broker.log",
        )
        self.stub_port = any_free()
        self.workers = [
            Process(self, name, " ready.", *WORKER, *QUIET, "-n", f"{name}@localhost")
            for name in ("worker-1", "worker-2")
        ]
        schedule = str(self.home / "beat-schedule")
        self.beat = Process(self, "beat", "is starting", "beat", "-s", schedule, "-l", "INFO")

    @property
    def database_url(self) -> str:
        return f"postgres://{ROLE}:{self._password}@127.0.0.1:{self.postgres.port}/{ROLE}"

    def tell(self, environment: MutableMapping[str, str]) -> None:
        """Lead everything that this process is or starts here and nowhere else."""
        environment.update(
            {
                "DJANGO_SETTINGS_MODULE": "smscompliance.settings",
                "DEBUG": "1",
                "PHONES_PAGE": "1",
                "SECRET_KEY": secrets.token_urlsafe(48),
                "ALTCHA_HMAC_KEY": secrets.token_urlsafe(48),
                "ALLOWED_HOSTS": "localhost",
                "HTTPS_ONLY": "0",
                "DATABASE_URL": self.database_url,
                "CELERY_BROKER_URL": self.broker.url,
                "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self.stub_port}",
                "AWS_REGION": "us-east-1",
                "INBOUND_QUEUE_URL": "",
                "CLOCK_FILE": str(self.clock_file),
                deliveries.TALLY: str(self.deliveries),
                "MEDIA_ROOT": str(self.home / "media"),
                "PYTHONUNBUFFERED": "1",
                **KEYS_OF_THE_STAND_IN,
                **SHORT,
            }
        )
        for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ROLE_ARN"):
            environment.pop(name, None)

    def start_servers(self) -> None:
        """Start PostgreSQL and the broker. Raises ChildError with the log's end."""
        self.broker.launch()
        self.postgres.start()
        self.postgres.ensure_application(ROLE, self._password)
        self.broker.wait_until_ready()

    def start_processes(self, app: str) -> None:
        """Start two workers and beat of a Celery application, and wait until they are at work."""
        if app != self.app:
            self.stop_processes()
            self.app = app
        self.revive()
        deadline = time.monotonic() + READY_WITHIN
        for process in self.processes:
            while not process.is_at_work:
                if not process.lives or time.monotonic() > deadline:
                    raise ChildError(f"The {process.name} did not start:\n{process.tail()}")
                time.sleep(0.05)

    @property
    def processes(self) -> list[Process]:
        return [*self.workers, self.beat]

    def revive(self) -> None:
        """Start again what has died. From the main thread only: children end with their thread."""
        for process in self.processes:
            if not process.lives:
                process.start()

    def stop_processes(self) -> None:
        """End workers and beat."""
        for process in reversed(self.processes):
            process.stop()

    def clear(self) -> None:
        """End everything and leave nothing behind."""
        self.stop_processes()
        self.broker.stop()
        self.postgres.stop()
        shutil.rmtree(self.home, ignore_errors=True)


_prepared: Ground | None = None


def prepare() -> Ground:
    """Make the ground of this process and lead it there, before Django reads its settings."""
    global _prepared
    if _prepared is None:
        _prepared = Ground()
        atexit.register(shutil.rmtree, _prepared.home, ignore_errors=True)
        _prepared.tell(os.environ)
    return _prepared


def prepared() -> Ground | None:
    """Return the ground that this process was led to, or None."""
    return _prepared
