"""Leave out of facts what tells people apart and changes no decision.

Whom the rules see alike is decided once.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache

from campaigns.clearance_consent import NEVER
from campaigns.clearance_places import jurisdictions
from campaigns.clearance_terms import Facts, Promise
from campaigns.clearance_timing import HORIZON, counted
from campaigns.frequency import barred
from campaigns.rulebook.rows import ELSEWHERE, HOUSE, Rulebook
from campaigns.rulebook.values import Cap, Engagement, Per, Promised, RuleKind


def alike(facts: Facts, rulebook: Rulebook, moment: datetime) -> Facts:
    """Return facts that get the same decision and are those of as many people as can be.

    Events stand as 0: rules ask whether there is one. Who need not confirm might as well have.
    """
    idle = _has_idle_moments(facts, rulebook, moment)
    return replace(
        facts,
        unanswered=_silence(facts.unanswered, rulebook),
        consented_at=_age(facts, rulebook, moment),
        authorising_event=None if facts.authorising_event is None else 0,
        opted_out_event=None if facts.opted_out_event is None else 0,
        confirmed=facts.confirmed if facts.double_opt_in_needed is not False else True,
        sent_on_topic=() if idle else facts.sent_on_topic,
        sent_of_brand=() if idle else facts.sent_of_brand,
        sent_at_all=() if idle else facts.sent_at_all,
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
        or facts.consented_at not in {None, NEVER}
        or facts.consent_ends_at
        or any(each.until for each in facts.suppressions or ())
        or any(each.until for each in facts.on_amazons_list or ())
    )


def _has_idle_moments(facts: Facts, rulebook: Rulebook, moment: datetime) -> bool:
    """Say whether no row counts a person's earlier texts to its full from then on.

    The decision stays the same; but nearly everyone was texted at a moment of their own, so that
    few would share theirs. Rows count whatever their dates are: they may begin while a text waits.
    """
    if not facts.sent_on_topic and not facts.sent_of_brand and not facts.sent_at_all:
        return False
    if None in (facts.sent_on_topic, facts.sent_of_brand, facts.sent_at_all):
        return False
    places, silence = jurisdictions(facts, rulebook), _silence(facts.unanswered, rulebook)
    return not any(
        end > moment
        for count, period, per in _limits(rulebook, places, silence or 0, facts.promise)
        for _, end in barred(counted(facts, per) or (), count, period)
    )


def _silence(unanswered: int | None, rulebook: Rulebook) -> int | None:
    """Return the fewest unanswered texts that the rules see alike; None where none counts them."""
    if unanswered is None or not rulebook.silences:
        return None
    return max((each for each in rulebook.silences if each <= unanswered), default=0)


def _age(facts: Facts, rulebook: Rulebook, moment: datetime) -> datetime | None:
    """Return when the consent was given; as good as never to end if it lasts beyond all asked."""
    if facts.basis is None or facts.consented_at is None:
        return facts.consented_at
    terms = [
        months
        for ground in rulebook.grounds
        for months in ground.terms(facts.basis, facts.implied_by)
    ]
    if not terms:
        return None
    return facts.consented_at if facts.consented_at <= stale_by(moment, min(terms)) else NEVER


def stale_by(moment: datetime, months: int) -> datetime:
    """Return since when consent can end within all that is asked; months have 28 days or more."""
    return moment + HORIZON - timedelta(days=28 * months)


@lru_cache(maxsize=2048)
def _limits(
    rulebook: Rulebook, places: frozenset[str] | None, unanswered: int, promise: Promise | None
) -> frozenset[tuple[int, timedelta, Per]]:
    """Return how many texts in which period any row may let through, and which it counts."""
    found = set()
    for row in rulebook.of_kind(RuleKind.CAP):
        place = row.place.removeprefix(f"{HOUSE}-")
        near = places is None or place in places or row.jurisdiction in {HOUSE, ELSEWHERE}
        if near and isinstance(row.value, Cap):
            found.add((row.value.count, row.value.period, row.value.per))
    for row in rulebook.of_kind(RuleKind.ENGAGEMENT):
        silent = isinstance(row.value, Engagement) and row.value.unanswered <= unanswered
        if silent and isinstance(row.value, Engagement) and row.value.cap:
            found.add((row.value.cap.count, row.value.cap.period, Per.ANY))
    if promise and promise.count and promise.unit:
        for row in rulebook.of_kind(RuleKind.FREQUENCY):
            if isinstance(row.value, Promised):
                found.add((promise.count, row.value.period(promise.unit), Per.SUBJECT))
    return frozenset(found)
