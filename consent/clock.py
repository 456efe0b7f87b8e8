"""The only reader of time in the product."""

import os
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.utils import timezone

_read: tuple[int, timedelta] = (0, timedelta())


def now() -> datetime:
    """Return the present moment, aware, in UTC; on the dev stack moved by the demo clock."""
    moment = timezone.now()  # noqa: TID251  the one place
    return moment + _shift(settings.CLOCK_FILE) if settings.CLOCK_FILE else moment


def _shift(path: str) -> timedelta:
    """Read the demo clock's shift (seconds as text), again only when the file has changed."""
    global _read
    try:
        changed = os.stat(path).st_mtime_ns
    except FileNotFoundError:
        return timedelta()
    if _read[0] != changed:
        _read = (changed, timedelta(seconds=float(Path(path).read_text() or 0)))
    return _read[1]
