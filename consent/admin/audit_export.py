"""Audit exports: ask for one, watch it being built, take it away; all of it on record."""

from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone

from consent import audit_sheets
from consent.admin.base import shown_number
from consent.admin.jobs import JobAdmin
from consent.models import AuditExport, Brand, Contact, Topic
from consent.phone_numbers import InvalidNumber, parse
from consent.tasks import wake_export
from consent.vocabulary import ExportState

OURS = {sheet.name for sheet in audit_sheets.SHEETS}
MOVING = {ExportState.QUEUED, ExportState.RUNNING}
DAY = forms.DateInput(attrs={"type": "date"})


class ExportForm(forms.Form):
    """Take the query; posted only, so that no address ever holds the number (P10)."""

    number = forms.CharField(
        label="Phone number",
        max_length=40,
        required=False,
        help_text="In any spelling. Empty: everybody.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "tel"}),
    )
    topic = forms.ModelChoiceField(
        Topic.objects.select_related("brand"), required=False, empty_label="Every topic"
    )
    brand = forms.ModelChoiceField(Brand.objects.all(), required=False, empty_label="Every brand")
    since = forms.DateField(label="From", required=False, widget=DAY, help_text="This day on.")
    until = forms.DateField(
        label="To", required=False, widget=DAY, help_text="This day and no later."
    )
    reason = forms.CharField(
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Who asked, and for what. Kept with the export, with your name.",
    )

    def clean_number(self) -> Contact | None:
        """Find the contact of the number."""
        typed = self.cleaned_data["number"]
        if not typed:
            return None
        try:
            number = parse(typed)
        except InvalidNumber as fault:
            raise forms.ValidationError(fault.reason) from None
        contact = Contact.objects.filter(number=number.e164).first()
        if contact is None:
            raise forms.ValidationError("Nothing is on record of this number.")
        return contact

    def clean(self) -> dict[str, Any]:
        """Refuse dates that leave nothing between them."""
        said: dict[str, Any] = super().clean() or {}
        since, until = said.get("since"), said.get("until")
        if since and until and until < since:
            self.add_error("until", "This day lies before the first one.")
        return said

    def asked(self) -> dict[str, Any]:
        """Return the query as an export keeps it; days are those of the display zone."""
        said = self.cleaned_data
        until = said["until"]
        return {
            "contact": said["number"],
            "topic": said["topic"],
            "brand": said["brand"],
            "since": _midnight(said["since"]),
            "until": _midnight(until + timedelta(days=1)) if until else None,
            "reason": said["reason"],
        }


def _midnight(day: Any) -> datetime | None:
    return timezone.make_aware(datetime.combine(day, time())) if day else None


@admin.register(AuditExport)
class AuditExportAdmin(JobAdmin):
    """Show which records were handed out, to whom, when and why."""

    asks = "consent.add_auditexport"
    takes = "consent.download_auditexport"
    moving = MOVING
    ready = ExportState.READY
    templates = "admin/consent/auditexport"
    called = "export"
    content_type = "application/zip"
    list_display = ("asked_for", "how_far", "about", "reason", "asked_by", "asked_at")
    list_filter = ("state", "asked_at")
    list_select_related = ("asked_by", "contact", "topic__brand", "brand")

    @admin.display(description="export", ordering="pk")
    def asked_for(self, export: AuditExport) -> str:
        """Name the export."""
        return str(export)

    @admin.display(description="about")
    def about(self, export: AuditExport) -> str:
        """Say what was asked for, the number masked."""
        return ", ".join(str(part) for part in (export.contact, export.topic, export.brand) if part)

    def question(self, request: HttpRequest) -> tuple[str, forms.Form, dict[str, Any]]:
        """Ask whose records, of which time, and why."""
        form = ExportForm(request.POST if request.method == "POST" else None)
        return "Export the proof", form, {}

    def wake(self, record: AuditExport) -> None:
        """Wake the worker that writes the file."""
        wake_export(record.pk)

    def shown(self, request: HttpRequest, record: AuditExport) -> dict[str, Any]:
        """Show the query, the number whole only to those who may see it, and the counts."""
        return {
            "number": shown_number(request, record.contact) if record.contact else "",
            "last_day": record.until - timedelta(seconds=1) if record.until else None,
            # Consents first; JSON in the database keeps no order
            "counts": [
                (name, f"{rows:,}")
                for name, rows in sorted(
                    record.counts.items(), key=lambda each: (each[0] not in OURS, each[0])
                )
            ],
            "rows_so_far": f"{sum(record.counts.values()):,}",
        }

    def file_name(self, record: AuditExport) -> str:
        """Name the file by the export."""
        return f"audit-export-{record.pk}.zip"
