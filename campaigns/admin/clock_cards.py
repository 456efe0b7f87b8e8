"""One open item of the clock of revocations, as a card of its board."""

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.text import Truncator

from campaigns.admin.durations import in_words
from campaigns.models import Message, Reply
from campaigns.open_revocations import Item, Urgency, Waits
from campaigns.revocation_clock import business_days_left
from consent.admin.base import linked_number

WORDS = {
    Waits.LIKELY: "Looks like a revocation",
    Waits.UNREAD: "Not read yet",
    Waits.LETTER: "Dead letter",
    Waits.ACKNOWLEDGEMENT: "STOP not confirmed yet",
    Waits.HELP: "HELP not answered yet",
}


@dataclass(frozen=True, slots=True)
class Card:
    """What a card says: what is open, where it leads, of whom, and how long is left."""

    status: str
    words: str
    title: str
    url: str
    who: str
    waited: str
    due_at: datetime
    left: str


def card_of(request: HttpRequest, item: Item, moment: datetime) -> Card:
    """Put an open item into words."""
    return Card(
        item.waits,
        WORDS[item.waits],
        _title(item),
        _url(item),
        _who(request, item.reply or item.message),
        in_words(moment - item.received_at),
        item.due_at,
        _left(item, moment),
    )


def _title(item: Item) -> str:
    if item.reply:
        return Truncator(item.reply.body).chars(70) or "(no words)"
    return str(item.row)


def _url(item: Item) -> str:
    if item.reply:
        return reverse("admin:campaigns_reply_inbox") + f"?reply={item.reply.pk}"
    return reverse(f"admin:campaigns_{item.row._meta.model_name}_change", args=[item.row.pk])


def _who(request: HttpRequest, row: Reply | Message | None) -> str:
    if row is None:
        return "Nobody has read from whom it is"
    number = row.origination_number
    to = f"{number.brand} \u00b7 {number.number}" if number else "a number that is not ours"
    return format_html("{} to {}", linked_number(request, row.contact), to)


def _left(item: Item, moment: datetime) -> str:
    if item.urgency(moment) is Urgency.PAST:
        return f"{in_words(moment - item.due_at)} late"
    if item.message:
        return f"{in_words(item.due_at - moment)} left"
    days = business_days_left(moment, item.due_at, timezone.get_default_timezone())
    return f"{days} business day{'' if days == 1 else 's'} left"
