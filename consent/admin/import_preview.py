"""What staff see of a list on its way: of a preview before they confirm it, and of the work."""

from typing import Any

from django.conf import settings

from consent.admin.import_rows import TONES, as_told, in_words, meaning
from consent.importing import applying, figures
from consent.importing.effects import effects, recorded
from consent.importing.list_mappings import columns_of
from consent.models import ContactImport
from consent.vocabulary import ImportState, RowOutcome

SAMPLES = 20


def before_confirming(taken: ContactImport, user: Any) -> dict[str, Any]:
    """Return what a preview's page shows besides the rows."""
    return {
        "effects": effects(taken),
        "waits": another_confirms() if applying.needs_another(taken, user) else "",
        "warning": figures.warning(taken),
        "share_opted_out": f"{figures.share_opted_out(taken):.1f} %",
        "countries": figures.countries(taken),
        "states": figures.states(taken),
        "oldest": figures.oldest(taken),
    }


def another_confirms() -> str:
    """Say who confirms a long list."""
    return (
        f"Lists of more than {settings.IMPORT_SECOND_PERSON_ROWS:,} rows are confirmed by somebody "
        "else than who brought them."
    )


def progress_of(taken: ContactImport) -> dict[str, Any]:
    """Return how far the work on a list has come, in numbers and in words."""
    if taken.state == ImportState.RECALLING:
        done, total = taken.progress, recorded(taken)[0]
        return {"done": done, "total": total, "words": f"{done:,} of up to {total:,} withdrawn"}
    if taken.state == ImportState.APPLYING:
        done, (total, events) = taken.progress, recorded(taken)
        return {"done": done, "total": total, "words": f"{done:,} of {total:,} {events} recorded"}
    return {"done": taken.rows, "total": None, "words": f"{taken.rows:,} rows read"}


def outcomes_of(taken: ContactImport, *, whole: bool, sampled: bool) -> list[dict[str, Any]]:
    """Return how many rows have each outcome, with some of them if `sampled`."""
    rows, mapped = taken.import_rows.select_related("topic__brand"), columns_of(taken)
    return [
        {
            "outcome": outcome.value,
            "words": in_words(outcome),
            "tone": TONES[outcome],
            "count": f"{taken.counts[outcome]:,}",
            "meaning": meaning(taken, outcome),
            "samples": [
                as_told(row, taken.holds, mapped, whole=whole)
                for row in rows.filter(outcome=outcome)[:SAMPLES]
            ]
            if sampled
            else (),
        }
        for outcome in RowOutcome
        if taken.counts.get(outcome)
    ]
