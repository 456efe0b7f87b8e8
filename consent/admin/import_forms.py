"""The form by which a list is brought."""

from typing import Any

from django import forms
from django.conf import settings
from django.db import models
from django.utils import timezone

from consent import clock
from consent.importing import uploads
from consent.importing.previewing import Drawn
from consent.models import ContactImport, ListMapping, ListUpload, Topic
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


def _of_suppressions(name: str, kind: Any, **given: Any) -> Any:
    """Return a field that only suppressions have."""
    column = ContactImport._meta.get_field(name)
    assert isinstance(column, models.Field)
    label = str(column.verbose_name).capitalize()
    return kind(label=label, required=False, help_text=column.help_text, **given)


class _Day(forms.DateInput):
    input_type = "date"


DRAWN = ("list_name", "list_date", "expires_on")


class UploadForm(forms.Form):
    """Take a list and the topic of rows that name none."""

    upload = forms.UUIDField(required=False, widget=forms.HiddenInput)
    file = forms.FileField(
        label="List",
        required=False,
        help_text="CSV or Excel whose first line names the columns: phone, topic, consented_at, "
        "source; if you have them also disclosure_version, language, postal_code, external_id. "
        "Other names do as well: you are asked about those that we do not know.",
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.tsv,.txt,.xlsx,.gz,.zip,text/csv"}),
    )
    holds = forms.ChoiceField(
        label="The list holds",
        choices=ContactImport._meta.get_field("holds").flatchoices,
        help_text="People who left are opted out whatever the list proves: of the topic that the "
        "row names, of the one chosen below, or else of everything. Suppressions bar texts "
        "likewise.",
    )
    list_name = _of_suppressions("list_name", forms.CharField, max_length=80)
    list_date = _of_suppressions("list_date", forms.DateField, widget=_Day)
    expires_on = _of_suppressions("expires_on", forms.DateField, widget=_Day)
    default_topic = forms.ModelChoiceField(
        Topic.objects.open().select_related("brand"),
        label="Topic",
        required=False,
        empty_label="As the list says",
        help_text="For rows that name no topic of their own.",
    )
    same_consent = forms.BooleanField(
        label="The same consent for every row",
        required=False,
        help_text="For a list that does not say in each row when and how people agreed: on the "
        "next page you state it once, attach the proof, and attest it by your name. Rows that do "
        "say it keep their own.",
    )
    ask_again = forms.BooleanField(
        label="Ask for YES",
        required=False,
        help_text=ContactImport._meta.get_field("ask_again").help_text,
    )
    mapping = forms.ModelChoiceField(
        ListMapping.objects.all(),
        required=False,
        empty_label="Find out",
        help_text=ContactImport._meta.get_field("saved_mapping").help_text,
    )
    encoding = _found_out("encoding")
    delimiter = _found_out("delimiter")

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_upload(self) -> ListUpload | None:
        """Find the list that came in parts; another person's is none."""
        given = self.cleaned_data["upload"]
        found = uploads.whole(self.user, given) if given else None
        if given and found is None:
            # The file field bears it, which people see
            self.add_error("file", "What came of this file is gone: choose it again.")
        return found

    def clean(self) -> dict[str, Any]:
        """Refuse to ask people who left, and suppressions that do not say whence."""
        found: dict[str, Any] = super().clean() or {}
        holds = found.get("holds")
        if not found.get("upload") and not found.get("file") and "file" not in self.errors:
            self.add_error("file", "This field is required.")
        mapping = found.get("mapping")
        if mapping and mapping.holds != holds:
            self.add_error("mapping", "This mapping is of another kind of list.")
        if found.get("ask_again") and holds != ListKind.CONSENTS:
            who = "People who left" if holds == ListKind.OPT_OUTS else "Suppressed numbers"
            raise forms.ValidationError(f"{who} are never asked again.")
        if found.get("same_consent") and holds != ListKind.CONSENTS:
            self.add_error("same_consent", "Only of people who agreed is a consent attested.")
        if holds == ListKind.SUPPRESSIONS:
            self._check_drawn(found)
        elif any(found.get(name) for name in DRAWN):
            raise forms.ValidationError("Name, date and end belong to suppressions alone.")
        return found

    def _check_drawn(self, found: dict[str, Any]) -> None:
        for name in ("list_name", "list_date"):
            if not found.get(name) and name not in self.errors:
                self.add_error(name, "Suppressions say whose list they are from, and of which day.")
        today = timezone.localdate(clock.now())
        drawn, until = found.get("list_date"), found.get("expires_on")
        if drawn and drawn > today:
            self.add_error("list_date", "This day is yet to come.")
        if until and until < today:
            self.add_error("expires_on", "This day is over: the list would bar nothing.")

    def drawn(self) -> Drawn | None:
        """Return whose suppression list it is; None for other lists."""
        if self.cleaned_data["holds"] != ListKind.SUPPRESSIONS:
            return None
        return Drawn(*(self.cleaned_data[name] for name in DRAWN))

    def clean_file(self) -> Any:
        """Refuse what is too large before it is stored."""
        file = self.cleaned_data["file"]
        if file is not None and file.size > settings.IMPORT_MAX_MB * 1_000_000:
            raise forms.ValidationError(
                f"This file has {file.size / 1e6:,.1f} MB and {settings.IMPORT_MAX_MB} MB is the "
                "most: split it into several lists, each with the header."
            )
        return file
