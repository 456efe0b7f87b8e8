"""Say of a list what staff should see before they confirm it: whence its people are, how old their
consents are, and how many of them left before."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils import timezone

from consent.models import ContactImport
from consent.vocabulary import RowOutcome

MOST_PLACES = 12  # shown by name; the rest is one line

# One walk over the rows, since a million of them take a second
_FOUND = """
    SELECT country, state, count(*), min(occurred_at),
           count(*) FILTER (WHERE occurred_at IS NULL)
    FROM consent_contactimportrow
    WHERE contact_import_id = %s AND outcome IN ('new', 'pending') AND kind <> ''
    GROUP BY country, state ORDER BY count(*) DESC, country, state
"""
NO_NUMBER = frozenset({RowOutcome.INVALID_NUMBER, RowOutcome.DUPLICATE_IN_FILE})


@dataclass(frozen=True, slots=True)
class Bar:
    """A place and how many of the list are from there; `share` in percent of the largest."""

    place: str
    count: int
    share: float

    @property
    def words(self) -> str:
        """Return the count as people read it."""
        return f"{self.count:,}"


def gathered(import_id: int) -> dict[str, Any]:
    """Return the figures of a preview, to be kept with it; only rows that are to be recorded."""
    with connection.cursor() as cursor:
        cursor.execute(_FOUND, [import_id])
        found = cursor.fetchall()
    oldest = min((at for *_, at, _ in found if at is not None), default=None)
    return {
        "places": [[country, state, count] for country, state, count, *_ in found],
        "oldest": oldest.isoformat() if oldest else None,
        "undated": sum(undated for *_, undated in found),
    }


def countries(taken: ContactImport) -> list[Bar]:
    """Return the countries that people are from, by number, the most first."""
    tally: dict[str, int] = {}
    for country, _, count in taken.figures.get("places", ()):
        tally[country or "Unknown"] = tally.get(country or "Unknown", 0) + count
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
    if rest:
        shown.append((f"{len(rest)} others", sum(count for _, count in rest)))
    most = max((count for _, count in shown), default=1)
    return [Bar(place, count, 100 * count / most) for place, count in shown]
