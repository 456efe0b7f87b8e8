"""Lay out a bar chart as plain rectangles, so that a template can draw it with attributes alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

WIDTH, HEIGHT = 560, 150  # of the whole drawing, in its own units
ACROSS = 900  # the width of one that fills a page
FLOOR = 122  # bars stand on this line; the days' names are below it
CEILING = 18
GAP = 0.32  # share of a day's width that stays empty


@dataclass(frozen=True, slots=True)
class Bar:
    """One rectangle: whose series, where, how big, and how many it stands for."""

    series: int
    x: float
    y: float
    width: float
    height: float
    count: int


@dataclass(frozen=True, slots=True)
class Day:
    """One day: the middle of its place, its name, and its counts in the order of the series."""

    middle: float
    name: str
    day: date
    counts: tuple[int, ...]
    is_named: bool


@dataclass(frozen=True, slots=True)
class Chart:
    """All that the template draws, and the sentence that says the same in words."""

    title: str
    series: tuple[str, ...]
    bars: tuple[Bar, ...]
    days: tuple[Day, ...]
    most: int
    sentence: str
    width: int = WIDTH
    height: int = HEIGHT
    floor: int = FLOOR


def bar_chart(
    title: str,
    days: Sequence[date],
    series: Sequence[tuple[str, Sequence[int]]],
    *,
    span: str = "",
    width: int = WIDTH,
) -> Chart:
    """Place one bar a day and series, side by side, to the scale of the highest.

    `span` names the days in words; the last so many, unless given. `width` is that of the drawing,
    in its own units: what fills a page is drawn wider, so that its words stay as small as others.
    """
    most = max((count for _, counts in series for count in counts), default=0)
    slot = width / max(len(days), 1)
    wide = slot * (1 - GAP) / max(len(series), 1)
    bars = []
    for place, (_, counts) in enumerate(series):
        for at, count in enumerate(counts):
            high = (FLOOR - CEILING) * count / most if most else 0
            # A day with little must not look like a day with nothing
            high = max(high, 1.5) if count else 0
            x = at * slot + slot * GAP / 2 + place * wide
            bars.append(
                Bar(
                    place,
                    round(x, 1),
                    round(FLOOR - high, 1),
                    round(wide, 1),
                    round(high, 1),
                    count,
                )
            )
    names = tuple(
        Day(
            round(at * slot + slot / 2, 1),
            f"{day:%b} {day.day}",
            day,
            tuple(counts[at] for _, counts in series),
            (len(days) - 1 - at) % 3 == 0,
        )
        for at, day in enumerate(days)
    )
    totals = ", ".join(_counted(sum(counts), name.lower()) for name, counts in series)
    return Chart(
        title,
        tuple(name for name, _ in series),
        tuple(bar for bar in bars if bar.count),
        names,
        most,
        f"{title}, {span or f'last {len(days)} days'}: {totals}.",
        width,
    )


def _counted(count: int, words: str) -> str:
    """Say how many, in the singular where it is one; the first word bears the number."""
    what, *rest = words.split(" ")
    return " ".join([f"{count:,}", what.removesuffix("s") if count == 1 else what, *rest])
