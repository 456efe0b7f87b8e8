"""Say of a list what staff should see before they confirm it: whence its people are, how old their
consents are, and how many of them left before."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils import timezone

from consent.models import ContactImport
from consent.vocabulary import RECORDED, RowOutcome
from consent.whereabouts import country_name

MOST_PLACES = 12  # shown by name; the rest is one line

# One walk over the rows for all of it, since a million of them take a second
_FOUND = """
    SELECT outcome, kind <> '', country, state, count(*), min(occurred_at),
           count(*) FILTER (WHERE occurred_at IS NULL)
    FROM consent_contactimportrow WHERE contact_import_id = %s GROUP BY 1, 2, 3, 4
"""
NO_NUMBER = frozenset({RowOutcome.INVALID_NUMBER, RowOutcome.DUPLICATE_IN_FILE})


@dataclass(frozen=True, slots=True)
class Bar:
    """A place and how many of the list are from there; `share` in percent of the largest.

    All others together are no place, and have no share.
    """

    place: str
    count: int
    share: float | None

    @property
    def words(self) -> str:
        """Return the count as people read it."""
        return f"{self.count:,}"


def gathered(import_id: int) -> tuple[Counter[str], dict[str, Any]]:
    """Return how many rows have each outcome, and the figures of a preview, to be kept with it.

    The figures are of rows that are to be recorded.
    """
    with connection.cursor() as cursor:
        cursor.execute(_FOUND, [import_id])
        found = cursor.fetchall()
    counts: Counter[str] = Counter()
    places: Counter[tuple[str, str]] = Counter()
    moments: list[datetime] = []
    undated = 0
    for outcome, known, country, state, count, earliest, without in found:
        counts[outcome] += count
        if known and outcome in RECORDED:
            places[country, state] += count
            moments += [earliest] if earliest else []
            undated += without
    ordered = sorted(places.items(), key=lambda each: (-each[1], each[0]))
    return counts, {
        "places": [[*place, count] for place, count in ordered],
        "oldest": min(moments).isoformat() if moments else None,
        "undated": undated,
    }


def countries(taken: ContactImport) -> list[Bar]:
    """Return the countries that people are from, by number, the most first."""
    tally: dict[str, int] = {}
    for country, _, count in taken.figures.get("places", ()):
        name = country_name(country) if country else "Unknown"
        tally[name] = tally.get(name, 0) + count
    return _bars(tally)


def states(taken: ContactImport) -> list[Bar]:
    """Return the states that people of the U.S. are from, by area code."""
    return _bars(
        {
            state or "No state": count
            for country, state, count in taken.figures.get("places", ())
            if country == "US"
        }
    )


def oldest(taken: ContactImport) -> date | None:
    """Return the day of the oldest consent that would be recorded."""
    found = taken.figures.get("oldest")
    return timezone.localdate(datetime.fromisoformat(found)) if found else None


def share_opted_out(taken: ContactImport) -> float:
    """Return what part of the different people on a list left before, in percent."""
    people = taken.rows - sum(taken.counts.get(outcome, 0) for outcome in NO_NUMBER)
    left = taken.counts.get(RowOutcome.OPTED_OUT, 0)
    return 100 * left / people if people else 0.0


def warning(taken: ContactImport) -> str:
    """Return what to mind of a list of whose people too many left before, or ""."""
    share = share_opted_out(taken)
    if share <= settings.IMPORT_WARN_OPTED_OUT_PERCENT:
        return ""
    return (
        f"{share:.1f} % of these people opted out before, more than the "
        f"{settings.IMPORT_WARN_OPTED_OUT_PERCENT} % that are usual: ask where this list is from, "
        "and whether the former sender's opt-outs were taken off it."
    )


def _bars(tally: dict[str, int]) -> list[Bar]:
    ordered = sorted(tally.items(), key=lambda each: (-each[1], each[0]))
    shown, rest = ordered[:MOST_PLACES], ordered[MOST_PLACES:]
    bars = [Bar(place, count, 100 * count / shown[0][1]) for place, count in shown]
    if rest:
        others = "1 other" if len(rest) == 1 else f"{len(rest)} others"
        bars.append(Bar(others, sum(count for _, count in rest), None))
    return bars
