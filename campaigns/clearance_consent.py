"""Does the consent that is claimed carry this text: its basis, its age, what was disclosed."""

from collections.abc import Iterable
from dataclasses import astuple
from datetime import UTC, datetime

from campaigns.clearance_terms import Facts
from campaigns.rulebook.rows import Rule
from campaigns.rulebook.values import Basis, Elements
from consent.vocabulary import LegalBasis

NEVER = datetime.max.replace(tzinfo=UTC)


def accepts(row: Rule, facts: Facts) -> bool:
    """Say whether a row about grounds accepts the one that is claimed."""
    return isinstance(row.value, Basis) and facts.basis in row.value.accepts


def is_told(row: Rule, facts: Facts) -> bool:
    """Say whether the person was told what the row asks for the ground claimed."""
    if not isinstance(row.value, Elements):
        return False
    if facts.basis is not None and facts.basis not in row.value.bases:
        return True
    return facts.disclosure_lacks is not None and not set(row.value.needs) & set(
        facts.disclosure_lacks
    )


def has_soft_opt_in(facts: Facts) -> bool:
    """Say whether all four facts of a soft opt-in are known to be so, where one is claimed."""
    if facts.basis is not LegalBasis.SOFT_OPT_IN:
        return True
    return facts.soft_opt_in is not None and all(
        each is True for each in astuple(facts.soft_opt_in)
    )


def ends(rows: Iterable[Rule], facts: Facts) -> datetime | None:
    """Return when the consent ends, `NEVER` if it does not, None when nobody knows.

    Implied consent ends by the shortest term of the rows that bind, and any by the house's own
    term if it has one, counted in calendar months from when it was given or implied; a day that
    the last month lacks becomes its last.
    """
    if facts.basis is None:
        return None
    end = facts.consent_ends_at or NEVER
    for row in rows:
        if not isinstance(row.value, Basis):
            continue
        for months in row.value.terms(facts.basis, facts.implied_by):
            if facts.consented_at is None:
                return None
            end = min(end, _months_after(facts.consented_at, months))
    return end


def _months_after(moment: datetime, months: int) -> datetime:
    day = moment.astimezone(UTC)
    years, month = divmod(day.month - 1 + months, 12)
    if day.year + years > NEVER.year:
        return NEVER
    for last in (day.day, 30, 29, 28):
        try:
            return day.replace(year=day.year + years, month=month + 1, day=min(day.day, last))
        except ValueError:
            continue
    return day  # no month is shorter than 28 days
