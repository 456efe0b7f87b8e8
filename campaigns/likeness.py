"""Which cases must get the same answer, so that each distinct one is decided once.

Clearance weighs whole minutes of the clock, and texts only where there are enough to fill a cap.
"""

from dataclasses import replace
from datetime import datetime

from campaigns.clearance_terms import Facts
from campaigns.rulebook.rows import Rulebook
from campaigns.rulebook.values import Cap, Per, RuleKind


class Likeness:
    """Reduce cases to what these rulebooks weigh."""

    def __init__(self, *rulebooks: Rulebook) -> None:
        caps = [
            rule.value
            for rulebook in rulebooks
            for rule in rulebook.listed(kind=RuleKind.CAP)
            if isinstance(rule.value, Cap)
        ]
        counts = {
            per: [cap.count for cap in caps if cap.per is per] for per in (Per.SUBJECT, Per.ANY)
        }
        self._on_topic = min(counts[Per.SUBJECT], default=None)
        self._at_all = min(counts[Per.ANY], default=None)

    def of(self, facts: Facts, moment: datetime) -> tuple[Facts, datetime]:
        """Return facts and a moment of which every verdict is the same.

        Events are named by no verdict, so any stands for all; a clear answer must be given its own
        authorising event again.
        """
        promised = facts.promise.count if facts.promise else None
        on_topic = _weighed(facts.sent_on_topic, self._on_topic, promised)
        at_all = _weighed(facts.sent_at_all, self._at_all)
        kept = replace(
            facts,
            authorising_event=None if facts.authorising_event is None else 0,
            opted_out_event=None if facts.opted_out_event is None else 0,
            sent_on_topic=on_topic,
            sent_at_all=at_all,
        )
        return kept, moment if _weighs_seconds(kept) else moment.replace(second=0, microsecond=0)


def _weighed(sent: tuple[datetime, ...] | None, *counts: int | None) -> tuple[datetime, ...] | None:
    """Return texts, or none where they are fewer than any of the counts that would bar one more."""
    if sent is None:
        return None
    return sent if any(count is not None and len(sent) >= count for count in counts) else ()


def _weighs_seconds(facts: Facts) -> bool:
    return bool(
        facts.sent_on_topic
        or facts.sent_at_all
        or facts.consented_at
        or facts.consent_ends_at
        or any(each.until for each in facts.suppressions or ())
    )
