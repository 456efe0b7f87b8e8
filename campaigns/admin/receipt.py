"""Receipts: what Amazon's logs say became of texts, in plain words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.contrib import admin
from django.http import HttpRequest
from django.utils.safestring import SafeString

from campaigns.delivery_report import ARRIVED, IN_WORDS
from campaigns.models import Message, Receipt
from campaigns.vocabulary import MessageStatus, ReceiptOutcome
from consent.admin.base import ReadOnlyAdmin
from consent.admin.links import for_reader, link_to
from consent.admin.pills import pill

NEAR = timedelta(hours=6)


def in_words(outcome: str) -> str:
    """Say an outcome as a sentence without its full stop."""
    words = IN_WORDS[ReceiptOutcome(outcome)]
    return words[:1].upper() + words[1:]


def delivery_pill(message: Message) -> SafeString | str:
    """Show whether a text arrived; nothing where no receipt has come."""
    if not message.delivery:
        return ""
    arrived = message.delivery in ARRIVED
    return pill("delivered" if arrived else "failed", "Delivered" if arrived else "Failed")


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for what became of an unconfirmed text: receipts to the person near in time."""

    unmatched: Sequence[Receipt] = ()
    of_others: Sequence[Receipt] = ()


def evidence_about(message: Message) -> Evidence:
    """Return the receipts to a text's reader within hours of its attempts."""
    moments = [each.at for each in message.attempts.all()]
    if message.status != MessageStatus.UNCONFIRMED or not moments:
        return Evidence()
    near = Receipt.objects.filter(
        contact=message.contact_id,
        published_at__gte=min(moments) - NEAR,
        published_at__lte=max(moments) + NEAR,
    ).order_by("published_at")[:50]
    found = list(near)
    return Evidence(
        [each for each in found if each.message_id is None],
        [each for each in found if each.message_id is not None],
    )


@admin.register(Receipt)
class ReceiptAdmin(ReadOnlyAdmin):
    """Show each receipt with Amazon's own words."""

    nothing = "No receipt has come from Amazon yet."
    list_display = ("logged_at", "state", "said", "of_message", "carrier", "price")
    list_filter = ("success", "outcome", "logged_at")
    list_select_related = ("message",)
    fields = (
        *("state", "said", "of_message", "contact", "provider_response"),
        *("published_at", "logged_at", "received_at", "parts", "price", "carrier"),
        *("dwell_ms", "to_phone_ms", "amazon_message_id", "event_id"),
    )

    @admin.display(description="result", ordering="success")
    def state(self, receipt: Receipt) -> SafeString:
        """Show whether it arrived."""
        return pill("delivered" if receipt.outcome in ARRIVED else "failed")

    @admin.display(description="which says")
    def said(self, receipt: Receipt) -> str:
        """Say it in plain words."""
        return in_words(receipt.outcome)

    @for_reader
    @admin.display(description="message", ordering="message")
    def of_message(self, request: HttpRequest, receipt: Receipt) -> SafeString | str:
        """Lead to the message."""
        if receipt.message is None:
            return "not known, or not yet"
        return link_to(request, receipt.message)
