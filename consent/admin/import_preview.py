"""What staff see of a list on its way: of a preview before they confirm it, and of the work."""

from typing import Any

from django.conf import settings

from consent.importing import applying, figures
from consent.importing.effects import effects, recorded
from consent.models import ContactImport
from consent.vocabulary import ImportState


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
