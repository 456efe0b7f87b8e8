"""The form by which a list is brought."""

from typing import Any

from django import forms
from django.conf import settings
from django.db import models

from consent.models import ContactImport, Topic
from consent.vocabulary import ListKind


def _found_out(name: str) -> forms.ChoiceField:
    """Return the field of what is found out unless somebody says it."""
    column = ContactImport._meta.get_field(name)
    assert isinstance(column, models.Field)
    return forms.ChoiceField(
        label=str(column.verbose_name).capitalize(),
        required=False,
        choices=[("", "Find out"), *(column.flatchoices or ())],
        help_text=column.help_text,
    )


class UploadForm(forms.Form):
    """Take a list and the topic of rows that name none."""

    file = forms.FileField(
        label="List",
        help_text="CSV or Excel with a header: phone, topic, consented_at, source; if you have "
        "them also disclosure_version, language, postal_code, external_id. A row that does not "
        "prove when and how the person agreed is never opted in.",
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.tsv,.txt,.xlsx,.gz,.zip,text/csv"}),
    )
    holds = forms.ChoiceField(
        label="The list holds",
        choices=ContactImport._meta.get_field("holds").flatchoices,
        help_text="People who left are opted out whatever the list proves: of the topic that the "
        "row names, of the one chosen below, or else of everything.",
    )
    default_topic = forms.ModelChoiceField(
        Topic.objects.open().select_related("brand"),
        label="Topic",
        required=False,
        empty_label="As the list says",
        help_text="For rows that name no topic of their own.",
    )
    ask_again = forms.BooleanField(
        label="Ask for YES",
        required=False,
        help_text=ContactImport._meta.get_field("ask_again").help_text,
    )
    encoding = _found_out("encoding")
    delimiter = _found_out("delimiter")

    def clean(self) -> dict[str, Any]:
        """Refuse to ask people who left."""
        found: dict[str, Any] = super().clean() or {}
        if found.get("ask_again") and found.get("holds") == ListKind.OPT_OUTS:
            raise forms.ValidationError("People who left are never asked again.")
        return found

    def clean_file(self) -> Any:
        """Refuse what is too large before it is stored."""
        file = self.cleaned_data["file"]
        if file.size > settings.IMPORT_MAX_MB * 1_000_000:
            raise forms.ValidationError(
                f"This file has {file.size / 1e6:,.1f} MB and {settings.IMPORT_MAX_MB} MB is the "
                "most: split it into several lists, each with the header."
            )
        return file
