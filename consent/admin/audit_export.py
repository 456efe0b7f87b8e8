"""Audit exports: ask for one, watch it being built, take it away; all of it on record."""

import secrets
from collections.abc import Iterable
from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from consent import audit_query, audit_sheets
from consent.admin.base import SEES_WHOLE, shown_number
from consent.admin.jobs import JobAdmin
from consent.admin.lists import person
from consent.audit_people import People, Unreadable, add_people, people_of
from consent.models import AuditExport, Brand, Topic
from consent.tasks import wake_export
from consent.vocabulary import ExportState

OURS = {sheet.name for sheet in audit_sheets.SHEETS}
MOVING = {ExportState.QUEUED, ExportState.RUNNING}
DAY = forms.DateInput(attrs={"type": "date"})


class ExportForm(forms.Form):
    """Take the query; posted only, so that no address ever holds the number (P10)."""

    number = forms.CharField(
        label="Phone numbers",
        max_length=20_000,
        required=False,
        help_text="One a line, in any spelling. Empty: everybody.",
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off", "spellcheck": "false"}),
    )
    numbers_file = forms.FileField(
        label="Or a file of numbers",
        required=False,
        help_text="Text, one number a line, with or without a header; at most 100,000.",
    )
    topics = forms.ModelMultipleChoiceField(
        Topic.objects.select_related("brand"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="What is about any of these. None ticked: every topic.",
    )
    brands = forms.ModelMultipleChoiceField(
        Brand.objects.all(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="What is of any of these. None ticked: every brand.",
    )
    since = forms.DateField(label="From", required=False, widget=DAY, help_text="This day on.")
    until = forms.DateField(
        label="To", required=False, widget=DAY, help_text="This day and no later."
    )
    sample = forms.IntegerField(
        label="Random sample",
        required=False,
        min_value=1,
        max_value=10_000,
        help_text="Only the people of so many opt-ins, drawn at random from all of the above.",
    )
    seed = forms.CharField(
        required=False,
        max_length=32,
        help_text="To draw a sample again: the seed of that export. Empty: a new one.",
    )
    with_workbook = forms.BooleanField(
        label="Also as an Excel workbook",
        required=False,
        initial=True,
        help_text="Takes longer than all the rest where there are many rows.",
    )
    reason = forms.CharField(
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Who asked, and for what. Kept with the export, with your name.",
    )

    whole = True
    people: People | None = None

    def clean(self) -> dict[str, Any]:
        """Refuse dates that leave nothing between them."""
        said: dict[str, Any] = super().clean() or {}
        since, until = said.get("since"), said.get("until")
        if since and until and until < since:
            self.add_error("until", "This day lies before the first one.")
        file, typed = said.get("numbers_file"), said.get("number")
        if file and typed:
            self.add_error("numbers_file", "Type numbers or give a file, not both.")
        elif file or typed:
            self._find("numbers_file" if file else "number", file or str(typed).splitlines())
        return said

    def _find(self, name: str, lines: Iterable[str | bytes]) -> None:
        try:
            self.people = people_of(
                (line.decode("utf-8-sig") if isinstance(line, bytes) else line for line in lines),
                of_file=name == "numbers_file",
            )
        except Unreadable as fault:
            self.add_error(name, str(fault))
        except UnicodeDecodeError:
            self.add_error(name, "This is no text in UTF-8.")

    def asked(self) -> dict[str, Any]:
        """Return the query as an export keeps it; days are those of the display zone."""
        said = self.cleaned_data
        until = said["until"]
        people = self.people
        one = people is not None and len(people.found) == 1 and not people.unknown
        return {
            "contact_id": next(iter(people.found)) if people and one else None,
            "several": people is not None and not one,
            "unknown": people.unknown if people else 0,
            "sample": said["sample"],
            "seed": (said["seed"] or secrets.token_hex(8)) if said["sample"] else "",
            "masked": not self.whole,
            "with_workbook": said["with_workbook"],
            "since": _midnight(said["since"]),
            "until": _midnight(until + timedelta(days=1)) if until else None,
            "reason": said["reason"],
        }


def _midnight(day: Any) -> datetime | None:
    return timezone.make_aware(datetime.combine(day, time())) if day else None


class AuditExportAdmin(JobAdmin):
    """Show which records were handed out, to whom, when and why."""

    nothing = "Nobody has asked for an audit export yet."
    add_words = "Export the proof"
    asks = "consent.add_auditexport"
    takes = "consent.download_auditexport"
    moving = MOVING
    ready = ExportState.READY
    templates = "admin/consent/auditexport"
    called = "export"
    content_type = "application/zip"
    list_display = ("asked_for", "how_far", "about", "reason", person("asked_by"), "asked_at")
    list_filter = ("state", "asked_at")
    list_select_related = ("asked_by", "contact")
    form_class = ExportForm

    @admin.display(description="export", ordering="pk")
    def asked_for(self, export: AuditExport) -> str:
        """Name the export."""
        return str(export)

    @admin.display(description="about")
    def about(self, export: AuditExport) -> str:
        """Say what was asked for, the number masked."""
        parts = (
            str(export.contact or ""),
            audit_query.either([str(topic) for topic in export.topics.all()]),
            audit_query.either([brand.name for brand in export.brands.all()]),
            audit_query.either(sorted(export.sent_from.values())),
        )
        return ", ".join(part for part in parts if part)

    def get_queryset(self, request: HttpRequest) -> QuerySet[AuditExport]:
        """Fetch what all rows are about at once."""
        exports: QuerySet[AuditExport] = super().get_queryset(request)
        return exports.prefetch_related("topics__brand", "brands")

    def question(self, request: HttpRequest) -> tuple[str, forms.Form, dict[str, Any]]:
        """Ask whose records, of which time, and why."""
        posted = request.method == "POST"
        form = self.form_class(request.POST if posted else None, request.FILES if posted else None)
        form.whole = request.user.has_perm(SEES_WHOLE)
        return "Export the proof", form, {"whole": form.whole}

    def made(self, record: AuditExport, form: Any) -> None:
        """Keep whom and what it is about."""
        record.topics.set(form.cleaned_data["topics"])
        record.brands.set(form.cleaned_data["brands"])
        if record.several:
            add_people(record, form.people)

    def may_take(self, request: HttpRequest, record: AuditExport) -> bool:
        """Hand whole numbers only to those who may see them."""
        whole = record.masked or request.user.has_perm(SEES_WHOLE)
        return whole and super().may_take(request, record)

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
            "people": record.people.count() if record.several else 0,
            "topics": audit_query.topics_of(record),
            "brands": audit_query.brands_of(record),
            "numbers": audit_query.numbers_of(record),
            "carried": audit_query.carried_by(record),
            "rows_so_far": f"{sum(record.counts.values()):,}",
        }

    def file_name(self, record: AuditExport) -> str:
        """Name the file by the export."""
        return f"audit-export-{record.pk}.zip"
