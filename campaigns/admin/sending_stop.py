"""Stops of the sender: why, since when, what to do at Amazon, and a button to try again."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse

from campaigns import sending, stops, tasks
from campaigns.admin.notices import RETRIES
from campaigns.models import Message, SendingStop
from campaigns.remedies import REMEDIES
from campaigns.vocabulary import AccountFault, MessageStatus
from consent.admin.base import ReadOnlyAdmin, Tool
from consent.admin.pills import pill
from consent.admin.serious import Refused, SeriousAction, ask

WAITS = [MessageStatus.QUEUED, MessageStatus.HELD]


@admin.register(SendingStop)
class SendingStopAdmin(ReadOnlyAdmin):
    """Show when and why nothing was sent."""

    nothing = "Nothing has ever stopped the sender."
    pages = {"try-again": "try_again"}
    list_display = ("state", "fault", "of_what", "code", "began_at", "ended_at")
    list_select_related = ("origination_number",)
    fieldsets = (
        ("What is wrong", {"fields": ("fault", "of_what", "code", "trouble", "remedy")}),
        ("Since when", {"fields": ("began_at", "seen_at", "retry_at", "tried_by", "ended_at")}),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Show what is said in words too."""
        return [*super().get_readonly_fields(request, obj), "of_what", "trouble", "remedy"]

    def tools(self, request: HttpRequest, record: SendingStop) -> list[Tool]:
        """Offer to try again while it holds."""
        if record.ended_at or not request.user.has_perm(RETRIES):
            return []
        return [Tool("Try again", self.page_url("try-again", record), "primary")]

    def try_again(self, request: HttpRequest, record: SendingStop) -> HttpResponse:
        """Have one text tried."""
        self.require(request, RETRIES)
        remedy = REMEDIES[AccountFault(record.fault)]
        waiting = Message.objects.filter(status__in=WAITS)
        if record.origination_number_id:
            waiting = waiting.filter(origination_number=record.origination_number_id)

        def act(given: dict[str, Any]) -> str:
            assert request.user.is_authenticated
            try:
                stops.try_again(record, by=request.user)
            except stops.CannotRetry as fault:
                raise Refused(str(fault)) from fault
            for number_id in sending.numbers_with_due():
                tasks.wake(number_id)
            return "One text is tried. If Amazon takes it, all others follow."

        return ask(
            request,
            self,
            record,
            SeriousAction(
                title="Have the sender try again?",
                button="Try again",
                effects=[
                    f"{waiting.count():,} messages wait.",
                    (
                        "One of them is handed to Amazon. If Amazon takes it, all others follow in "
                        "their readers' hours; if not, everything goes on waiting."
                    ),
                    (
                        "A text that SNS takes while the spend limit or the sandbox holds is lost: "
                        "mend the account first."
                    ),
                ],
                shown=[("What is wrong", remedy.trouble), ("What to do", remedy.remedy)],
                act=act,
                may=record.ended_at is None,
                why_not="It is over already: texts go out again.",
            ),
        )

    @admin.display(description="state", ordering="ended_at")
    def state(self, record: SendingStop) -> str:
        """Show whether it still holds."""
        return pill("finished", "Over") if record.ended_at else pill("refused", "Holds")

    @admin.display(description="what stands still")
    def of_what(self, record: SendingStop) -> str:
        """Name the number, or all."""
        return str(record.origination_number or "Every number")

    @admin.display(description="what is wrong")
    def trouble(self, record: SendingStop) -> str:
        """Say it in words."""
        return REMEDIES[AccountFault(record.fault)].trouble

    @admin.display(description="what to do")
    def remedy(self, record: SendingStop) -> str:
        """Say what to do at Amazon."""
        return REMEDIES[AccountFault(record.fault)].remedy
