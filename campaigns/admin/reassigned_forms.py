"""The forms by which the Reassigned Numbers Database is asked, and its answers are brought."""

from datetime import date
from typing import Any

from django import forms
from django.conf import settings
from django.utils import timezone

from consent import clock
from consent.forms import ReasonForm
from consent.importing.contact_list import ListFault
from consent.models import ReassignedCheck
from consent.reassigned_reading import read_answers

DUE, ALL = "due", "all"


class QueryForm(forms.Form):
    """Take which numbers to ask about, and why."""

    which = forms.ChoiceField(
        label="Ask about",
        choices=[(DUE, "Numbers that are due"), (ALL, "All numbers that may be texted")],
        help_text="All: also those that we asked about or heard from within the month.",
    )
    has_header = forms.BooleanField(
        label="Begin with a line of names (TN,Date)",
        required=False,
        help_text="Only if whoever asks the database for you wants one.",
    )
    reason = forms.CharField(
        max_length=300,
        initial="The monthly query",
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Kept with the check, with your name.",
    )

    counts: dict[str, int] = {}

    def clean_which(self) -> str:
        """Refuse a query about nobody."""
        which: str = self.cleaned_data["which"]
        if not self.counts.get(which):
            raise forms.ValidationError("There is no such number to ask about now.")
        return which

    def asked(self) -> dict[str, Any]:
        """Return the fields of a new check."""
        said = self.cleaned_data
        return {
            "only_due": said["which"] == DUE,
            "has_header": said["has_header"],
            "reason": said["reason"],
        }


class AnswersForm(ReasonForm):
    """Take a file of answers, and the day on which the database gave them."""

    file = forms.FileField(
        label="Answers",
        help_text="As the database gave them: CSV of number, date and yes, no or no data, with or "
        "without a header.",
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.txt,.tsv,.xlsx,.gz,.zip,text/csv"}),
    )
    answered_on = forms.DateField(
        label="Answered on",
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text="What somebody agreed to later than this day is not closed.",
    )
    reason = forms.CharField(
        max_length=300,
        initial="The answers to the query",
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Kept in the history with your name.",
    )
    field_order = ("file", "answered_on", "reason")

    def __init__(self, *args: Any, check: ReassignedCheck, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.asked_on = timezone.localdate(check.asked_at)
        self.fields["answered_on"].initial = timezone.localdate(clock.now())

    def clean_answered_on(self) -> date:
        """Refuse a day before the question, or to come."""
        day: date = self.cleaned_data["answered_on"]
        if not self.asked_on <= day <= timezone.localdate(clock.now()):
            raise forms.ValidationError(
                "Give the day of the query or a later one, but none to come."
            )
        return day

    def clean_file(self) -> Any:
        """Refuse at once what holds no answers."""
        brought = self.cleaned_data["file"]
        try:
            read_answers(brought.file, max_bytes=settings.IMPORT_MAX_MB * 1_000_000)
        except ListFault as fault:
            raise forms.ValidationError(fault.reason) from None
        return brought
