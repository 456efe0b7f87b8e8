"""Clearance reviews: ask what another rulebook says, watch it work, read the answer."""

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from campaigns.admin.review_chart import turns_chart
from campaigns.admin.review_forms import LookBackForm, WhatIfForm
from campaigns.models import ClearanceReview
from campaigns.reviews import UNDER_WAY
from campaigns.rulebook.changes import read_change
from campaigns.tasks import wake_review
from campaigns.vocabulary import ReviewKind, ReviewState
from consent.admin.jobs import JobAdmin
from consent.admin.lists import person

FORMS = {ReviewKind.LOOK_BACK: LookBackForm, ReviewKind.WHAT_IF: WhatIfForm}
TITLES = {
    ReviewKind.LOOK_BACK: "Look back",
    ReviewKind.WHAT_IF: "What if",
}


@admin.register(ClearanceReview)
class ClearanceReviewAdmin(JobAdmin):
    """Show which rulebooks were asked about, by whom and why, and what came out."""

    nothing = "Nobody has asked for a review yet."
    add_words = "Ask for a review"
    asks = "campaigns.add_clearancereview"
    takes = "campaigns.download_clearancereview"
    moving = UNDER_WAY
    ready = ReviewState.READY
    templates = "admin/campaigns/clearancereview"
    called = "review"
    take_label = "Download all found"
    content_type = "text/csv; charset=utf-8"
    list_display = (
        "asked_for",
        "how_far",
        "found",
        "looked_at",
        "reason",
        person("asked_by"),
        "asked_at",
    )
    list_filter = ("kind", "state", "asked_at")
    list_select_related = ("asked_by",)

    @admin.display(description="review", ordering="pk")
    def asked_for(self, review: ClearanceReview) -> str:
        """Name the review."""
        return str(review)

    def question(self, request: HttpRequest) -> tuple[str, forms.Form, dict[str, Any]]:
        """Look back, unless the address says what if."""
        asked = request.GET.get("kind") == ReviewKind.WHAT_IF
        kind = ReviewKind.WHAT_IF if asked else ReviewKind.LOOK_BACK
        form = FORMS[kind](request.POST if request.method == "POST" else None)
        return TITLES[kind], form, {"kind": kind.value}

    def wake(self, record: ClearanceReview) -> None:
        """Wake the worker that answers."""
        wake_review(record.pk)

    def shown(self, request: HttpRequest, record: ClearanceReview) -> dict[str, Any]:
        """Show the question, the counts and their chart."""
        total = record.total or 0
        return {
            "looks_back": record.kind == ReviewKind.LOOK_BACK,
            "share": min(100, 100 * record.looked_at // total) if total else 0,
            "changes": [str(read_change(each)) for each in record.changes],
            "last_day": record.until - timedelta(seconds=1) if record.until else None,
            "chart": turns_chart(record.counts),
        }

    def file_name(self, record: ClearanceReview) -> str:
        """Name the file by the review."""
        return f"clearance-review-{record.pk}.csv"
