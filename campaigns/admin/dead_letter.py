"""What came in and could not be read: staff try it again, or give it up."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from campaigns import dead_letters, tasks
from campaigns.models import DeadLetter
from campaigns.vocabulary import DeadLetterState, InboundRoad
from consent.admin.base import ReadOnlyAdmin, Tool
from consent.admin.lists import person
from consent.admin.pills import pill
from consent.admin.serious import Refused, SeriousAction, ask
from consent.admin.staff_log import write_down, written_about

READS = "campaigns.read_deadletter"
SETTLES = "campaigns.settle_deadletter"
ROADS = {InboundRoad.SQS: "SQS queue", InboundRoad.HTTPS: "HTTPS endpoint"}
GONE = "Somebody has settled it already."


class RoadFilter(admin.SimpleListFilter):
    """Name the roads as the list does."""

    title = "road"
    parameter_name = "road"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Offer every road."""
        return [(road.value, words) for road, words in ROADS.items()]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        """Keep those that came by the road asked for."""
        return queryset.filter(road=self.value()) if self.value() in set(ROADS) else queryset


@admin.register(DeadLetter)
class DeadLetterAdmin(ReadOnlyAdmin):
    """Show what could not be taken and why; what it holds only to those who may read it."""

    nothing = "Everything that came in could be read."
    export_leaves_out = ("payload",)  # read by few, and written down
    pages = {"read": "read", "retry": "retry", "dismiss": "dismiss"}
    list_display = (
        "letter",
        "status",
        "reason",
        "came_by",
        "arrived_at",
        "tries",
        person("settled_by"),
    )
    list_filter = ("state", RoadFilter, "arrived_at")
    list_select_related = ("settled_by",)
    fieldsets = (
        (
            None,
            {
                "fields": (
                    *("status", "reason", "came_by", "reference", "arrived_at"),
                    *("tries", "tried_at", person("settled_by"), "settled_at"),
                ),
                "description": "Amazon delivered something that is no text as it sends them. Read "
                "it first: if somebody wants no more texts, record that in their contact file, "
                "then dismiss this. Try again once the software was mended.",
            },
        ),
    )

    def tools(self, request: HttpRequest, record: DeadLetter) -> Sequence[Tool]:
        """Offer what may be done while it waits."""
        if record.state != DeadLetterState.WAITING:
            return []
        found = []
        if request.user.has_perm(SETTLES):
            found.append(Tool("Try again", self.page_url("retry", record), "primary"))
        if request.user.has_perm(READS):
            found.append(Tool("Read it", self.page_url("read", record)))
        if request.user.has_perm(SETTLES):
            found.append(Tool("Dismiss", self.page_url("dismiss", record), "danger"))
        return found

    def read(self, request: HttpRequest, letter: DeadLetter) -> HttpResponse:
        """Show what it holds, and write down who read it."""
        self.require(request, READS)
        if request.method == "GET":
            write_down(request, letter, "Read what it holds.")
        return TemplateResponse(
            request,
            "admin/campaigns/deadletter/read.html",
            {
                **self.admin_site.each_context(request),
                "title": f"What {letter} holds",
                "letter": letter,
                "back": self.page_url("change", letter),
                "log": written_about(letter)[:20],
                "opts": self.model._meta,
            },
        )

    def retry(self, request: HttpRequest, letter: DeadLetter) -> HttpResponse:
        """Take it as if it came now."""
        self.require(request, SETTLES)
        staff = request.user
        assert staff.is_authenticated  # the admin lets nobody else in

        def act(given: dict[str, Any]) -> str:
            try:
                reply = dead_letters.retry(letter.pk, by=staff)
            except dead_letters.Settled:
                raise Refused(GONE) from None
            except dead_letters.StillDead as fault:
                raise Refused(f"It still cannot be taken: {fault}. The try is counted.") from None
            if reply is None:
                return f"{letter} is taken: it came from nobody's phone, so nothing was done."
            if reply.origination_number_id is not None:
                tasks.wake(reply.origination_number_id)
            return f"{letter} is taken: it is {reply} now."

        return ask(
            request,
            self,
            letter,
            SeriousAction(
                title=f"Try {letter} again?",
                button="Try again",
                effects=[
                    (
                        f"It has been tried {letter.tries} time{'s'[: letter.tries > 1]}; "
                        f"the last time: {letter.reason}."
                    ),
                    (
                        "If it can be read now, it is acted on like any reply: a STOP in it opts "
                        "out, and the person may get the one text that answers it."
                    ),
                    "If it was taken before, nothing happens twice.",
                    "If it still cannot be read, it stays here.",
                ],
                act=act,
                may=letter.state == DeadLetterState.WAITING,
                why_not=GONE,
            ),
        )

    def dismiss(self, request: HttpRequest, letter: DeadLetter) -> HttpResponse:
        """Give it up."""
        self.require(request, SETTLES)
        staff = request.user
        assert staff.is_authenticated  # the admin lets nobody else in

        def act(given: dict[str, Any]) -> str:
            try:
                dead_letters.dismiss(letter.pk, by=staff)
            except dead_letters.Settled:
                raise Refused(GONE) from None
            return f"{letter} is dismissed."

        return ask(
            request,
            self,
            letter,
            SeriousAction(
                title=f"Dismiss {letter}?",
                button="Dismiss it",
                effects=[
                    "What it holds is erased for good; the record that it came stays.",
                    "Nothing is done for whoever may have sent it.",
                ],
                advice=["Read it first: if somebody asks to be left alone, record that for them."],
                act=act,
                danger=True,
                may=letter.state == DeadLetterState.WAITING,
                why_not=GONE,
            ),
        )

    @admin.display(description="dead letter", ordering="pk")
    def letter(self, letter: DeadLetter) -> str:
        """Name it."""
        return str(letter)

    @admin.display(description="road", ordering="road")
    def came_by(self, letter: DeadLetter) -> str:
        """Name the road."""
        return ROADS[InboundRoad(letter.road)]

    @admin.display(description="state", ordering="state")
    def status(self, letter: DeadLetter) -> str:
        """Show whether it waits."""
        return pill(letter.state)
