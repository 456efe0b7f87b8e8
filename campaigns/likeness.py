"""Which cases must get the same answer, so that each distinct one is decided once.

Clearance weighs whole minutes of the clock, and texts only where there are enough to fill a cap.
"""

from dataclasses import replace
from datetime import datetime

from campaigns.clearance_counting import without_idle_moments
from campaigns.clearance_terms import Facts
from campaigns.rulebook.rows import Rulebook


def alike(facts: Facts, rulebook: Rulebook, moment: datetime) -> tuple[Facts, datetime]:
    """Return facts and a moment of which every verdict is the same.

    Events are named by no verdict, so any stands for all; a clear answer must be given its own
    authorising event again.
    """
    kept = replace(
        without_idle_moments(facts, rulebook, moment),
        authorising_event=None if facts.authorising_event is None else 0,
        opted_out_event=None if facts.opted_out_event is None else 0,
    )
    return kept, moment if _weighs_seconds(kept) else moment.replace(second=0, microsecond=0)


def _weighs_seconds(facts: Facts) -> bool:
    return bool(
        facts.sent_on_topic
        or facts.sent_at_all
        or facts.consented_at
        or facts.consent_ends_at
        or any(each.until for each in facts.suppressions or ())
    )
