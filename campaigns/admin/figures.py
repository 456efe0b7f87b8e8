"""How today and the last days went, in figures and charts. A fixed number of queries."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Count, Q
from django.db.models.functions import TruncDate
from django.urls import reverse
from django.utils import timezone

from campaigns.admin.chart import Chart, bar_chart
from campaigns.models import Message
from campaigns.open_revocations import NOT_OUT, OWED
from campaigns.revocation_clock import AIM
from campaigns.vocabulary import MessageStatus
from consent.models import OptInEvent
from consent.vocabulary import EventKind

DAYS = 14
JOINS = (EventKind.CONFIRMED, EventKind.OPTED_IN)
LEAVES = (EventKind.OPTED_OUT,)
NOBODY = {"joins": 0, "leaves": 0}


@dataclass(frozen=True, slots=True)
class Figure:
    """One of today's figures, with the list behind it for those who may see it."""

    status: str
    label: str
    count: int
    url: str = ""


def texts_by_status(moment: datetime) -> dict[str, int]:
    """Count messages once for all that the page says of them; refused are those of today."""
    start = _midnight(timezone.localtime(moment).date())
    return Message.objects.aggregate(
        refused=Count("pk", filter=Q(status=MessageStatus.REFUSED, created_at__gte=start)),
        held=Count("pk", filter=Q(status=MessageStatus.HELD)),
        owed=Count("pk", filter=Q(kind__in=OWED, status__in=NOT_OUT, created_at__lt=moment - AIM)),
    )


@dataclass(frozen=True, slots=True)
class Days:
    """What happened on each of the last days: texts accepted, and who joined and left."""

    days: list[date]
    sent: dict[date, int]
    moved: dict[date, dict[str, int]]


def figures(user: Any, moment: datetime, texts: dict[str, int], last: Days) -> list[Figure]:
    """Return today's counts, the day being the office's."""
    day = timezone.localtime(moment).date()
    people = last.moved.get(day, NOBODY)
    sees_texts = user.has_perm("campaigns.view_message")
    messages = _list("campaigns_message") if sees_texts else ""
    events = _list("consent_optinevent") if user.has_perm("consent.view_optinevent") else ""
    return [
        Figure(
            "accepted",
            "Texts accepted",
            last.sent.get(day, 0),
            messages and f"{messages}?status=accepted",
        ),
        Figure("held", "On hold now", texts["held"], messages and f"{messages}?status=held"),
        Figure("refused", "Refused", texts["refused"], messages and f"{messages}?status=refused"),
        Figure("opted_in", "Opt-ins", people["joins"], events and f"{events}?kind=confirmed"),
        Figure("opted_out", "Opt-outs", people["leaves"], events and f"{events}?kind=opted_out"),
    ]


def last_days(moment: datetime) -> Days:
    """Return what the last days brought, today among them, in two queries."""
    today = timezone.localtime(moment).date()
    days = [today - timedelta(days=back) for back in reversed(range(DAYS))]
    start = _midnight(days[0])
    texts = (
        Message.objects.filter(status=MessageStatus.ACCEPTED, settled_at__gte=start)
        .annotate(day=TruncDate("settled_at"))
        .order_by()
        .values_list("day")
        .annotate(count=Count("pk"))
    )
    people = (
        # By the record too, which an index finds: nothing occurs after it is recorded
        OptInEvent.objects.filter(
            kind__in=[*JOINS, *LEAVES], occurred_at__gte=start, recorded_at__gte=start
        )
        .annotate(day=TruncDate("occurred_at"))
        .order_by()
        .values("day")
        .annotate(
            joins=Count("pk", filter=Q(kind__in=JOINS)),
            leaves=Count("pk", filter=Q(kind__in=LEAVES)),
        )
    )
    moved = {row["day"]: {"joins": row["joins"], "leaves": row["leaves"]} for row in people}
    return Days(days, dict(texts), moved)


def charts(last: Days) -> list[Chart]:
    """Return the last days as charts: texts, and who joined and left."""
    sent, moved = last.sent, last.moved
    return [
        bar_chart(
            "Texts accepted", last.days, [("Texts accepted", [sent.get(d, 0) for d in last.days])]
        ),
        bar_chart(
            "Opt-ins and opt-outs",
            last.days,
            [
                ("Opt-ins", [moved.get(d, NOBODY)["joins"] for d in last.days]),
                ("Opt-outs", [moved.get(d, NOBODY)["leaves"] for d in last.days]),
            ],
        ),
    ]


def _list(name: str) -> str:
    return reverse(f"admin:{name}_changelist")


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))
