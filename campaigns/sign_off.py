"""Counsel's sign-off of the rulebook: who stands behind which row, and until when."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from django.db import transaction
from simple_history.utils import bulk_create_with_history, bulk_update_with_history

from campaigns.models import RuleSignOff
from campaigns.rulebook.loader import Rule
from campaigns.rulebook.sentences import sentence_of
from consent import clock

_CHANGED = (
    "row_digest",
    "row_as_signed",
    "signed_by",
    "signed_on",
    "review_by",
    "note",
    "recorded_by",
)


class Signature(StrEnum):
    """How a row stands: CHANGED was signed, but reads otherwise now; OVERDUE waits for review."""

    SIGNED = "signed"
    OVERDUE = "overdue"
    CHANGED = "changed"
    UNSIGNED = "unsigned"


UNSIGNED = frozenset({Signature.UNSIGNED, Signature.CHANGED})


@dataclass(frozen=True, slots=True)
class Standing:
    """One row with its sign-off, if it ever had one."""

    rule: Rule
    signature: Signature
    sign_off: RuleSignOff | None


@dataclass(frozen=True, slots=True)
class Signing:
    """What counsel signs with."""

    signed_by: str
    signed_on: date
    review_by: date
    note: str
    reason: str


def standings(rules: Iterable[Rule], today: date) -> list[Standing]:
    """Return how each row stands on a day; one query for any number of rows."""
    rows = list(rules)
    kept = {each.rule: each for each in RuleSignOff.objects.filter(rule__in=[r.id for r in rows])}
    return [
        Standing(rule, _signature(rule, kept.get(rule.id), today), kept.get(rule.id))
        for rule in rows
    ]


def sign(rules: Sequence[Rule], signing: Signing, *, staff: Any) -> int:
    """Record the sign-off of rows as they read now, with history; return how many.

    A fixed number of statements serves any number of rows.
    """
    with transaction.atomic():
        wanted = {rule.id: rule for rule in rules}
        kept = list(RuleSignOff.objects.select_for_update().filter(rule__in=wanted))
        for each in kept:
            _fill(each, wanted[each.rule], signing, staff)
        known = {each.rule for each in kept}
        new = [
            _fill(RuleSignOff(rule=id), rule, signing, staff)
            for id, rule in wanted.items()  # noqa: A001  the rows call it so
            if id not in known
        ]
        history: dict[str, Any] = {
            "default_user": staff,
            "default_change_reason": signing.reason,
            "default_date": clock.now(),
        }
        if new:
            bulk_create_with_history(new, RuleSignOff, **history)
        if kept:
            bulk_update_with_history(kept, RuleSignOff, _CHANGED, **history)
    return len(wanted)


def _signature(rule: Rule, sign_off: RuleSignOff | None, today: date) -> Signature:
    if sign_off is None:
        return Signature.UNSIGNED
    if sign_off.row_digest != rule.digest():
        return Signature.CHANGED
    return Signature.OVERDUE if sign_off.review_by < today else Signature.SIGNED


def _fill(row: RuleSignOff, rule: Rule, signing: Signing, staff: Any) -> RuleSignOff:
    row.row_digest = rule.digest()
    row.row_as_signed = f"{sentence_of(rule)} ({rule.citation})"
    row.signed_by, row.signed_on = signing.signed_by, signing.signed_on
    row.review_by, row.note = signing.review_by, signing.note
    row.recorded_by = staff
    return row
