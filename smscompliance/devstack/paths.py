"""Where the dev stack keeps what: all of it below `.local/` of the checkout."""

import hashlib
import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from smscompliance.devstack import children
from smscompliance.devstack.children import ChildError

ROOT = Path(__file__).resolve().parent.parent.parent
# Not /var/tmp: systemd empties that of files that nobody touched for a month.
OUTSIDE = Path("/var/lib")


class State:
    """The files and directories of one checkout's dev stack."""

    def __init__(self, local: Path, outside: Path = OUTSIDE) -> None:
        self.local = local
        self.outside = outside  # where servers live that cannot live below `local`
        self.lock = local / "lock"
        self.supervisor = local / "supervisor.pid"
        self.secrets = local / "secrets.env"
        self.clock = local / "clock"
        self.announcement = local / "up.txt"
        self.stack_env = local / "stack.env"
        self.demo_logins = local / "demo_logins.json"
        self.beat_schedule = local / "celerybeat-schedule"
        self.aws = local / "aws"
        self.media = local / "media"
        self.logs = local / "log"
        self.pids = local / "run"

    def make(self) -> None:
        """Create the directories that are missing. Raises ChildError when we may not write."""
        try:
            self.local.mkdir(mode=0o755, exist_ok=True)
            for directory in (self.logs, self.pids, self.aws, self.media):
                directory.mkdir(mode=0o700, exist_ok=True)
            mine = os.access(self.local, os.W_OK) and os.access(self.pids, os.W_OK)
        except PermissionError:
            mine = False
        if not mine:
            raise ChildError(
                f"{self.local} belongs to another user, who started the stack before.\n"
                "Start it as that user, or in a checkout of your own."
            )

    def write_stack_env(self, added: Mapping[str, str]) -> None:
        """Tell manage.py, typed beside the running stack, what the stack's processes were told."""
        write_for_us_only(
            self.stack_env, "".join(f"{name}={value}\n" for name, value in added.items())
        )

    def log(self, name: str) -> Path:
        """Return the log of a part."""
        return self.logs / f"{name}.log"

    def pidfile(self, name: str) -> Path:
        """Return the file that remembers which process a part is."""
        return self.pids / f"{name}.json"

    def home_of(self, server: str) -> Path:
        """Return the directory of a server that never runs as root, without links in its path.

        As root in a place that other users cannot enter (below /root, say), the directory lies
        in /var/lib, and `.local/` holds a link to it.
        """
        inside = self.local / server
        if inside.is_symlink() and not inside.exists():
            inside.unlink()
        if not inside.exists():
            if children.runs_without_root(["test", "-x", self.local]):
                inside.mkdir(mode=0o755)
            else:
                inside.symlink_to(self._make_outside(server))
        return inside.resolve()

    def _make_outside(self, server: str) -> Path:
        digest = hashlib.sha256(str(self.local).encode()).hexdigest()[:12]
        home = self.outside / f"smscompliance-{digest}"
        home.mkdir(mode=0o711, exist_ok=True)
        directory = home / server
        if directory.exists():  # of an earlier checkout in this place, whose secrets are gone
            shutil.rmtree(directory)
        directory.mkdir(mode=0o755)
        return directory


def write_for_us_only(path: Path, text: str) -> None:
    """Replace a file whole with one that only its owner can read."""
    fresh = path.with_name(path.name + ".new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as stream:
        stream.write(text)
    fresh.replace(path)
