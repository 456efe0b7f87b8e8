"""Audit exports by short code: which numbers there are, campaigns knows."""

from typing import Any

from django import forms
from django.contrib import admin

from campaigns import message_choice
from campaigns.models import OriginationNumber
from consent.admin.audit_export import AuditExportAdmin, ExportForm
from consent.models import AuditExport


class NumbersField(forms.ModelMultipleChoiceField):
    """Offer our numbers, each with what tells it from the others."""

    def label_from_instance(self, obj: OriginationNumber) -> str:
        """Name a number, its kind and brand, and whether it is off."""
        off = "" if obj.live else ", off"
        return f"{obj.number} ({obj.get_kind_display().lower()}, {obj.brand.name}{off})"


class ExportByNumberForm(ExportForm):
    """Take the query, short codes among it."""

    short_codes = NumbersField(
        OriginationNumber.objects.select_related("brand"),
        label="Short codes and other numbers of ours",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Texts and replies that went over any of these, and consents to the topics that "
        "they carry or carried. None ticked: every number.",
    )
    field_order = ("number", "numbers_file", "topics", "brands", "short_codes")

    def asked(self) -> dict[str, Any]:
        """Add the numbers and what they carry."""
        return {**super().asked(), **message_choice.sent_from(self.cleaned_data["short_codes"])}


@admin.register(AuditExport)
class AuditExportByNumberAdmin(AuditExportAdmin):
    """Show which records were handed out; ask by short code too."""

    form_class = ExportByNumberForm
