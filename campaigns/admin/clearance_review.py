"""Clearance reviews: ask what another rulebook says, watch it work, read the answer."""

import base64
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

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

from campaigns.admin.review_chart import turns_chart
from campaigns.admin.review_forms import LookBackForm, WhatIfForm
from campaigns.models import ClearanceReview
from campaigns.reviews import UNDER_WAY
from campaigns.rulebook.changes import read_change
from campaigns.tasks import wake_review
from campaigns.vocabulary import ReviewKind, ReviewState
from consent import clock
from consent.admin.base import ReadOnlyAdmin, Tool
from consent.admin.pills import pill
from consent.admin.staff_log import write_down, written_about

ASKS = "campaigns.add_clearancereview"
TAKES = "campaigns.download_clearancereview"
FORMS = {ReviewKind.LOOK_BACK: LookBackForm, ReviewKind.WHAT_IF: WhatIfForm}
TITLES = {
    ReviewKind.LOOK_BACK: "Look back",
    ReviewKind.WHAT_IF: "What if",
}
TEMPLATES = "admin/campaigns/clearancereview/"


@admin.register(ClearanceReview)
class ClearanceReviewAdmin(ReadOnlyAdmin):
    """Show which rulebooks were asked about, by whom and why, and what came out."""

    pages = {"progress": "progress", "download": "download"}
    change_form_template = TEMPLATES + "review.html"
    list_display = ("asked_for", "how_far", "found", "looked_at", "reason", "asked_by", "asked_at")
    list_filter = ("kind", "state", "asked_at")
    list_select_related = ("asked_by",)
    fields = ("reason",)

    @admin.display(description="review", ordering="pk")
    def asked_for(self, review: ClearanceReview) -> str:
        """Name the review."""
        return str(review)

    @admin.display(description="state", ordering="state")
    def how_far(self, review: ClearanceReview) -> str:
        """Show the state."""
        return pill(review.state)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Let in who may ask."""
        return bool(request.user.has_perm(ASKS))

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Take the question; a worker answers it."""
        self.require(request, ASKS)
        kind = ReviewKind.LOOK_BACK
        if request.GET.get("kind") == ReviewKind.WHAT_IF:
            kind = ReviewKind.WHAT_IF
        form = FORMS[kind](request.POST if request.method == "POST" else None)
        if form.is_valid():
            with transaction.atomic():
                review = ClearanceReview.objects.create(
                    **form.asked(), asked_by_id=request.user.pk, asked_at=clock.now()
                )
                write_down(request, review, f"Asked for the review. Reason: {review.reason}")
                wake_review(review.pk)
            return HttpResponseRedirect(self.page_url("change", review))
        return TemplateResponse(
            request,
            TEMPLATES + "ask.html",
            {
                **self.admin_site.each_context(request),
                "title": TITLES[kind],
                "form": form,
                "kind": kind.value,
                "opts": self.model._meta,
            },
        )

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> Any:
        """Show what was asked, how far it is, and what was found."""
        review = self.get_object(request, object_id)
        if review is None or not self.has_view_permission(request, review):
            return super().change_view(request, object_id, form_url, extra_context)
        shown = {**(extra_context or {}), **self._panel(request, review)}
        return super().change_view(request, object_id, form_url, shown)

    def _panel(self, request: HttpRequest, review: ClearanceReview) -> dict[str, Any]:
        total = review.total or 0
        return {
            "review": review,
            "looks_back": review.kind == ReviewKind.LOOK_BACK,
            "moving": review.state in UNDER_WAY,
            "progress_url": self.page_url("progress", review),
            "share": min(100, 100 * review.looked_at // total) if total else 0,
            "changes": [str(read_change(each)) for each in review.changes],
            "last_day": review.until - timedelta(seconds=1) if review.until else None,
            "chart": turns_chart(review.counts),
            "log": written_about(review)[:20],
            "tools": self.tools(request, review),
        }

    def tools(self, request: HttpRequest, record: ClearanceReview) -> Sequence[Tool]:
        """Offer the file."""
        if record.state == ReviewState.READY and request.user.has_perm(TAKES):
            return [Tool("Download all found", self.page_url("download", record), "primary")]
        return []

    def progress(self, request: HttpRequest, review: ClearanceReview) -> HttpResponse:
        """Tell how far it is, to the page that asks every second."""
        panel = render_to_string(
            TEMPLATES + "panel.html", self._panel(request, review), request=request
        )
        return JsonResponse({"panel": panel, "status": review.state})

    def download(self, request: HttpRequest, review: ClearanceReview) -> HttpResponseBase:
        """Hand the file out, and write down to whom."""
        self.require(request, TAKES)
        if review.state != ReviewState.READY:
            return HttpResponseRedirect(self.page_url("change", review))
        stored = review.file.open("rb")
        write_down(request, review, f"Downloaded the file, SHA-256 {review.digest}.")
        answer = FileResponse(
            stored,
            as_attachment=True,
            filename=f"clearance-review-{review.pk}.csv",
            content_type="text/csv; charset=utf-8",
        )
        digest = base64.b64encode(bytes.fromhex(review.digest)).decode()
        answer["Content-Digest"] = f"sha-256=:{digest}:"  # RFC 9530
        answer["Cache-Control"] = "no-store"
        return answer
