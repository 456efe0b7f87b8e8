"""The whole stack, started in a copy of the tree as `make run` starts it."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import psycopg
import pytest

from smscompliance.devstack import children, programs
from smscompliance.devstack.ports import any_free
from tests.embedded import KNOWN, ROOT

pytestmark = pytest.mark.e2e

NOT_COPIED = shutil.ignore_patterns(".*", "__pycache__", "staticfiles", "tests", "docs")
OF_THE_TESTS = (
    *(KNOWN, "DATABASE_URL", "CELERY_BROKER_URL", "AWS_ENDPOINT_URL", "INBOUND_QUEUE_URL"),
    *("CLOCK_FILE", "MEDIA_ROOT", "PUBLIC_BASE_URL", "ALLOWED_HOSTS", "PHONES_PAGE"),
    *("SECRET_KEY", "ALTCHA_HMAC_KEY", "DEBUG"),
)


class Stack:
    """One copy of the tree and the commands that a person types in it."""

    def __init__(self, home: Path, port: int) -> None:
        self.home = home
        self.local = home / ".local"
        self.port = port
        self.out = home / "out.txt"
        self.supervisor: subprocess.Popen[bytes] | None = None

    @property
    def environment(self):
        mine = {name: value for name, value in os.environ.items() if name not in OF_THE_TESTS}
        return mine | {"PORT": str(self.port)}

    def start(self) -> None:
        self.out.unlink(missing_ok=True)
        command = [sys.executable, "-m", "smscompliance.devstack", "up"]
        self.supervisor = children.spawn(
            command, log=self.out, env=self.environment, cwd=self.home, death_signal=signal.SIGTERM
        )
        deadline = time.monotonic() + 60
        while "Ready after" not in self.said():
            assert self.supervisor.poll() is None, self.said()
            assert time.monotonic() < deadline, self.said()
            time.sleep(0.05)

    def do(self, command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "smscompliance.devstack", command],
            env=self.environment,
            cwd=self.home,
            capture_output=True,
            text=True,
            timeout=90,
            check=False,
        )

    def said(self) -> str:
        return self.out.read_text() if self.out.exists() else ""

    def pids(self) -> dict[str, int]:
        return {
            file.stem: json.loads(file.read_text())["pid"]
            for file in (self.local / "run").glob("*.json")
        }

    def status_of_the_login_page(self) -> int:
        with urllib.request.urlopen(self.address() + "/admin/login/") as answer:
            return answer.status

    def address(self) -> str:
        return re.search(r"http://localhost:\d+", (self.local / "up.txt").read_text())[0]

    def logins_in_the_database(self) -> int:
        told = (self.local / "stack.env").read_text()
        url = re.search(r"^DATABASE_URL=(.*)$", told, re.MULTILINE)[1]
        with psycopg.connect(url) as connection:
            return connection.execute("SELECT count(*) FROM auth_user").fetchone()[0]


def gone(pids, within=15.0):
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        if not any(children.started_at(pid) for pid in pids):
            return True
        time.sleep(0.05)
    return False


@pytest.fixture
def stack(tmp_path_factory):
    home = tmp_path_factory.mktemp("stack") / "tree"
    shutil.copytree(ROOT, home, ignore=NOT_COPIED)
    with socket.socket() as somebody_else:
        # Not where the kernel takes ports for connections: the next one up must stay free
        somebody_else.bind(("127.0.0.1", any_free()))
        somebody_else.listen()
        made = Stack(home, port=somebody_else.getsockname()[1])
        yield made
    made.do("stop")
    for name in ("postgres", "broker"):  # as root below a closed directory
        if (made.local / name).is_symlink():
            shutil.rmtree((made.local / name).resolve().parent, ignore_errors=True)


def test_the_stack_starts_heals_survives_a_kill_and_stops(stack):
    stack.start()
    assert f"Port {stack.port} is taken: the web server goes to " in stack.said()
    assert stack.status_of_the_login_page() == 200
    assert set(stack.pids()) == set(programs.STOP_ORDER)
    logins = stack.logins_in_the_database()
    assert logins == len(json.loads((stack.local / "demo_logins.json").read_text()))

    second = stack.do("up")
    assert second.returncode == 0
    assert second.stdout.startswith("Already up in ")
    assert stack.address() in second.stdout

    assert "started again" not in stack.said()
    worker = stack.pids()["worker"]
    os.kill(worker, signal.SIGKILL)
    deadline = time.monotonic() + 10
    while stack.pids()["worker"] == worker and time.monotonic() < deadline:
        time.sleep(0.05)
    assert stack.pids()["worker"] != worker
    assert "The worker was ended by SIGKILL; it is started again." in stack.said()

    everybody = stack.pids().values()
    stack.supervisor.kill()
    stack.supervisor.wait()
    assert gone(everybody)

    began = time.monotonic()
    stack.start()
    assert time.monotonic() - began < 15
    assert stack.status_of_the_login_page() == 200
    assert stack.logins_in_the_database() == logins

    everybody = stack.pids().values()
    assert stack.do("stop").returncode == 0
    assert stack.supervisor.wait(timeout=5) == 0
    assert gone(everybody)
    assert stack.do("status").returncode == 3
    assert list((stack.local / "run").iterdir()) == []
