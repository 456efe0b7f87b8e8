"""Audit exports: ask for one, watch it being built, take it away; all of it on record."""

import base64
from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.contrib import admin
from django.db import transaction
from django.http import (
    FileResponse,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    JsonResponse,
)
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.utils import timezone

from consent import audit_sheets, clock
from consent.admin.base import ReadOnlyAdmin, Tool, shown_number
from consent.admin.pills import pill
from consent.admin.staff_log import write_down, written_about
from consent.models import AuditExport, Brand, Contact, Topic
from consent.phone_numbers import InvalidNumber, parse
from consent.tasks import wake_export
from consent.vocabulary import ExportState

ASKS = "consent.add_auditexport"
TAKES = "consent.download_auditexport"
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
class AuditExportAdmin(ReadOnlyAdmin):
    """Show which records were handed out, to whom, when and why."""

    pages = {"progress": "progress", "download": "download"}
    change_form_template = "admin/consent/auditexport/export.html"
    list_display = ("asked_for", "how_far", "about", "reason", "asked_by", "asked_at")
    list_filter = ("state", "asked_at")
    list_select_related = ("asked_by", "contact", "topic__brand", "brand")
    fields = ("reason",)

    @admin.display(description="export", ordering="pk")
    def asked_for(self, export: AuditExport) -> str:
        """Name the export."""
        return str(export)

    @admin.display(description="state", ordering="state")
    def how_far(self, export: AuditExport) -> str:
        """Show the state."""
        return pill(export.state)

    @admin.display(description="about")
    def about(self, export: AuditExport) -> str:
        """Say what was asked for, the number masked."""
        return ", ".join(str(part) for part in (export.contact, export.topic, export.brand) if part)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Let in who may ask for exports."""
        return bool(request.user.has_perm(ASKS))

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Take the query and the reason; a worker builds the file."""
        self.require(request, ASKS)
        form = ExportForm(request.POST if request.method == "POST" else None)
        if form.is_valid():
            with transaction.atomic():
                export = AuditExport.objects.create(
                    **form.asked(), asked_by_id=request.user.pk, asked_at=clock.now()
                )
                write_down(request, export, f"Asked for the export. Reason: {export.reason}")
                wake_export(export.pk)
            return HttpResponseRedirect(self.page_url("change", export))
        return TemplateResponse(
            request,
            "admin/consent/auditexport/ask.html",
            {
                **self.admin_site.each_context(request),
                "title": "Export the proof",
                "form": form,
                "opts": self.model._meta,
            },
        )

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> Any:
        """Show what was asked for and how far it is."""
        export = self.get_object(request, object_id)
        if export is None or not self.has_view_permission(request, export):
            return super().change_view(request, object_id, form_url, extra_context)
        shown = {**(extra_context or {}), **self._panel(request, export)}
        return super().change_view(request, object_id, form_url, shown)

    def _panel(self, request: HttpRequest, export: AuditExport) -> dict[str, Any]:
        return {
            "export": export,
            "moving": export.state in MOVING,
            "progress_url": self.page_url("progress", export),
            "number": shown_number(request, export.contact) if export.contact else "",
            "last_day": export.until - timedelta(seconds=1) if export.until else None,
            # Consents first; JSON in the database keeps no order
            "counts": [
                (name, f"{rows:,}")
                for name, rows in sorted(
                    export.counts.items(), key=lambda each: (each[0] not in OURS, each[0])
                )
            ],
            "rows_so_far": f"{sum(export.counts.values()):,}",
            "log": written_about(export)[:20],
            "tools": self.tools(request, export),
        }

    def tools(self, request: HttpRequest, record: AuditExport) -> Sequence[Tool]:
        """Offer the file."""
        if record.state == ExportState.READY and request.user.has_perm(TAKES):
            return [Tool("Download", self.page_url("download", record), "primary")]
        return []

    def progress(self, request: HttpRequest, export: AuditExport) -> HttpResponse:
        """Tell how far it is, to the page that asks every second."""
        panel = render_to_string(
            "admin/consent/auditexport/panel.html", self._panel(request, export), request
        )
        return JsonResponse({"panel": panel, "more": export.state in MOVING})

    def download(self, request: HttpRequest, export: AuditExport) -> HttpResponseBase:
        """Hand the file out, and write down to whom."""
        self.require(request, TAKES)
        if export.state != ExportState.READY:
            return HttpResponseRedirect(self.page_url("change", export))
        stored = export.file.open("rb")
        write_down(request, export, f"Downloaded the file, SHA-256 {export.digest}.")
        answer = FileResponse(
            stored,
            as_attachment=True,
            filename=f"audit-export-{export.pk}.zip",
            content_type="application/zip",
        )
        digest = base64.b64encode(bytes.fromhex(export.digest)).decode()
        answer["Content-Digest"] = f"sha-256=:{digest}:"  # RFC 9530
        answer["Cache-Control"] = "no-store"
        return answer
