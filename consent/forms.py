"""Forms that ask staff why."""

from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db.models import BaseConstraint

from consent.models import Contact
from consent.phone_numbers import InvalidNumber, PhoneNumber, parse

WHY = "Kept in the history with your name."


class MomentInput(forms.DateTimeInput):
    """Pick a moment with the browser's own picker, which has labels and a keyboard."""

    input_type = "datetime-local"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%dT%H:%M")


class ReasonForm(forms.Form):
    """Ask for the reason of one serious action."""

    reason = forms.CharField(
        max_length=500, widget=forms.Textarea(attrs={"rows": 3}), help_text=WHY
    )


class ReasonedForm(forms.ModelForm):
    """Ask for the reason of a change; a new record needs none unless its form says so."""

    new_needs_reason = False

    change_reason = forms.CharField(
        label="Reason for this change",
        max_length=500,
        widget=forms.TextInput(attrs={"class": "vTextField", "autocomplete": "off"}),
        help_text=WHY,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance._state.adding:
            if not self.new_needs_reason:
                self.fields.pop("change_reason", None)
            elif "change_reason" in self.fields:
                self.fields["change_reason"].label = "Reason"

    def _update_errors(self, errors: ValidationError) -> None:
        """Leave out constraints that have only a name where something said in words what is wrong.

        Django asks them all the same, and would show both.
        """
        nameless = {
            each.get_violation_error_message()
            for each in self.instance._meta.constraints
            if each.violation_error_message == BaseConstraint.default_violation_error_message
        }
        found = errors.error_dict
        general = found.pop(NON_FIELD_ERRORS, [])
        in_words = [each for each in general if each.message not in nameless]
        kept = in_words if in_words or found or self.errors else general
        if kept:
            found[NON_FIELD_ERRORS] = kept
        super()._update_errors(errors)  # type: ignore[misc]


class LookUpForm(forms.Form):
    """Take a phone number in any spelling; posted only, so that no address ever holds it (P10)."""

    number = forms.CharField(
        label="Phone number",
        max_length=40,
        widget=forms.TextInput(
            attrs={
                "autocomplete": "off",
                "inputmode": "tel",
                "placeholder": "(202) 555-0147",
                "spellcheck": "false",
            }
        ),
    )

    def clean_number(self) -> PhoneNumber:
        """Read the number, or say what is wrong with it."""
        try:
            return parse(self.cleaned_data["number"])
        except InvalidNumber as fault:
            raise forms.ValidationError(fault.reason) from fault

    def found(self) -> Contact | None:
        """Return whose number it is, if anybody's, once the form is valid."""
        return Contact.objects.filter(number=self.cleaned_data["number"].e164).first()
