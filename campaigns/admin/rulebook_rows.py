"""The rows of the rulebook as staff read, filter and take them away."""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.http import HttpResponse, QueryDict
from django.urls import reverse

from campaigns.rulebook.loader import Rule, Rulebook, RuleKind, RuleStatus
from campaigns.rulebook.names import name_of
from campaigns.rulebook.sentences import applies_in_words, dates_in_words, sentence_of
from campaigns.sign_off import UNSIGNED, Signature, Standing
from consent.choices import choices
from consent.csv_safety import safe

STATUSES = {
    RuleStatus.VERIFIED: "Read at its source",
    RuleStatus.SECONDARY: "From a second-hand source",
    RuleStatus.MEMORY: "From memory, no source",
    RuleStatus.DISPUTED: "Disputed, strictest reading",
}
SIGNATURES = {
    Signature.SIGNED: "Signed off",
    Signature.UNSIGNED: "Not signed off",
    Signature.CHANGED: "Changed since signed",
    Signature.OVERDUE: "Past its review date",
}
COLUMNS = (
    *("rule", "jurisdiction", "where", "kind", "applies to", "what it says", "value"),
    *("effective from", "effective to", "citation", "status", "note"),
    *("sign-off", "signed by", "signed on", "review by", "note of the sign-off", "rulebook"),
)


class DayInput(forms.DateInput):
    """Pick a day with the browser's own picker."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")


class RowsFilter(forms.Form):
    """Ask which rows to show; what is left empty filters nothing."""

    jurisdiction = forms.ChoiceField(required=False)
    kind = forms.ChoiceField(required=False, choices=[("", "All kinds"), *choices(RuleKind)])
    status = forms.ChoiceField(
        label="How sure we are",
        required=False,
        choices=[("", "Any"), *((each.value, words) for each, words in STATUSES.items())],
    )
    sign_off = forms.ChoiceField(
        label="Sign-off",
        required=False,
        choices=[
            ("", "Any"),
            (Signature.SIGNED.value, "Signed off"),
            (Signature.UNSIGNED.value, "Not signed off as it reads now"),
            (Signature.OVERDUE.value, "Past its review date"),
        ],
    )
    on = forms.DateField(label="In force on", required=False, widget=DayInput())

    def __init__(self, asked: QueryDict | None, *, rulebook: Rulebook) -> None:
        super().__init__(asked, auto_id="filter_%s")
        named = sorted((name_of(code), code) for code in rulebook.jurisdictions())
        field = self.fields["jurisdiction"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", "All"), *((code, f"{name} ({code})") for name, code in named)]

    def rules(self, rulebook: Rulebook) -> tuple[Rule, ...]:
        """Return the rows asked for but for their sign-off; a faulty part filters nothing."""
        kind, status = self._given("kind"), self._given("status")
        return rulebook.listed(
            jurisdiction=self._given("jurisdiction"),
            kind=RuleKind(kind) if kind else None,
            status=RuleStatus(status) if status else None,
            on=self._given("on"),
        )

    def of_sign_off(self, standings: Iterable[Standing]) -> list[Standing]:
        """Keep the rows whose sign-off is as asked for."""
        wanted = self._given("sign_off")
        if wanted is None:
            return list(standings)
        asked = UNSIGNED if wanted == Signature.UNSIGNED else {Signature(wanted)}
        return [each for each in standings if each.signature in asked]

    def _given(self, name: str) -> Any:
        return (self.cleaned_data.get(name) if self.is_bound else None) or None


@dataclass(frozen=True, slots=True)
class Shown:
    """A row in words."""

    standing: Standing

    @property
    def rule(self) -> Rule:
        """Return the row itself."""
        return self.standing.rule

    @property
    def url(self) -> str:
        """Return the address of its page."""
        return reverse("admin:campaigns_rulesignoff_row", args=[self.rule.id])

    @property
    def where(self) -> str:
        """Name its jurisdiction."""
        return name_of(self.rule.place)

    @property
    def sentence(self) -> str:
        """Say what it asks."""
        return sentence_of(self.rule)

    @property
    def applies(self) -> str:
        """Say to which texts it applies."""
        return applies_in_words(self.rule)

    @property
    def dates(self) -> str:
        """Say when it is in force."""
        return dates_in_words(self.rule)

    @property
    def status_words(self) -> str:
        """Say how sure we are of it."""
        return STATUSES[self.rule.status]

    @property
    def kind_words(self) -> str:
        """Name its kind."""
        return self.rule.kind.replace("_", " ")

    @property
    def signature_words(self) -> str:
        """Say whether counsel stands behind it."""
        return SIGNATURES[self.standing.signature]


def write_csv(to: HttpResponse, rows: Sequence[Standing], version: str) -> None:
    """Write rows as CSV that no spreadsheet runs."""
    writer: Any = csv.writer(to)
    writer.writerow(COLUMNS)
    for standing in rows:
        shown, rule, signed = Shown(standing), standing.rule, standing.sign_off
        row = (
            *(rule.id, rule.place, shown.where, rule.kind.value, shown.applies, shown.sentence),
            *(rule.asks(), _day(rule.effective_from), _day(rule.effective_to), rule.citation),
            *(shown.status_words, rule.note, shown.signature_words),
            *((signed.signed_by, _day(signed.signed_on)) if signed else ("", "")),
            *((_day(signed.review_by), signed.note) if signed else ("", "")),
            version,
        )
        writer.writerow([safe(cell) for cell in row])


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""
