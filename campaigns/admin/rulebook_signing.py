"""The page on which counsel's sign-off is recorded, for one row or for those of a filter."""

import hashlib
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django import forms
from django.db import IntegrityError
from django.http import HttpRequest

from campaigns.admin.rulebook_rows import STATUSES, DayInput, Shown
from campaigns.models import RuleSignOff
from campaigns.rulebook.loader import Rule, RuleStatus
from campaigns.sign_off import Signature, Signing, Standing, sign
from consent.admin.serious import Refused, SeriousAction
from consent.forms import ReasonForm
from consent.zone_names import with_zone_names

SIGNS = "campaigns.sign_rule"
YEAR = timedelta(days=365)
SHOWN = 30
UNSURE = (RuleStatus.MEMORY, RuleStatus.DISPUTED)


class SignForm(ReasonForm):
    """Ask who signed, when, and until when that is good."""

    signed_by = forms.CharField(
        label="Counsel's name",
        max_length=100,
        help_text="Who read the rows and stands behind them. You are recorded beside it.",
    )
    signed_on = forms.DateField(label="Signed on", widget=DayInput())
    review_by = forms.DateField(
        label="Review by",
        widget=DayInput(),
        help_text="From the day after it stands on the dashboard until signed anew.",
    )
    note = forms.CharField(
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Reservations, what was read, where the opinion lies.",
    )
    read = forms.CharField(widget=forms.HiddenInput())
    field_order = ("signed_by", "signed_on", "review_by", "note", "reason")

    def clean(self) -> dict[str, Any]:
        """Refuse days that cannot be."""
        given = super().clean() or self.cleaned_data
        today: date = self.initial["signed_on"]
        signed_on, review_by = given.get("signed_on"), given.get("review_by")
        if signed_on and signed_on > today:
            self.add_error("signed_on", "Nobody signs in the future.")
        if review_by and review_by <= max(signed_on or today, today):
            self.add_error("review_by", "The review comes after today and after signing.")
        return given


def signing_of(
    request: HttpRequest, standings: Sequence[Standing], record: RuleSignOff, today: date
) -> SeriousAction:
    """Return the page for these rows; what is signed is what was read on it."""
    rules = [each.rule for each in standings]
    read = digest_of(rules)

    def act(given: dict[str, Any]) -> str:
        if given["read"] != read:
            raise Refused("The rows changed while you read them. Open this page again.")
        signing = Signing(
            signed_by=given["signed_by"],
            signed_on=given["signed_on"],
            review_by=given["review_by"],
            note=given["note"],
            reason=given["reason"],
        )
        try:
            count = sign(rules, signing, staff=request.user)
        except IntegrityError as fault:
            raise Refused("Somebody signed one of these rows just now. Try again.") from fault
        if count == 1:
            record.pk = RuleSignOff.objects.values_list("pk", flat=True).get(rule=rules[0].id)
        what = f"Row {rules[0].id}" if count == 1 else f"{count:,} rows"
        return f"{what} signed off by {given['signed_by']}, to be reviewed by {given['review_by']}."

    many = f"{len(rules):,} rows"
    return SeriousAction(
        title="Sign off one row" if len(rules) == 1 else f"Sign off {many}",
        button="Sign off",
        effects=_effects(standings),
        act=act,
        form=SignForm,
        initial={
            "signed_on": today,
            "review_by": today + YEAR,
            "read": read,
        },
        shown=_read(standings),
        may=bool(rules),
        why_not="No row is left to sign: change the filter.",
    )


def digest_of(rules: Sequence[Rule]) -> str:
    """Return SHA-256, in hex, over rows as they read now."""
    return hashlib.sha256("".join(rule.digest() for rule in rules).encode()).hexdigest()


def _effects(standings: Sequence[Standing]) -> list[str]:
    count = len(standings)
    said = [
        "1 row counts as signed off until its review date, as it reads now."
        if count == 1
        else f"{count:,} rows count as signed off until their review date, as they read now.",
        "No rule and no decision changes: rows bind whether signed off or not.",
        "A row whose words change counts as unsigned again.",
    ]
    signed = sum(each.signature is Signature.SIGNED for each in standings)
    unsure = sum(each.rule.status in UNSURE for each in standings)
    if unsure:
        said.append(f"{unsure:,} of them from memory or disputed: see their notes first.")
    if signed:
        said.append(f"{signed:,} of them signed off already: the new one takes its place.")
    return said


def _read(standings: Sequence[Standing]) -> list[tuple[str, str]]:
    found = [
        (
            f"{each.rule.id} ({Shown(each).where})",
            f"{with_zone_names(Shown(each).sentence)} {each.rule.citation}. "
            f"{STATUSES[each.rule.status]}. {each.rule.note}".rstrip(),
        )
        for each in standings[:SHOWN]
    ]
    if len(standings) > SHOWN:
        found.append((f"and {len(standings) - SHOWN:,} more", "See them in the list before."))
    return found
