"""When caps and promised frequencies bar a further text, counted over rolling periods."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from campaigns.quiet_hours import Span

_TICK = timedelta(microseconds=1)


def barred(sent: Iterable[datetime], count: int, period: timedelta) -> list[Span]:
    """Return when one more text would make more than `count` in some stretch of that length.

    `sent` are the moments of texts sent and of those already scheduled: a text now must not spoil
    the count of a later one. A stretch holds its first moment and not its last, so that a text is
    let go again exactly one period after the first of those that fill it.
    """
    times = sorted(sent)
    spans = []
    for first, last in zip(times, times[count - 1 :], strict=False):
        if last - first < period:
            spans.append((last - period + _TICK, first + period))
    return spans


def bars(spans: Iterable[Span], moment: datetime) -> bool:
    """Say whether one of these spans holds the moment."""
    return any(start <= moment < end for start, end in spans)


def lets_go(spans: Iterable[Span], moment: datetime) -> datetime:
    """Return the first moment from then on that no span holds."""
    for start, end in sorted(spans):
        if start <= moment < end:
            moment = end
    return moment
