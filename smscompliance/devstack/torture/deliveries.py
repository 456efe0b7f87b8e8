"""Which tasks were delivered to the workers of a torture, and how often."""

import os
from collections import Counter
from pathlib import Path

TALLY = "TORTURE_DELIVERIES"  # names the file that the workers write to


def note(task_id: str) -> None:
    """Write a delivery down; a line is appended whole, whichever worker writes it."""
    line = f"{task_id}\n".encode()
    tally = os.open(os.environ[TALLY], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(tally, line)
    finally:
        os.close(tally)


def again(tally: Path) -> int:
    """Count deliveries of tasks that some worker had been given before."""
    if not tally.exists():
        return 0
    return sum(times - 1 for times in Counter(tally.read_text().split()).values())
