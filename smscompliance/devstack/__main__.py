"""`python -m smscompliance.devstack up`, `stop` or `status`."""

import argparse
import os
import signal
import sys
import time

from smscompliance.devstack import children, programs, tie
from smscompliance.devstack.children import ChildError
from smscompliance.devstack.paths import ROOT, State
from smscompliance.devstack.supervisor import AlreadyUp, Supervisor, hold_the_lock, say

STOP_WITHIN = 90.0  # seconds; longer than all parts together may take


def main() -> int:
    """Do what the command line asks; return the exit code."""
    reader = argparse.ArgumentParser(prog="python -m smscompliance.devstack")
    reader.add_argument("command", choices=("up", "stop", "status"))
    reader.add_argument(
        "--with-parent", action="store_true", help="stop when the program that called us ends"
    )
    options = reader.parse_args()
    state = State(ROOT / ".local")
    try:
        state.make()
        if options.command == "up":
            return up(state, with_parent=options.with_parent)
        return stop(state) if options.command == "stop" else status(state)
    except ChildError as problem:
        print(f"\n{problem}", file=sys.stderr)
        return 1


def up(state: State, *, with_parent: bool) -> int:
    """Start the stack and stay until it is stopped; say where it is if it is up already."""
    if with_parent:
        tie.die_with(os.getppid(), signal.SIGTERM)
    try:
        with hold_the_lock(state):
            Supervisor(state).up()
    except AlreadyUp:
        if state.announcement.exists():
            say(f"Already up in {ROOT} (make stop ends it):\n")
            say(state.announcement.read_text())
        else:
            say(f"Another start or stop is under way in {ROOT}; `make status` tells more.")
    return 0


def stop(state: State) -> int:
    """Stop a running stack in order, or what a killed one left behind."""
    try:
        with hold_the_lock(state):
            Supervisor(state).end_leftovers()
            say("It is not up.")
            return 0
    except AlreadyUp:
        pid = int(state.supervisor.read_text())
    os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + STOP_WITHIN
    while time.monotonic() < deadline:
        try:
            with hold_the_lock(state):
                say("Stopped.")
                return 0
        except AlreadyUp:
            time.sleep(0.1)
    say(f"The supervisor (pid {pid}) did not stop within {STOP_WITHIN:.0f} s.")
    return 1


def status(state: State) -> int:
    """Say what runs; the exit code is 0 when the stack is up."""
    try:
        with hold_the_lock(state):
            say("It is not up.")
            return 3
    except AlreadyUp:
        pass
    for name in reversed(programs.STOP_ORDER):
        if state.pidfile(name).exists():
            pid = children.remembered(state.pidfile(name), words=programs.WORDS[name])
            say(f"  {programs.CALLED[name]:<18} {'pid ' + str(pid) if pid else 'is down'}")
    if state.announcement.exists():
        say("\n" + state.announcement.read_text())
    return 0


if __name__ == "__main__":
    sys.exit(main())
