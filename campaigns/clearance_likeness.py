"""Leave out of facts what tells people apart and changes no decision.

Whom the rules see alike is decided once.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from campaigns.clearance_places import jurisdictions
from campaigns.clearance_terms import Facts
from campaigns.frequency import barred
from campaigns.rulebook.rows import ELSEWHERE, HOUSE, Rulebook
from campaigns.rulebook.values import Cap, Per, Promised, RuleKind


def alike(facts: Facts, rulebook: Rulebook, moment: datetime) -> Facts:
    """Return facts that get the same decision and are those of as many people as can be.

    Events stand as 0: rules ask whether there is one. Who need not confirm might as well have.
    """
    confirmed = facts.confirmed if facts.double_opt_in_needed is not False else True
    return replace(
        _without_idle_moments(facts, rulebook, moment),
        authorising_event=None if facts.authorising_event is None else 0,
        opted_out_event=None if facts.opted_out_event is None else 0,
        confirmed=confirmed,
    )


def alike_at(facts: Facts, rulebook: Rulebook, moment: datetime) -> tuple[Facts, datetime]:
    """Return the same for facts of moments of their own, with the moment to ask about.

    Hours and days turn at whole minutes; seconds matter only to what has a moment itself.
    """
    kept = alike(facts, rulebook, moment)
    return kept, moment if _has_moments(kept) else moment.replace(second=0, microsecond=0)


def _has_moments(facts: Facts) -> bool:
    return bool(
        facts.sent_on_topic
        or facts.sent_at_all
        or facts.consented_at
        or facts.consent_ends_at
        or any(each.until for each in facts.suppressions or ())
    )


def _without_idle_moments(facts: Facts, rulebook: Rulebook, moment: datetime) -> Facts:
    """Leave a person's earlier texts out where no row counts them to its full from then on.

    The decision stays the same; but nearly everyone was texted at a moment of their own, so that
    few would share theirs. Rows count whatever their dates are: they may begin while a text waits.
    """
    if not facts.sent_on_topic and not facts.sent_at_all:
        return facts
    if facts.sent_on_topic is None or facts.sent_at_all is None:
        return facts
    for count, period, on_topic in _limits(facts, rulebook):
        sent = facts.sent_on_topic if on_topic else facts.sent_at_all
        if any(end > moment for _, end in barred(sent, count, period)):
            return facts
    return replace(facts, sent_on_topic=(), sent_at_all=())


def _limits(facts: Facts, rulebook: Rulebook) -> set[tuple[int, timedelta, bool]]:
    """Return how many texts in which period any row may let through, and whether on one topic."""
    places = jurisdictions(facts, rulebook)
    found = set()
    for row in rulebook.of_kind(RuleKind.CAP):
        place = row.place.removeprefix(f"{HOUSE}-")
        near = places is None or place in places or row.jurisdiction in {HOUSE, ELSEWHERE}
        if near and isinstance(row.value, Cap):
            found.add((row.value.count, row.value.period, row.value.per is Per.SUBJECT))
    promise = facts.promise
    if promise and promise.count and promise.unit:
        for row in rulebook.of_kind(RuleKind.FREQUENCY):
            if isinstance(row.value, Promised):
                found.add((promise.count, row.value.period(promise.unit), True))
    return found
