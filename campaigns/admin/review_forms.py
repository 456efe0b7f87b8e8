"""What staff fill in to ask for a clearance review."""

import re
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone

from campaigns.clearance_timing import GROUPS
from campaigns.house_policy import rulebook_in_force
from campaigns.models import Campaign
from campaigns.rulebook.changes import Change, FaultyChange, changed
from campaigns.rulebook.names import name_of
from campaigns.rulebook.rows import Rule
from campaigns.rulebook.values import Elements
from campaigns.vocabulary import ReviewKind
from consent import clock
from consent.models import Brand, Topic
from consent.zone_names import with_zone_names

DAY = forms.DateInput(attrs={"type": "date"})
ASKED = {kind for kinds in GROUPS.values() for kind in kinds}
ON, OFF, MOVE, HOURS = "on", "off", "move", "hours"
WHAT = (
    (ON, "Switch on, from the days below or always"),
    (OFF, "Switch off"),
    (MOVE, "Move to the days below"),
    (HOURS, "Give other hours"),
)
_WINDOW = re.compile(r"([a-z]{3}(?:-[a-z]{3})?(?: [a-z]{3})*) (\d\d:\d\d)-(\d\d:\d\d)")
WHY = forms.CharField(
    max_length=300,
    widget=forms.Textarea(attrs={"rows": 3}),
    help_text="Who asked, and for what. Kept with the review, with your name.",
)


class LookBackForm(forms.Form):
    """Ask which accepted texts would fail."""

    since = forms.DateField(label="Sent from", required=False, widget=DAY, help_text="This day on.")
    until = forms.DateField(
        label="Sent to", required=False, widget=DAY, help_text="This day and no later."
    )
    topic = forms.ModelChoiceField(
        Topic.objects.select_related("brand"), required=False, empty_label="Every topic"
    )
    brand = forms.ModelChoiceField(Brand.objects.all(), required=False, empty_label="Every brand")
    campaign = forms.ModelChoiceField(
        Campaign.objects.all(), required=False, empty_label="Every campaign, and all other texts"
    )
    rules_on = forms.DateField(
        label="By the rules in force on",
        required=False,
        widget=DAY,
        help_text="Empty: today. A day to come shows who would have been texted unlawfully then.",
    )
    reason = WHY

    def clean(self) -> dict[str, Any]:
        """Refuse dates that leave nothing between them."""
        said: dict[str, Any] = super().clean() or {}
        since, until = said.get("since"), said.get("until")
        if since and until and until < since:
            self.add_error("until", "This day lies before the first one.")
        return said

    def asked(self) -> dict[str, Any]:
        """Return the query as a review keeps it; days are those of the display zone."""
        said = self.cleaned_data
        until = said["until"]
        return {
            **{name: said[name] for name in ("topic", "brand", "campaign", "rules_on", "reason")},
            "kind": ReviewKind.LOOK_BACK,
            "since": _midnight(said["since"]),
            "until": _midnight(until + timedelta(days=1)) if until else None,
        }


class WhatIfForm(forms.Form):
    """Ask which decisions a changed rulebook would turn."""

    campaign = forms.ModelChoiceField(
        Campaign.objects.all(),
        required=False,
        empty_label="No one campaign",
        help_text="Its texts; its audience at the time it is set for, while it has none.",
    )
    days = forms.IntegerField(
        label="Or texts of the last days",
        required=False,
        min_value=1,
        max_value=4000,
        help_text="For example 30.",
    )
    rows = forms.MultipleChoiceField(
        label="Rows of the rulebook",
        widget=forms.SelectMultiple(attrs={"size": 12}),
        help_text="Hold Ctrl or Command to take several; all are changed alike.",
    )
    what = forms.ChoiceField(label="What is to differ", choices=WHAT)
    begins = forms.DateField(label="From", required=False, widget=DAY)
    ends = forms.DateField(label="To, not including", required=False, widget=DAY)
    hours = forms.CharField(
        label="Other hours",
        required=False,
        max_length=200,
        help_text="As in: mon-fri 09:00-16:00, sat 10:00-14:00.",
    )
    silent = forms.MultipleChoiceField(
        label="Leave out on both sides",
        required=False,
        widget=forms.SelectMultiple(attrs={"size": 5}),
        help_text="Stricter rows of the house hide what a law would change; name them here to see.",
    )
    reason = WHY

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = _rows()
        self.fields["rows"].choices = rows  # type: ignore[attr-defined]
        self.fields["silent"].choices = rows  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """Make the changes, to see that they can be made."""
        said: dict[str, Any] = super().clean() or {}
        if self.errors:
            return said
        if bool(said["campaign"]) == bool(said["days"]):
            self.add_error("days", "Choose a campaign, or say how many days; one of them.")
        if said["what"] == MOVE and not (said["begins"] or said["ends"]):
            self.add_error("begins", "Say to which days.")
            return said
        try:
            said["changes"] = self._changes(said)
            changed(rulebook_in_force(clock.now()), said["changes"])
        except FaultyChange as fault:
            self.add_error("rows", str(fault))
        return said

    def asked(self) -> dict[str, Any]:
        """Return the query as a review keeps it."""
        said = self.cleaned_data
        days = said["days"]
        return {
            "kind": ReviewKind.WHAT_IF,
            "campaign": said["campaign"],
            "since": clock.now() - timedelta(days=days) if days else None,
            "changes": [each.as_json() for each in said["changes"]],
            "reason": said["reason"],
        }

    def _changes(self, said: dict[str, Any]) -> list[Change]:
        dates = {"begins": said["begins"], "ends": said["ends"]}
        given = [Change(row, on=False, given=True) for row in said["silent"]]
        match said["what"]:
            case "on":
                return given + [Change(row, on=True, **dates) for row in said["rows"]]
            case "off":
                return given + [Change(row, on=False) for row in said["rows"]]
            case "move":
                return given + [Change(row, **dates) for row in said["rows"]]
            case _:
                hours = _windows(said["hours"])
                return given + [Change(row, value=hours) for row in said["rows"]]


def _rows() -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the rows that decide about single texts, by jurisdiction."""
    rulebook = rulebook_in_force(clock.now())
    found = []
    for place in rulebook.jurisdictions():
        rows = [row for row in rulebook.listed(jurisdiction=place) if _is_asked(row)]
        if rows:
            found.append(
                (
                    name_of(place),
                    [(row.id, f"{row.id}: {with_zone_names(row.asks())}"[:110]) for row in rows],
                )
            )
    return found


def _is_asked(row: Rule) -> bool:
    # Elements of no ground are for those who write texts
    return row.kind in ASKED and (not isinstance(row.value, Elements) or bool(row.value.bases))


def _windows(text: str) -> list[dict[str, str]]:
    parts = [_WINDOW.fullmatch(part.strip().lower()) for part in text.split(",")]
    found = [
        {"days": part[1], "opens": part[2], "closes": part[3]} for part in parts if part is not None
    ]
    if len(found) < len(parts):
        raise FaultyChange("Write hours as in: mon-fri 09:00-16:00, sat 10:00-14:00.")
    return found


def _midnight(day: date | None) -> datetime | None:
    return timezone.make_aware(datetime.combine(day, time())) if day else None
