"""The staff log: who did what, and who looked at whose evidence (P7)."""

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from consent.admin.base import ReadOnlyAdmin
from consent.admin.links import for_reader, may_open
from consent.admin.writing_down import LOOKED, write_down, written_about

__all__ = ["LOOKED", "StaffLogAdmin", "write_down", "written_about"]


@admin.register(LogEntry)
class StaffLogAdmin(ReadOnlyAdmin):
    """Show who did what, and who looked at whose evidence."""

    list_display = ("when", "who", "record", "what")
    list_filter = ("action_time", ("user", admin.RelatedOnlyFieldListFilter))
    list_select_related = ("user", "content_type")
    fields = ("when", "who", "record", "what")

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """Head the list with what staff call it."""
        return super().changelist_view(request, {"title": "Staff log", **(extra_context or {})})

    @admin.display(description="when", ordering="action_time")
    def when(self, entry: LogEntry) -> datetime:
        """Say when."""
        return entry.action_time

    @admin.display(description="who", ordering="user")
    def who(self, entry: LogEntry) -> str:
        """Name the person."""
        return entry.user.get_full_name() or entry.user.get_username()

    @for_reader
    @admin.display(description="to what")
    def record(self, request: HttpRequest, entry: LogEntry) -> SafeString | str:
        """Name the record, and lead there whoever may open it."""
        if entry.content_type is None:
            return entry.object_repr
        kind, called = entry.content_type.name, entry.object_repr
        named = called.casefold().startswith(kind.casefold())
        words = called if named else f"{kind} {called}"
        model = entry.content_type.model_class()
        address = entry.get_admin_url() if model and may_open(request, model) else None
        return format_html('<a href="{}">{}</a>', address, words) if address else words

    @admin.display(description="what")
    def what(self, entry: LogEntry) -> str:
        """Say what was done."""
        return entry.get_change_message() or "Looked"

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let in who may read the log."""
        return bool(request.user.has_perm("admin.view_logentry"))
