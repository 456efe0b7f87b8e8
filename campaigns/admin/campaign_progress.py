"""How far a campaign has come: one grouped query of its messages, whatever its size."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, Max, Min, Q, Sum
from django.urls import reverse

from campaigns.clearance_words import REFUSALS
from campaigns.delivery_report import ARRIVED, IN_WORDS
from campaigns.house_policy import rulebook_to_read
from campaigns.models import Campaign, Receipt
from campaigns.vocabulary import CampaignStatus, MessageStatus, ReceiptOutcome
from campaigns.window_closing import EXPIRED
from consent import clock

DONE = {
    "delivered",
    "failed",
    MessageStatus.ACCEPTED,
    MessageStatus.REJECTED,
    MessageStatus.REFUSED,
    MessageStatus.CANCELLED,
    MessageStatus.EXPIRED,
    MessageStatus.UNCONFIRMED,
}
# In the order of a bar: what went well, what is open, what went wrong
BAR = (
    *("delivered", "accepted", "sending", "queued", "held", "unconfirmed"),
    *("failed", "rejected", "refused", "expired", "cancelled"),
)
WORDS = {"accepted": "Accepted, no receipt yet"}
WITH_REASONS = {"delivered", "failed", "refused", "rejected", "held", "expired"}
PACE_OVER = timedelta(seconds=60)
PRICES_LOOKED_AT = 500

OF_ONE_PERSON = re.compile(r" ?\(?\{[^}]*\}\)?")


@dataclass(frozen=True, slots=True)
class Reason:
    """Why some were refused or failed, or until when some are held."""

    words: str
    count: int
    url: str


@dataclass(frozen=True, slots=True)
class Row:
    """How many messages have come to one point, with reasons, and where to read them."""

    status: str
    words: str
    count: int
    url: str
    reasons: Sequence[Reason] = ()
    next_at: datetime | None = None
    last_at: datetime | None = None
    left: float = 0
    width: float = 0


@dataclass(frozen=True, slots=True)
class Cost:
    """What it cost so far in USD: by receipts, and what the others may add by like prices.

    `estimated` is None where no receipt of any text has told a price yet.
    """

    known: Decimal = Decimal(0)
    open_parts: int = 0
    estimated: Decimal | None = Decimal(0)


@dataclass(frozen=True, slots=True)
class Progress:
    """All rows of a campaign, the whole, what is over, how fast it goes and what it cost."""

    rows: Sequence[Row]
    total: int
    done: int
    accepted: int = 0
    a_second: float = 0
    ends_at: datetime | None = None
    cost: Cost = Cost()
    is_due: bool = False

    @property
    def share(self) -> int:
        """Return what is over, in whole percent, 100 only when nothing is left."""
        return 100 * self.done // self.total if self.total else 0


def progress(campaign: Campaign, user: Any) -> Progress:
    """Count a campaign's messages by status, reason and receipt."""
    listed = ""
    if user.has_perm("campaigns.view_message"):
        listed = f"{reverse('admin:campaigns_message_changelist')}?campaign={campaign.pk}"
    now = clock.now()
    counted: list[Any] = list(
        campaign.messages.order_by()
        .values("status", "reason_code", "delivery")
        .annotate(
            count=Count("pk"),
            next_at=Min("due_at"),
            last_at=Max("due_at"),
            lately=Count("pk", filter=Q(settled_at__gt=now - PACE_OVER)),
            told=Sum("cost"),
            priced=Sum("parts", filter=Q(cost__isnull=False)),
            all_parts=Sum("parts"),
        )
    )
    by_point: dict[str, list[dict[str, Any]]] = {}
    for each in counted:
        by_point.setdefault(_point(each), []).append(each)
    total = sum(each["count"] for each in counted)
    found, left = [], 0.0
    for point in BAR:
        of_point = by_point.get(point, [])
        count = sum(each["count"] for each in of_point)
        if not count:
            continue
        width = round(100 * count / total, 3)
        is_held = point == MessageStatus.HELD
        found.append(
            Row(
                point,
                WORDS.get(point, ""),
                count,
                listed and listed + _query(point),
                _reasons(point, of_point, listed),
                min(each["next_at"] for each in of_point) if is_held else None,
                max(each["last_at"] for each in of_point) if is_held else None,
                round(left, 3),
                width,
            )
        )
        left += width
    accepted = [each for each in counted if each["status"] == MessageStatus.ACCEPTED]
    waiting = sum(each["count"] for each in by_point.get(MessageStatus.QUEUED, ()))
    pace = _pace(campaign, accepted, now)
    return Progress(
        found,
        total,
        sum(row.count for row in found if row.status in DONE),
        sum(each["count"] for each in accepted),
        pace if waiting else 0.0,
        now + timedelta(seconds=waiting / pace) if pace and waiting else None,
        _cost(accepted),
        campaign.scheduled_at <= now,
    )


