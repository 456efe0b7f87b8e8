"""Messages and send attempts: what was sent, why, and what became of it."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.text import Truncator
from django.utils.timezone import localtime

from campaigns import unconfirmed
from campaigns.admin.decision import kept_decision
from campaigns.admin.receipt import delivery_pill, evidence_about, in_words
from campaigns.delivery_report import ARRIVED
from campaigns.models import Message, SendAttempt
from campaigns.unsubscribe_links import as_staff_read
from campaigns.vocabulary import MessageStatus
from consent.admin.base import ReadOnlyAdmin, ShowsNumbers, Tool
from consent.admin.filters import TopicFilter
from consent.admin.pills import pill
from consent.admin.serious import Refused, SeriousAction, ask
from consent.forms import ReasonForm

SETTLES = "campaigns.settle_message"


class SettleForm(ReasonForm):
    """Ask what became of a message, and how one knows."""

    outcome = forms.ChoiceField(
        label="What became of it",
        choices=[
            (MessageStatus.ACCEPTED.value, "Accepted: Amazon took it"),
            (MessageStatus.REJECTED.value, "Rejected: it was never sent"),
        ],
        widget=forms.RadioSelect,
    )
    amazon_message_id = forms.CharField(
        label="Amazon's id",
        required=False,
        max_length=100,
        help_text="If you found one. Receipts are matched by it.",
    )
    field_order = ("outcome", "amazon_message_id", "reason")


class ArrivedFilter(admin.SimpleListFilter):
    """Ask whether texts arrived, as far as receipts say."""

    title = "receipt"
    parameter_name = "arrived"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Offer the three answers."""
        return [("yes", "Delivered"), ("no", "Failed"), ("open", "Accepted, no receipt yet")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        """Keep the texts of one answer."""
        accepted = queryset.filter(status=MessageStatus.ACCEPTED)
        match self.value():
            case "yes":
                return accepted.filter(delivery__in=ARRIVED)
            case "no":
                return accepted.exclude(delivery="").exclude(delivery__in=ARRIVED)
            case "open":
                return accepted.filter(delivery="")
        return queryset


def _evidence_in_words(message: Message) -> list[str]:
    """Say what receipts near in time mean for an unconfirmed text."""
    found = evidence_about(message)
    if not found.unmatched:
        return [
            (
                "No receipt to this person near that time is without a message. Receipts may take "
                "three days; after that, it was most likely never sent."
            )
        ]
    return [
        f"A receipt belongs to no message: Amazon took a text to this person at "
        f"{localtime(each.published_at):%H:%M:%S} (id {each.amazon_message_id})."
        for each in found.unmatched
        if each.published_at
    ]


@admin.register(Message)
class MessageAdmin(ShowsNumbers, ReadOnlyAdmin):
    """Show every text with the reasons for it."""

    list_display = (
        "state",
        "masked_number",
        "about",
        "words",
        "when",
    )
    list_filter = ("status", ArrivedFilter, "kind", ("topic", TopicFilter), "created_at")
    list_select_related = ("contact", "topic__brand", "campaign")
    pages = {"settle": "settle"}
    export_leaves_out = ("clearance", "lease_until", "worker")
    change_form_template = "admin/campaigns/message/read.html"
    fieldsets = (
        (
            "What it is",
            {
                "fields": (
                    "contact",
                    "kind",
                    "topic",
                    "campaign",
                    "origination_number",
                    "about_event",
                    "answers",
                )
            },
        ),
        (
            "What became of it",
            {
                "fields": (
                    "created_at",
                    "due_at",
                    "expires_at",
                    "claimed_at",
                    "settled_at",
                    "parts",
                    "authorised_by",
                    "exemption",
                    "amazon_message_id",
                )
            },
        ),
    )

    def shown_with(self, request: HttpRequest, record: Message) -> dict[str, Any]:
        """Show the text, the decision and the attempts above the facts."""
        return {
            "message": record,
            "delivery": delivery_pill(record),
            "words": as_staff_read(record.text),
            "decision": kept_decision(record.clearance),
            "attempts": record.attempts.order_by("pk"),
            "receipts": [
                (receipt, in_words(receipt.outcome)) for receipt in record.receipts.order_by("pk")
            ],
            "evidence": evidence_about(record),
        }

    def lookup_allowed(self, lookup: str, value: Any, request: Any = None) -> bool:
        """Let campaign pages lead to their own messages by reason."""
        return lookup in {
            "campaign",
            "reason_code",
            "delivery",
            "delivery__in",
        } or super().lookup_allowed(lookup, value, request)

    def tools(self, request: HttpRequest, record: Message) -> list[Tool]:
        """Offer to settle what nobody knows."""
        waits = record.status == MessageStatus.UNCONFIRMED
        if not (waits and request.user.has_perm(SETTLES)):
            return []
        return [Tool("Settle", self.page_url("settle", record), "primary")]

    def settle(self, request: HttpRequest, message: Message) -> HttpResponse:
        """Write down what a person found out about an unconfirmed message."""
        self.require(request, SETTLES)

        def act(given: dict[str, Any]) -> str:
            outcome = MessageStatus(given["outcome"])
            assert request.user.is_authenticated
            try:
                unconfirmed.settle(
                    message,
                    outcome,
                    by=request.user,
                    reason=given["reason"],
                    amazon_message_id=given["amazon_message_id"],
                )
            except unconfirmed.CannotSettle as fault:
                raise Refused(str(fault)) from fault
            return f"Message #{message.pk} is settled as {outcome}."

        return ask(
            request,
            self,
            message,
            SeriousAction(
                title=f"Settle message #{message.pk}?",
                button="Settle it",
                effects=[
                    (
                        "We asked Amazon to send it and never heard whether it did. The evidence "
                        "is on the message's page."
                    ),
                    *_evidence_in_words(message),
                    "Accepted: it counts as sent. Rejected: it counts as not sent.",
                    "Either way it is never sent again.",
                ],
                shown=[("The text", as_staff_read(message.text))],
                form=SettleForm,
                act=act,
                may=message.status == MessageStatus.UNCONFIRMED,
                why_not="It does not wait for anybody.",
            ),
        )

    @admin.display(description="status", ordering="status")
    def state(self, message: Message) -> str:
        """Show the status, and in its place what became of it once a receipt says so."""
        return delivery_pill(message) or pill(message.status)

    @admin.display(description="about")
    def about(self, message: Message) -> str:
        """Name the campaign, or the sort of text and its topic."""
        if message.campaign:
            return message.campaign.name
        sort = message.get_kind_display()
        return f"{sort}: {message.topic}" if message.topic else sort

    @admin.display(description="text")
    def words(self, message: Message) -> str:
        """Show how it begins."""
        return Truncator(as_staff_read(message.text)).chars(80)

    @admin.display(description="when")
    def when(self, message: Message) -> Any:
        """Say when it was settled, else when it is due."""
        return message.settled_at or message.due_at


@admin.register(SendAttempt)
class SendAttemptAdmin(ReadOnlyAdmin):
    """Show each hand-over to Amazon."""

    list_display = ("at", "message", "ordinal", "result", "code", "amazon_message_id")
    list_filter = ("outcome", "at")
    list_select_related = ("message",)
    ordering = ("-pk",)
    fields = ("message", "ordinal", "result", "at", "worker", "code", "amazon_message_id")

    @admin.display(description="outcome", ordering="outcome")
    def result(self, attempt: SendAttempt) -> str:
        """Show the outcome."""
        return pill(attempt.outcome)
