"""The demo clock: a file with a shift in seconds, which every process of the dev stack adds to now.

It only ever moves forward: a clock that ran back would put new records before old ones.
"""

import os
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from pathlib import Path
from zoneinfo import ZoneInfo

NEW_YORK = ZoneInfo("America/New_York")
OPENING = time(9, 0)
LAST_START = time(16, 0)  # later than this, a newcomer's ten minutes would run into the evening
DEMO_MORNING = time(10, 0)
NEXT_MORNING = time(9, 30)


class Jump(StrEnum):
    """Where the buttons of the phones page take the clock."""

    NEXT_HOUR = "next_hour"
    NEXT_MORNING = "next_morning"
    NEXT_MONTH = "next_month"


def real_now() -> datetime:
    """Return the machine's own time."""
    return datetime.now(UTC)


def read_shift(clock_file: Path) -> float:
    """Return the shift in seconds; 0 when nothing was written yet."""
    try:
        return float(clock_file.read_text().strip() or 0)
    except FileNotFoundError:
        return 0.0


def set_shift(clock_file: Path, seconds: float) -> None:
    """Replace the shift at once, so that no reader ever sees half a number.

    Raises ValueError when the clock would run back.
    """
    if seconds < read_shift(clock_file):
        raise ValueError("The demo clock only moves forward.")
    descriptor, fresh = tempfile.mkstemp(dir=clock_file.parent, prefix=clock_file.name)
    with os.fdopen(descriptor, "w") as stream:
        stream.write(f"{seconds:.6f}\n")
    Path(fresh).replace(clock_file)


def demo_now(clock_file: Path, real: datetime | None = None) -> datetime:
    """Return the time as the dev stack sees it."""
    return (real or real_now()).astimezone(UTC) + timedelta(seconds=read_shift(clock_file))


def jump_to(clock_file: Path, jump: Jump | str, real: datetime | None = None) -> datetime:
    """Move the clock to the next hour, morning or month; return the new time."""
    return _move(clock_file, TARGETS[Jump(jump)], real or real_now())


def open_for_business(clock_file: Path, real: datetime | None = None) -> datetime | None:
    """Move the clock to the next weekday at 10:00 in New York, unless it is business hours there.

    Returns the new time, or None when the clock was left alone.
    """
    real = real or real_now()
    if is_a_good_time(demo_now(clock_file, real)):
        return None
    return _move(clock_file, lambda now: _next_weekday_at(now, DEMO_MORNING), real)


def is_a_good_time(moment: datetime) -> bool:
    """Say whether promotional texts may go out for at least another hour, seen from New York."""
    there = moment.astimezone(NEW_YORK)
    return there.weekday() < 5 and OPENING <= there.time() < LAST_START


def next_hour(now: datetime) -> datetime:
    """Return the moment one hour on."""
    return now + timedelta(hours=1)


def next_morning(now: datetime) -> datetime:
    """Return the next weekday 09:30 in New York that is still to come."""
    return _next_weekday_at(now, NEXT_MORNING)


def next_month(now: datetime) -> datetime:
    """Return 10:00 in New York on this day of the next month, or on the first weekday after it."""
    there = now.astimezone(NEW_YORK)
    year, month = (there.year + 1, 1) if there.month == 12 else (there.year, there.month + 1)
    after = datetime(year + month // 12, month % 12 + 1, 1, tzinfo=NEW_YORK)
    last_day = (after - timedelta(days=1)).day
    day = datetime(year, month, min(there.day, last_day), tzinfo=NEW_YORK)
    return _next_weekday_at(day, DEMO_MORNING)


TARGETS: dict[Jump, Callable[[datetime], datetime]] = {
    Jump.NEXT_HOUR: next_hour,
    Jump.NEXT_MORNING: next_morning,
    Jump.NEXT_MONTH: next_month,
}


def _next_weekday_at(now: datetime, hour: time) -> datetime:
    there = now.astimezone(NEW_YORK)
    moment = datetime.combine(there.date(), hour, tzinfo=NEW_YORK)
    while moment <= there or moment.weekday() >= 5:
        moment = datetime.combine(moment.date() + timedelta(days=1), hour, tzinfo=NEW_YORK)
    return moment.astimezone(UTC)


def _move(clock_file: Path, target: Callable[[datetime], datetime], real: datetime) -> datetime:
    wanted = target(demo_now(clock_file, real))
    set_shift(clock_file, (wanted - real).total_seconds())
    return wanted