def awaits_receipts(found: Progress) -> bool:
    """Say whether some texts are with Amazon and no receipt says what became of them."""
    return any(row.status == MessageStatus.ACCEPTED for row in found.rows)


def _point(each: dict[str, Any]) -> str:
    """Say how far a group has come: an accepted text goes on with its receipt."""
    status: str = each["status"]
    if status != MessageStatus.ACCEPTED or not each["delivery"]:
        return status
    return "delivered" if each["delivery"] in ARRIVED else "failed"


def _query(point: str) -> str:
    """Return the part of an address that lists the messages of a point."""
    arrived = {"delivered": "yes", "failed": "no", "accepted": "open"}.get(point)
    return f"&arrived={arrived}" if arrived else f"&status={point}"


def _reasons(point: str, groups: list[dict[str, Any]], listed: str) -> list[Reason]:
    if point not in WITH_REASONS:
        return []
    by_receipt = point in {"delivered", "failed"}
    column = "delivery" if by_receipt else "reason_code"
    counts: dict[str, int] = {}
    for each in groups:
        counts[each[column]] = counts.get(each[column], 0) + each["count"]
    status = MessageStatus.ACCEPTED.value if by_receipt else point
    return [
        Reason(
            IN_WORDS[ReceiptOutcome(code)] if by_receipt else reason_in_words(code),
            count,
            listed and f"{listed}&status={status}&{column}={code}",
        )
        for code, count in sorted(counts.items(), key=lambda item: -item[1])
        if code
    ]


def _pace(campaign: Campaign, accepted: Iterable[dict[str, Any]], now: datetime) -> float:
    """Return how many texts a second Amazon took in the last minute, while the campaign runs."""
    if campaign.status != CampaignStatus.RUNNING:
        return 0.0
    since = max(campaign.started_at or now, now - PACE_OVER)
    seconds = max((now - since).total_seconds(), 1.0)
    return sum(each["lately"] for each in accepted) / seconds


def _cost(accepted: Iterable[dict[str, Any]]) -> Cost:
    """Add up what receipts told; what they have not told is estimated by what a part cost."""
    known, priced, parts = Decimal(0), 0, 0
    for each in accepted:
        # What failed before it reached a carrier has no price and costs nothing
        if each["told"] is None and each["delivery"]:
            continue
        known += each["told"] or Decimal(0)
        priced += each["priced"] or 0
        parts += each["all_parts"] if not each["delivery"] else each["priced"] or 0
    open_parts = parts - priced
    if not open_parts:
        return Cost(known)
    a_part = known / priced if priced else _usual_price()
    return Cost(known, open_parts, a_part * open_parts if a_part is not None else None)


def _usual_price() -> Decimal | None:
    """Return what a part of the latest priced texts cost, in USD; None where none has a price."""
    latest = Receipt.objects.filter(price__isnull=False, parts__gt=0, published_at__isnull=False)
    told = latest.order_by("-published_at")[:PRICES_LOOKED_AT].aggregate(
        price=Sum("price"), parts=Sum("parts")
    )
    return told["price"] / told["parts"] if told["parts"] else None


def reason_in_words(code: str) -> str:
    """Say a reason's code without the facts of any one person."""
    if code == EXPIRED:
        return "its reader's hours were over before it was sent"
    if rulebook_to_read().rule(code):
        return f"outside the hours that bind ({code})"
    words = REFUSALS.get(code, "")
    words = OF_ONE_PERSON.sub("", words.split(":")[0]) if "{" in words else words
    words = words.rstrip(".") or code.replace(".", " ").replace("_", " ")
    return words if words.startswith("Amazon") else words[:1].lower() + words[1:]
