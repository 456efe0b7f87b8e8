"""Say how long something took, as precisely as staff care."""

from datetime import timedelta

NONE = "\u2013"
_UNITS = ((86_400, "day"), (3_600, "hour"), (60, "min"), (1, "s"))


def in_words(time: timedelta | float | None) -> str:
    """Say a time in its two largest units: "1.4 s", "3 min 5 s", "2 days"; a dash for none."""
    if time is None:
        return NONE
    seconds = max(time.total_seconds() if isinstance(time, timedelta) else time, 0.0)
    if seconds < 10:
        return f"{seconds:.1f} s"
    rest = round(seconds)
    found: list[str] = []
    for size, name in _UNITS:
        count, rest = divmod(rest, size)
        if count or found:
            found.append(f"{count} {name}{'s' if count != 1 and name in {'day', 'hour'} else ''}")
    return " ".join(each for each in found[:2] if not each.startswith("0 "))
