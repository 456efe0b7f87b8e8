"""Real processes for the end-to-end tests: workers on the test database, the AWS stand-in."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection

from smscompliance.celery import app
from smscompliance.devstack import children, programs
from smscompliance.devstack.ports import any_free
from tests.embedded import ROOT, home

START_WITHIN = 40.0  # seconds, on a machine that is busy with other things too
WORKER_OPTIONS = ("--concurrency", "4", "-l", "INFO", "--without-gossip", "--without-mingle")


def environment_of_the_test() -> dict[str, str]:
    """Return an environment that leads a process to the test database and this test's settings."""
    url = urlsplit(os.environ["DATABASE_URL"])
    return os.environ | {
        "DATABASE_URL": url._replace(path="/" + connection.settings_dict["NAME"]).geturl(),
        "AWS_ENDPOINT_URL": settings.AWS_ENDPOINT_URL or "",
        "INBOUND_QUEUE_URL": settings.INBOUND_QUEUE_URL,
        "CLOCK_FILE": str(settings.CLOCK_FILE),
        "MEDIA_ROOT": str(settings.MEDIA_ROOT),
        "PUBLIC_BASE_URL": settings.PUBLIC_BASE_URL,
        "PYTHONUNBUFFERED": "1",
    }


class RunningProcess:
    """One process of ours that a test may kill and start again; `log` is what it said."""

    def __init__(self, name: str, *arguments: str) -> None:
        self.name = name
        self.arguments = arguments
        self.log = home() / f"{name}.log"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it is at work."""
        self.log.unlink(missing_ok=True)
        self.process = children.spawn(
            [sys.executable, *self.arguments],
            log=self.log,
            env=environment_of_the_test(),
            cwd=ROOT,
            death_signal=signal.SIGKILL,
        )
        deadline = time.monotonic() + START_WITHIN
        while not self.is_ready():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"The {self.name} did not start:\n{children.tail(self.log)}")
            time.sleep(0.05)

    def is_ready(self) -> bool:
        """Say whether it is at work."""
        return True

    def kill(self) -> None:
        """End it as kill -9 does."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(timeout=10)

    def stop(self) -> None:
        """End it as Ctrl-C does, or harder if it takes long."""
        if self.process is not None:
            children.stop(self.process, within=10)
            self.process = None

    def said(self) -> str:
        """Return all that it has written so far."""
        return self.log.read_text() if self.log.exists() else ""


class RunningWorker(RunningProcess):
    """A Celery worker as the dev stack runs it."""

    def __init__(self) -> None:
        self.node = f"test-{os.getpid()}@localhost"
        arguments = ("-m", "celery", "-A", "smscompliance", "worker", "--pool", "threads")
        super().__init__("worker", *arguments, *WORKER_OPTIONS, "-n", self.node)

    def is_ready(self) -> bool:
        """Ask it over the broker."""
        return bool(app.control.ping([self.node], timeout=0.3))


class RunningBeat(RunningProcess):
    """Celery's clock, so that sweeps come by themselves."""

    def __init__(self) -> None:
        schedule = str(home() / "beat-schedule")
        super().__init__("beat", "-m", "celery", "-A", "smscompliance", "beat", "-s", schedule)

    def is_ready(self) -> bool:
        """Beat says so when it begins."""
        return "is starting" in self.said()


class RunningWeb(RunningProcess):
    """The web server as the dev stack runs it."""

    def __init__(self) -> None:
        self.port = any_free()
        super().__init__("web", *map(str, programs.web(self.port).arguments))

    def is_ready(self) -> bool:
        """Say whether it takes connections."""
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        except OSError:
            return False
        return True


class AwsStandIn:
    """The AWS stand-in on its socket, and what it offers beside Amazon's own calls."""

    def __init__(self, address: str, state: Path) -> None:
        self.address = address
        self.queue_url = self.topic_arn = ""
        self.log = state / "aws.log"
        self.process = children.spawn(
            [sys.executable, "-m", "smscompliance.devstack.aws", "--port",
             str(urlsplit(address).port), "--state", state, "--delay", "0,0.05"],
            log=self.log,
            env=os.environ | {"CLOCK_FILE": str(state / "clock")},
            cwd=ROOT,
            death_signal=signal.SIGKILL,
        )  # fmt: skip
        deadline = time.monotonic() + START_WITHIN
        while not self.queue_url:
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"The stand-in did not start:\n{children.tail(self.log)}")
            try:
                self._learn(self.ask("/devstack/health"))
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.05)

    def ask(self, path: str, content: dict[str, Any] | None = None) -> dict[str, Any]:
        """GET a page of /devstack/, or POST JSON to it, and return its JSON."""
        request = urllib.request.Request(
            self.address + path,
            data=None if content is None else json.dumps(content).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            found: dict[str, Any] = json.load(answer)
        return found

    def reset(self, clock_file: Path | None = None) -> None:
        """Forget all texts, replies and events; make topic and queue anew, follow a demo clock."""
        self._learn(self.ask("/devstack/reset", {"clock_file": str(clock_file or "")}))

    def texts(self) -> list[dict[str, Any]]:
        """Return every text that left through boto3, oldest first."""
        found: list[dict[str, Any]] = []
        while page := self.ask(f"/devstack/texts?after={found[-1]['n'] if found else 0}")["texts"]:
            found += page
        return found

    def reply(self, sender: str, to: str, body: str, **more: Any) -> str:
        """Send a text from a phone to one of our numbers; return its inboundMessageId."""
        answer = self.ask("/devstack/replies", {"from": sender, "to": to, "body": body, **more})
        identity: str = answer["inbound_message_id"]
        return identity

    def stop(self) -> None:
        """End the process."""
        children.stop(self.process, within=5)

    def _learn(self, health: dict[str, Any]) -> None:
        self.queue_url, self.topic_arn = health["inbound_queue_url"], health["inbound_topic_arn"]
