"""Child processes that never outlive their parent, and never run as root where that matters."""

import contextlib
import json
import os
import pwd
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from smscompliance.devstack import tie

UNPRIVILEGED_USER = "nobody"
LOG_LIMIT = 5_000_000  # bytes; a log longer than this is set aside at the next start


class ChildError(Exception):
    """A child could not be started; the text is meant for the person at the terminal."""


def without_root() -> dict[str, Any]:
    """Return the Popen arguments that leave root behind; empty for an ordinary user."""
    if os.geteuid() != 0:
        return {}
    entry = pwd.getpwnam(UNPRIVILEGED_USER)
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def give_away(path: Path) -> None:
    """Hand a file or directory to the unprivileged user, when we are root."""
    if os.geteuid() == 0:
        entry = pwd.getpwnam(UNPRIVILEGED_USER)
        os.chown(path, entry.pw_uid, entry.pw_gid)


def runs_without_root(command: Sequence[str | Path]) -> bool:
    """Say whether the unprivileged user can run this command from start to end."""
    try:
        done = subprocess.run(
            [str(part) for part in command],
            cwd="/",
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=30,
            check=False,
            **without_root(),
        )
    except OSError:
        return False
    return done.returncode == 0


def tied(command: Sequence[str | Path], *, death_signal: int, drop_root: bool = False) -> list[str]:
    """Return the command that becomes this one, gets death_signal when our thread ends, and is
    not root any more where that is asked and we are.
    """
    user = without_root() if drop_root else {}
    somebody = f"{user['user']}:{user['group']}" if user else ""
    ours = [sys.executable, "-I", "-S", tie.__file__, str(os.getpid()), str(int(death_signal))]
    program, *arguments = map(str, command)
    return [*ours, somebody, shutil.which(program) or program, *arguments]


def spawn(
    command: Sequence[str | Path],
    *,
    log: Path,
    env: Mapping[str, str] | None = None,
    cwd: Path | str | None = None,
    death_signal: int = signal.SIGTERM,
    drop_root: bool = False,
) -> subprocess.Popen[bytes]:
    """Start a child in a session of its own, so that Ctrl-C reaches only us."""
    with log.open("ab") as stream:
        return subprocess.Popen(
            tied(command, death_signal=death_signal, drop_root=drop_root),
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=subprocess.STDOUT,
            env=None if env is None else dict(env),
            cwd="/" if drop_root else cwd,
            start_new_session=True,
        )


def stop(process: subprocess.Popen[bytes], *, within: float, gentle: int = signal.SIGTERM) -> bool:
    """Ask a child to stop and kill its whole group if it is late; say whether it went by itself."""
    if process.poll() is None:
        process.send_signal(gentle)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=within)
    by_itself = process.poll() is not None
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(timeout=10)
    return by_itself


def set_aside_long_log(log: Path) -> None:
    """Keep a log bounded: one that has grown long becomes `.1` and a new one is begun."""
    if log.exists() and log.stat().st_size > LOG_LIMIT:
        log.replace(log.with_name(log.name + ".1"))


def tail(log: Path, *, since: int = 0, lines: int = 15) -> str:
    """Return the last lines of a log, from a byte offset on."""
    if not log.exists():
        return ""
    with log.open("rb") as stream:
        size = stream.seek(0, os.SEEK_END)
        stream.seek(max(since, size - 20_000))
        text = stream.read().decode(errors="replace")
    return "\n".join(text.splitlines()[-lines:])


# Which process a pid meant: a pid alone may have been given to a stranger since.


def started_at(pid: int) -> str | None:
    """Return the kernel's start time of a process in ticks since boot; None when it is gone."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    fields = stat.rpartition(")")[2].split()
    return None if fields[0] in "ZX" else fields[19]


def command_line(pid: int) -> list[str]:
    """Return the words that a process was started with; empty when it is gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text(errors="replace").split("\0")[:-1]
    except (FileNotFoundError, ProcessLookupError):
        return []


def remember(process: subprocess.Popen[bytes], pidfile: Path) -> None:
    """Write down which process this is, so that a later start can recognize it."""
    pidfile.write_text(json.dumps({"pid": process.pid, "started_at": started_at(process.pid)}))


def remembered(pidfile: Path, *, words: str) -> int | None:
    """Return the pid that a pidfile remembers, if it is still the same process.

    `words` must be in its command line.
    """
    pid, since = _read(pidfile)
    same = since is not None and started_at(pid) == since
    return pid if same and _is_called(pid, words) else None


def end_leftover(pidfile: Path, *, words: str, within: float = 5) -> bool:
    """End the process that a pidfile remembers and what is left of its group; forget it.

    Says whether there was anything to end.
    """
    pid = remembered(pidfile, words=words)
    if pid:
        end_stranger(pid, within=within)
    leader = _read(pidfile)[0]
    # A leader that lives on is a stranger with the same number, and so is its group.
    members = _group(leader) if started_at(leader) is None else []
    orphans = [member for member in members if _is_called(member, words)]
    for member in orphans:  # a web server's workers hold its port for a moment after its death
        end_stranger(member, within=0, gentle=signal.SIGKILL)
    pidfile.unlink(missing_ok=True)
    return bool(pid or orphans)


def _read(pidfile: Path) -> tuple[int, str | None]:
    try:
        known = json.loads(pidfile.read_text())
        return int(known["pid"]), known["started_at"]
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return 0, None


def _is_called(pid: int, words: str) -> bool:
    return any(words in word for word in command_line(pid))


def _group(leader: int) -> list[int]:
    """Return the living processes of a group; each child of ours leads one of its own."""
    pids = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    found = []
    for pid in pids if leader else []:
        with contextlib.suppress(ProcessLookupError):
            if os.getpgid(pid) == leader and started_at(pid):
                found.append(pid)
    return found


def end_stranger(pid: int, *, within: float, gentle: int = signal.SIGTERM) -> None:
    """End a process that is not our child: ask, wait, then kill."""
    since = started_at(pid)
    for ask, patience in ((gentle, within), (signal.SIGKILL, 5.0)):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, ask)
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            if started_at(pid) != since or since is None:
                return
            time.sleep(0.02)
