"""How far a campaign has come, in two queries whatever its size."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Min
from django.urls import reverse

from campaigns.clearance_words import REFUSALS
from campaigns.house_policy import rulebook_to_read
from campaigns.models import Campaign
from campaigns.vocabulary import MessageStatus
from campaigns.window_closing import EXPIRED

ORDER = list(MessageStatus)
DONE = {
    MessageStatus.ACCEPTED,
    MessageStatus.REJECTED,
    MessageStatus.REFUSED,
    MessageStatus.CANCELLED,
    MessageStatus.EXPIRED,
    MessageStatus.UNCONFIRMED,
}
# In the order of a bar: what went well, what is open, what went wrong
BAR = (
    *("accepted", "sending", "queued", "held", "unconfirmed", "rejected", "refused", "expired"),
    "cancelled",
)


@dataclass(frozen=True, slots=True)
class Reason:
    """Why some were refused, or until when some are held."""

    words: str
    count: int
    url: str


@dataclass(frozen=True, slots=True)
class Row:
    """How many messages have one status, with reasons, and where to read them."""

    status: str
    count: int
    url: str
    reasons: Sequence[Reason] = ()
    next_at: datetime | None = None
    left: float = 0
    width: float = 0


@dataclass(frozen=True, slots=True)
class Progress:
    """All rows of a campaign, the whole, and what is over."""

    rows: Sequence[Row]
    total: int
    done: int

    @property
    def share(self) -> int:
        """Return what is over, in whole percent, 100 only when nothing is left."""
        return 100 * self.done // self.total if self.total else 0


def progress(campaign: Campaign, user: Any) -> Progress:
    """Count a campaign's messages by status and reason."""
    listed = ""
    if user.has_perm("campaigns.view_message"):
        listed = f"{reverse('admin:campaigns_message_changelist')}?campaign={campaign.pk}"
    counted = (
        campaign.messages.order_by()
        .values("status", "reason_code")
        .annotate(count=Count("pk"), next_at=Min("due_at"))
    )
    by_status: dict[str, list[Any]] = {}
    for row in counted:
        by_status.setdefault(row["status"], []).append(row)
    total = sum(row["count"] for rows in by_status.values() for row in rows)
    found, left = [], 0.0
    for status in BAR:
        rows = by_status.get(status, [])
        count = sum(row["count"] for row in rows)
        if not count:
            continue
        width = round(100 * count / total, 3)
        found.append(
            Row(
                status,
                count,
                listed and f"{listed}&status={status}",
                _reasons(status, rows, listed),
                min(row["next_at"] for row in rows) if status == "held" else None,
                round(left, 3),
                width,
            )
        )
        left += width
    done = sum(row.count for row in found if row.status in DONE)
    return Progress(found, total, done)


def _reasons(status: str, rows: list[Any], listed: str) -> list[Reason]:
    if status not in {"refused", "rejected", "held", "expired"}:
        return []
    return [
        Reason(
            reason_in_words(row["reason_code"]),
            row["count"],
            listed and f"{listed}&status={status}&reason_code={row['reason_code']}",
        )
        for row in sorted(rows, key=lambda row: -row["count"])
        if row["reason_code"]
    ]


def reason_in_words(code: str) -> str:
    """Say a reason's code without the facts of any one person."""
    if code == EXPIRED:
        return "its reader's hours were over before it was sent"
    if rulebook_to_read().rule(code):
        return f"outside the hours that bind ({code})"
    words = REFUSALS.get(code, "")
    words = words.split(":")[0] if "{" in words else words
    words = words.rstrip(".") or code.replace(".", " ").replace("_", " ")
    return words[:1].lower() + words[1:]
