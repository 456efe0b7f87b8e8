"""The ledger and what it amounts to: read, never written by hand."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase

from consent.admin.base import ReadOnlyAdmin, ShowsNumbers, Tool
from consent.admin.filters import TopicFilter
from consent.admin.lists import person
from consent.admin.pills import pill
from consent.admin.staff_log import LOOKED, write_down
from consent.grounds import SOFT_FACTS
from consent.models import Contact, Evidence, OptInEvent, Subscription, Suppression


@admin.register(OptInEvent)
class OptInEventAdmin(ShowsNumbers, ReadOnlyAdmin):
    """Show what happened to consents."""

    list_display = (
        "id",
        "happened",
        "masked_number",
        "about",
        "source",
        "occurred_at",
        person("recorded_by"),
    )
    list_display_links = ("id", "happened")
    ordering = ("-pk",)
    list_filter = ("kind", "source", ("topic", TopicFilter), "occurred_at")
    list_select_related = ("contact", "topic__brand", "recorded_by")
    fields = (
        "happened",
        "contact",
        "about",
        "source",
        "legal_basis",
        "implied_by",
        "implied_on",
        *SOFT_FACTS,
        "occurred_at",
        "recorded_at",
        person("recorded_by"),
        "disclosure",
        "contact_import",
        "corrects",
        "expires_at",
        "note",
    )

    @admin.display(description="what happened", ordering="kind")
    def happened(self, event: OptInEvent) -> str:
        """Show the kind."""
        return pill(event.kind)

    @admin.display(description="topic")
    def about(self, event: OptInEvent) -> str:
        """Name the topic, or say that it concerns all."""
        return str(event.topic) if event.topic else "Everything"


@admin.register(Evidence)
class EvidenceAdmin(ShowsNumbers, ReadOnlyAdmin):
    """Show what people saw, said and sent; looking is written down."""

    pages = {"file": "file"}
    exportable = False  # looking is written down a person; the audit export is the way
    list_display = ("event", "masked_number", "kept", "recorded_at")
    list_filter = ("recorded_at",)
    list_select_related = ("event__contact", "event__disclosure")
    fields = (
        "event",
        "words",
        "words_received",
        "page",
        "form_fields",
        "list_row",
        "ip_address",
        "user_agent",
        "file_digest",
        "recorded_at",
    )

    def contact_of(self, row: Evidence) -> Contact:
        """Return whose evidence it is."""
        return row.event.contact

    def get_queryset(self, request: HttpRequest) -> QuerySet[Evidence]:
        """Leave the texts unread for lists."""
        rows: QuerySet[Evidence] = super().get_queryset(request)
        return rows.order_by("-pk")

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> Any:
        """Write down who looked."""
        found = self.get_object(request, object_id)
        if found is not None and self.has_view_permission(request, found):
            write_down(request, found.event.contact, LOOKED)
        return super().change_view(request, object_id, form_url, extra_context)

    def tools(self, request: HttpRequest, record: Evidence) -> Sequence[Tool]:
        """Offer the file, if there is one."""
        return [Tool("Download the file", self.page_url("file", record))] if record.file else []

    def file(self, request: HttpRequest, kept: Evidence) -> HttpResponseBase:
        """Hand the file out, never to be opened on our own site, and write down to whom."""
        back = self.page_url("change", kept)
        try:
            stored = kept.file.open("rb")
        except (FileNotFoundError, ValueError):
            messages.error(request, "No file is kept with this evidence.")
            return HttpResponseRedirect(back)
        write_down(request, kept.event.contact, f"Downloaded the file of event #{kept.pk}")
        answer = FileResponse(
            stored,
            as_attachment=True,
            filename=f"evidence-{kept.pk}{Path(kept.file.name or '').suffix}",
            content_type="application/octet-stream",
        )
        answer["Cache-Control"] = "no-store"
        return answer

    @admin.display(description="words shown")
    def words(self, row: Evidence) -> str:
        """Return what the person saw."""
        return row.words or "-"

    @admin.display(description="holds")
    def kept(self, row: Evidence) -> str:
        """Name the parts that are kept."""
        parts = {
            "words shown": row.words,
            "words received": row.words_received,
            "form": row.form_fields,
            "row of a list": row.list_row,
            "file": row.file,
        }
        return ", ".join(name for name, value in parts.items() if value) or "nothing personal"


@admin.register(Subscription)
class SubscriptionAdmin(ShowsNumbers, ReadOnlyAdmin):
    """Show how people stand."""

    list_display = ("masked_number", "about", "stands", "since", "legal_basis", "confirmed")
    list_filter = ("standing", ("topic", TopicFilter), "confirmed")
    list_select_related = ("contact", "topic__brand")
    ordering = ("-pk",)
    fields = (
        "contact",
        "about",
        "stands",
        "since",
        "legal_basis",
        "confirmed",
        "authorised_by",
        "requested_by",
        "opted_out_by",
    )

    @admin.display(description="standing", ordering="standing")
    def stands(self, row: Subscription) -> str:
        """Show the standing."""
        return pill(row.standing)

    @admin.display(description="topic")
    def about(self, row: Subscription) -> str:
        """Name the topic, or say that it stands for all others."""
        return str(row.topic) if row.topic else "Everything else"


@admin.register(Suppression)
class SuppressionAdmin(ShowsNumbers, ReadOnlyAdmin):
    """Show who must not be texted whatever they agreed to."""

    list_display = ("masked_number", "about", "reason", "since", "expires_at")
    list_filter = (("topic", TopicFilter), "since")
    list_select_related = ("contact", "topic__brand")
    ordering = ("-pk",)
    fields = ("contact", "about", "reason", "since", "expires_at", "event")

    @admin.display(description="topic")
    def about(self, row: Suppression) -> str:
        """Name the topic, or say that it bars all."""
        return str(row.topic) if row.topic else "Everything"
