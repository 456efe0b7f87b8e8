"""Lay the counts of a clearance review out as bars that lie, for a template to draw."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

WIDTH = 900  # of the whole drawing, in its own units
STEP, HIGH = 38, 12  # from bar to bar, and of a bar
SHOWN = 10


@dataclass(frozen=True, slots=True)
class Lying:
    """One bar: its words above it, where and how long it is, and how many it stands for."""

    words: str
    words_y: int
    y: int
    width: float
    count: int
    series: int


@dataclass(frozen=True, slots=True)
class Turns:
    """All that the template draws, and the sentence that says the same in words."""

    bars: tuple[Lying, ...]
    height: int
    sentence: str
    width: int = WIDTH
    high: int = HIGH


def turns_chart(counts: Sequence[Mapping[str, Any]]) -> Turns:
    """Place one bar for each turn and rule, to the scale of the most frequent; ten at most.

    Series 0 are those that the rulebook would stop, series 1 those that it would let go.
    """
    most = max((each["count"] for each in counts), default=0)
    bars = tuple(
        Lying(
            f"{each['count']:,} {each['before']} to {each['after']}: {each['rule']}",
            at * STEP + 14,
            at * STEP + 20,
            round(max(WIDTH * each["count"] / most, 2), 1),
            each["count"],
            int(each["after"] == "clear"),
        )
        for at, each in enumerate(counts[:SHOWN])
    )
    said = "; ".join(bar.words for bar in bars) or "nothing"
    return Turns(bars, max(len(bars) * STEP + 8, 1), f"Found by turn and rule: {said}.")
