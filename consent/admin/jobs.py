"""Pages of work that a worker does and that ends in a file: ask, watch, take it away."""

import base64
from collections.abc import Collection, Sequence
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
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

from consent import clock
from consent.admin.base import ReadOnlyAdmin, Tool
from consent.admin.pills import pill
from consent.admin.staff_log import write_down, written_about


class JobAdmin(ReadOnlyAdmin):
    """Take a question, show how far its answer is, hand the file out; all of it on record.

    Records have `state`, `file`, `digest`, `reason`, `asked_by` and `asked_at`. `asks` and `takes`
    are permissions, `moving` the states of work under way, `templates` the folder of ask.html and
    panel.html, `called` what both and the log call a record.
    """

    asks: str
    takes: str
    moving: Collection[str]
    ready: str
    templates: str
    called: str
    take_label = "Download"
    content_type: str
    pages = {"progress": "progress", "download": "download"}
    change_form_template = "admin/job.html"
    fields = ("reason",)

    def question(self, request: HttpRequest) -> tuple[str, forms.Form, dict[str, Any]]:
        """Return the title of the asking page, its form, and what else it shows.

        The form's `asked()` returns the fields of a new record.
        """
        raise NotImplementedError

    def made(self, record: Any, form: Any) -> None:
        """Keep what the question says beside the record's own fields."""

    def may_take(self, request: HttpRequest, record: Any) -> bool:
        """Say whether this person may take the file away."""
        return bool(request.user.has_perm(self.takes))

    def wake(self, record: Any) -> None:
        """Wake a worker once the record is committed."""
        raise NotImplementedError

    def shown(self, request: HttpRequest, record: Any) -> dict[str, Any]:
        """Return what the panel shows besides what all panels do."""
        raise NotImplementedError

    def file_name(self, record: Any) -> str:
        """Name the file as people download it."""
        raise NotImplementedError

    @admin.display(description="state", ordering="state")
    def how_far(self, record: Any) -> str:
        """Show the state."""
        return pill(record.state)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Let in who may ask."""
        return bool(request.user.has_perm(self.asks))

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Take the question and the reason; a worker answers it."""
        self.require(request, self.asks)
        title, form, more = self.question(request)
        if form.is_valid():
            with transaction.atomic():
                record = self.model._default_manager.create(
                    **form.asked(),  # type: ignore[attr-defined]
                    asked_by_id=request.user.pk,
                    asked_at=clock.now(),
                )
                self.made(record, form)
                said = f"Asked for the {self.called}. Reason: {record.reason}"
                write_down(request, record, said)
                self.wake(record)
            return HttpResponseRedirect(self.page_url("change", record))
        return TemplateResponse(
            request,
            f"{self.templates}/ask.html",
            {
                **self.admin_site.each_context(request),
                "title": title,
                "form": form,
                "opts": self.model._meta,
                **more,
            },
        )

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> Any:
        """Show what was asked, how far it is, and what came out."""
        record = self.get_object(request, object_id)
        if record is None or not self.has_view_permission(request, record):
            return super().change_view(request, object_id, form_url, extra_context)
        shown = {**(extra_context or {}), **self._panel(request, record)}
        return super().change_view(request, object_id, form_url, shown)

    def _panel(self, request: HttpRequest, record: Any) -> dict[str, Any]:
        return {
            "job": record,
            self.called: record,
            "panel": f"{self.templates}/panel.html",
            "moving": record.state in self.moving,
            "progress_url": self.page_url("progress", record),
            "log": written_about(record)[:20],
            "tools": self.tools(request, record),
            **self.shown(request, record),
        }

    def tools(self, request: HttpRequest, record: Any) -> Sequence[Tool]:
        """Offer the file."""
        if record.state == self.ready and self.may_take(request, record):
            return [Tool(self.take_label, self.page_url("download", record), "primary")]
        return []

    def progress(self, request: HttpRequest, record: Any) -> HttpResponse:
        """Tell how far it is, to the page that asks every second."""
        context = self._panel(request, record)
        panel = render_to_string(context["panel"], context, request=request)
        return JsonResponse({"panel": panel, "status": record.state, "more": context["moving"]})

    def download(self, request: HttpRequest, record: Any) -> HttpResponseBase:
        """Hand the file out, and write down to whom."""
        if not self.may_take(request, record):
            raise PermissionDenied
        if record.state != self.ready:
            return HttpResponseRedirect(self.page_url("change", record))
        stored = record.file.open("rb")
        write_down(request, record, f"Downloaded the file, SHA-256 {record.digest}.")
        answer = FileResponse(
            stored,
            as_attachment=True,
            filename=self.file_name(record),
            content_type=self.content_type,
        )
        digest = base64.b64encode(bytes.fromhex(record.digest)).decode()
        answer["Content-Digest"] = f"sha-256=:{digest}:"  # RFC 9530
        answer["Cache-Control"] = "no-store"
        return answer
