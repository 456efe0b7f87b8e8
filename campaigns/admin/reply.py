"""Replies, and the queue of those that a person must read."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.text import Truncator

from campaigns import staff_answers
from campaigns.admin.clock_pages import ClockPages
from campaigns.admin.inbox import ANSWERS, InboxPages
from campaigns.admin.reply_answer import answer_page
from campaigns.models import Reply
from campaigns.vocabulary import MessageKind, ReplyState
from consent.admin.base import ReadOnlyAdmin, ShowsNumbers, Tool
from consent.admin.pills import pill
from consent.admin.serious import Refused, SeriousAction, ask

SETTLES = "campaigns.settle_reply"


@admin.register(Reply)
class ReplyAdmin(InboxPages, ClockPages, ShowsNumbers, ReadOnlyAdmin):
    """Show what people wrote, and let staff settle what the software could not."""

    pages = {"answer": "answer", "settle": "settle"}
    change_list_template = "admin/campaigns/reply/list.html"
    list_display = (
        "status",
        "masked_number",
        "words",
        "meaning",
        "received_at",
        "settled_by",
    )
    list_display_links = ("words",)
    list_filter = ("state", "meaning", "received_at")
    list_select_related = ("contact", "settled_by")
    change_form_template = "admin/campaigns/reply/read.html"
    fieldsets = (
        (
            "What it is",
            {
                "fields": (
                    "contact",
                    "origination_number",
                    "destination",
                    "received_at",
                    "published_at",
                    "meaning",
                    "rule",
                )
            },
        ),
        ("What became of it", {"fields": ("settled_by", "settled_at", "settled_note")}),
    )

    def shown_with(self, request: HttpRequest, record: Reply) -> dict[str, Any]:
        """Show the words and what we answered above the facts."""
        return {"reply": record, "answers": record.answers.select_related("campaign")}

    def tools(self, request: HttpRequest, record: Reply) -> list[Tool]:
        """Offer to answer, and to settle what waits."""
        found = []
        number = record.origination_number
        if number and number.live and request.user.has_perm(ANSWERS) and not _answered(record):
            found.append(Tool("Answer", self.page_url("answer", record)))
        if record.state == ReplyState.NEEDS_PERSON and request.user.has_perm(SETTLES):
            found.append(Tool("Settle", self.page_url("settle", record), "primary"))
        return found

    def answer(self, request: HttpRequest, reply: Reply) -> HttpResponse:
        """Send one text back."""
        self.require(request, ANSWERS)
        return answer_page(request, self, reply)

    def settle(self, request: HttpRequest, reply: Reply) -> HttpResponse:
        """Mark a reply as read by a person, with a note."""
        self.require(request, SETTLES)

        def act(given: dict[str, Any]) -> str:
            try:
                row = staff_answers.settle(reply, by=request.user, note=given["reason"])
            except staff_answers.CannotSettle as fault:
                raise Refused(str(fault)) from fault
            return f"Reply #{row.pk} is settled."

        return ask(
            request,
            self,
            reply,
            SeriousAction(
                title=f"Settle reply #{reply.pk}?",
                button="Settle it",
                effects=[
                    "It leaves the queue of replies that wait for a person.",
                    (
                        "Nobody is texted, and no consent changes. If the person wants no more "
                        "texts, record an opt-out in their file first."
                    ),
                ],
                shown=[("They wrote", reply.body)],
                act=act,
                may=reply.state == ReplyState.NEEDS_PERSON,
                why_not="It does not wait for anybody.",
            ),
        )

    @admin.display(description="state", ordering="state")
    def status(self, reply: Reply) -> str:
        """Show whether it waits."""
        return pill(reply.state)

    @admin.display(description="they wrote")
    def words(self, reply: Reply) -> str:
        """Show how it begins."""
        return Truncator(reply.body).chars(80)


def _answered(reply: Reply) -> bool:
    return reply.answers.filter(kind=MessageKind.ANSWER).exists()
