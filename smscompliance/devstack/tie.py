"""Become a program that dies with whoever started it; run as a file, by `children.tied`.

Python may run nothing of its own between fork and exec in a process with threads: a lock that
another thread held stays locked in the child. So this runs after an exec, and ends in another.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1
IGNORED_BY_PYTHON = (signal.SIGPIPE, signal.SIGXFSZ)


def die_with(parent: int, death_signal: int) -> None:
    """Have the kernel send us a signal when our parent's thread that started us ends.

    The thread, not the process: start children from the main thread only.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, death_signal)
        if os.getppid() != parent:  # it died before the kernel knew whom to tell
            os._exit(1)


def leave_root(user: int, group: int) -> None:
    """Become somebody else for good, without root's groups."""
    os.setgroups([])
    os.setgid(group)
    os.setuid(user)


def main() -> None:
    """Do what the arguments say: parent, signal, user and group or nothing, command."""
    parent, death_signal, somebody, *command = sys.argv[1:]
    if somebody:
        leave_root(*map(int, somebody.split(":")))
    die_with(int(parent), int(death_signal))  # after leaving root, which unties
    for each in IGNORED_BY_PYTHON:
        signal.signal(each, signal.SIG_DFL)
    try:
        # Nothing is imported any more: who is not root may not reach the files of this Python
        os.execv(command[0], command)
    except OSError as fault:
        sys.exit(f"{command[0]} could not be started: {fault.strerror}")


if __name__ == "__main__":
    main()
