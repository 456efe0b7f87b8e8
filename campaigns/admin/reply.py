"""Replies, and the queue of those that a person must read."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils.text import Truncator

from campaigns import second_look, staff_answers, tasks
from campaigns.admin.clock_pages import ClockPages
from campaigns.admin.inbox import ANSWERS, InboxPages
from campaigns.admin.reply_answer import answer_page
from campaigns.models import Reply
from campaigns.staff_answers import may_settle
from campaigns.vocabulary import Meaning, MessageKind, ReplyState, Verdict
from consent.admin.base import ReadOnlyAdmin, ShowsNumbers, Tool
from consent.admin.lists import person
from consent.admin.pills import pill
from consent.admin.serious import Refused, SeriousAction, ask

SETTLES = "campaigns.settle_reply"


@admin.register(Reply)
class ReplyAdmin(InboxPages, ClockPages, ShowsNumbers, ReadOnlyAdmin):
    """Show what people wrote, and let staff settle what the software could not."""

    nothing = "Nobody has written to us yet."
    pages = {"confirm": "confirm", "lift": "lift", "answer": "answer", "settle": "settle"}
    change_list_template = "admin/campaigns/reply/list.html"
    list_display = (
        "status",
        "masked_number",
        "words",
        "meaning",
        "received_at",
        person("settled_by"),
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
        (
            "What became of it",
            {"fields": ("verdict", person("settled_by"), "settled_at", "settled_note")},
        ),
    )

    def shown_with(self, request: HttpRequest, record: Reply) -> dict[str, Any]:
        """Show the words and what we answered above the facts."""
        return {"reply": record, "answers": record.answers.select_related("campaign")}

    def tools(self, request: HttpRequest, record: Reply) -> list[Tool]:
        """Offer to decide, answer and settle, as far as the reply and the role allow."""
        return [*self._decisions(request, record), *self._answers(request, record)]

    def effect_on(self, page: str, reply: Reply) -> str:
        """Say what a reply bars, where a decision is about that."""
        return _barred(reply) if page in {"confirm", "lift"} else ""

    def _decisions(self, request: HttpRequest, record: Reply) -> list[Tool]:
        if not request.user.has_perm(SETTLES):
            return []
        found = []
        if _may_confirm(record):
            tone = "primary" if record.meaning == Meaning.PROBABLY_STOP else ""
            url = self.page_url("confirm", record)
            found.append(Tool("It is a revocation", url, tone))
        if _may_lift(record):
            found.append(Tool("It is none: lift", self.page_url("lift", record)))
        if may_settle(record):
            found.append(Tool("Settle", self.page_url("settle", record), "primary"))
        return found

    def _answers(self, request: HttpRequest, record: Reply) -> list[Tool]:
        number = record.origination_number
        if not (number and number.live and request.user.has_perm(ANSWERS)) or _answered(record):
            return []
        return [Tool("Answer", self.page_url("answer", record))]

    def answer(self, request: HttpRequest, reply: Reply) -> HttpResponse:
        """Send one text back."""
        self.require(request, ANSWERS)
        return answer_page(request, self, reply)

    def confirm(self, request: HttpRequest, reply: Reply) -> HttpResponse:
        """Take a reply for a revocation."""
        self.require(request, SETTLES)

        def act(given: dict[str, Any]) -> str:
            try:
                row = second_look.confirm(reply, _pk(request), given["reason"])
            except second_look.AlreadyDecided as fault:
                raise Refused(str(fault)) from fault
            if row.origination_number_id:
                tasks.wake(row.origination_number_id)
            return f"Reply #{row.pk} is a revocation."

        return ask(
            request,
            self,
            reply,
            SeriousAction(
                title=f"Take reply #{reply.pk} for a revocation?",
                button="It is a revocation",
                effects=[
                    _barred(reply),
                    "The person is opted out of what it means, as of when it came in.",
                    "They are told so once, if it came in within the last 5 minutes.",
                    "Lifting it later corrects the opt-out; the ledger keeps both.",
                ],
                shown=[("They wrote", reply.body)],
                act=act,
                danger=True,
                may=_may_confirm(reply),
                why_not="It was acted on, or taken for a revocation, already.",
            ),
        )

    def lift(self, request: HttpRequest, reply: Reply) -> HttpResponse:
        """Take a reply for no revocation."""
        self.require(request, SETTLES)

        def act(given: dict[str, Any]) -> str:
            try:
                row = second_look.lift(reply, _pk(request), given["reason"])
            except second_look.AlreadyDecided as fault:
                raise Refused(str(fault)) from fault
            return f"What reply #{row.pk} barred is lifted."

        return ask(
            request,
            self,
            reply,
            SeriousAction(
                title=f"Lift what reply #{reply.pk} barred?",
                button="Lift it",
                effects=[
                    _barred(reply),
                    "Where the person is opted in, texts reach them again.",
                    "Suppressions that others set, and other opt-outs, stay.",
                ],
                shown=[("They wrote", reply.body)],
                act=act,
                may=_may_lift(reply),
                why_not="It bars nothing.",
            ),
        )

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
                may=may_settle(reply),
                why_not="It may be a revocation: confirm it or lift it."
                if reply.state == ReplyState.NEEDS_PERSON
                else "It does not wait for anybody.",
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


def _may_confirm(reply: Reply) -> bool:
    decided = reply.state == ReplyState.ACTED or reply.verdict == Verdict.CONFIRMED
    return not decided and reply.origination_number_id is not None


def _may_lift(reply: Reply) -> bool:
    if reply.origination_number_id is None or reply.verdict == Verdict.LIFTED:
        return False
    return reply.verdict == Verdict.CONFIRMED or reply.meaning == Meaning.PROBABLY_STOP


def _barred(reply: Reply) -> str:
    """Say in numbers and names what a reply bars at present."""
    topics = second_look.barred_by(reply)
    names = ", ".join(str(topic) if topic else "everything" for topic in topics)
    return f"It bars {len(topics)} topic{'s'[: len(topics) != 1]} at present: {names or 'none'}."


def _pk(request: HttpRequest) -> int:
    pk = request.user.pk
    if pk is None:
        raise PermissionDenied
    return int(pk)
