"""What staff see first: what waits for them, and how today goes. A fixed number of queries."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.contrib.admin import site
from django.db.models import Count, Q, QuerySet, Value
from django.db.models.functions import TruncDate
from django.urls import reverse
from django.utils import timezone

from campaigns.admin.chart import Chart, bar_chart
from campaigns.house_policy import rulebook_in_force
from campaigns.models import Campaign, DeadLetter, Message, Reply
from campaigns.sign_off import UNSIGNED, Signature, standings
from campaigns.vocabulary import CampaignStatus, MessageStatus
from consent import clock
from consent.models import ContactImport, Disclosure, OptInEvent
from consent.vocabulary import EventKind, ImportState

DAYS = 14
SHOWN = 5
JOINS = (EventKind.CONFIRMED, EventKind.OPTED_IN)
LEAVES = (EventKind.OPTED_OUT,)


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something that waits for this person: how many, what, where, and the first few."""

    count: int
    words: str
    url: str
    first: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Figure:
    """One of today's figures, with the list behind it for those who may see it."""

    status: str
    label: str
    count: int
    url: str = ""


def waiting_for(user: Any) -> list[Waiting]:
    """Return what this person is asked to do, as far as they may do it."""
    found = []
    if user.has_perm("campaigns.approve_campaign"):
        rows = list(Campaign.objects.filter(status=CampaignStatus.SUBMITTED).exclude(author=user))
        found.append(
            Waiting(
                len(rows),
                "campaign to approve" if len(rows) == 1 else "campaigns to approve",
                reverse("admin:campaigns_campaign_changelist") + "?status=submitted",
                tuple(
                    (row.name, reverse("admin:campaigns_campaign_change", args=[row.pk]))
                    for row in rows[:SHOWN]
                ),
            )
        )
    if user.has_perm("campaigns.settle_reply") or user.has_perm("campaigns.settle_message"):
        found += _left_to_staff(user)
    if user.has_perm("consent.publish_disclosure"):
        count = Disclosure.objects.filter(published_at=None).count()
        found.append(
            Waiting(
                count,
                "disclosure to publish" if count == 1 else "disclosures to publish",
                reverse("admin:consent_disclosure_changelist") + "?published_at__isempty=1",
            )
        )
    if user.has_perm("consent.apply_contactimport") and site.is_registered(ContactImport):
        count = ContactImport.objects.filter(state=ImportState.PREVIEWED).count()
        found.append(
            Waiting(
                count,
                "list to confirm" if count == 1 else "lists to confirm",
                _list("consent_contactimport", "state=previewed"),
            )
        )
    if user.has_perms(["campaigns.view_rulesignoff", "campaigns.sign_rule"]):
        found += _rules_to_sign()
    if user.has_perm("campaigns.submit_campaign"):
        count = Campaign.objects.filter(author=user, status=CampaignStatus.DRAFT).count()
        found.append(
            Waiting(
                count,
                "draft of yours" if count == 1 else "drafts of yours",
                reverse("admin:campaigns_campaign_changelist") + "?status=draft",
            )
        )
    return found


def _left_to_staff(user: Any) -> list[Waiting]:
    """Count what the software could not settle by itself, in one query for all sorts of it."""
    sorts: list[QuerySet[Any]] = [
        Reply.objects.waiting(),
        DeadLetter.objects.waiting(),
        Message.objects.filter(status=MessageStatus.UNCONFIRMED),
    ]
    first, *others = (
        rows.order_by().annotate(what=Value(name)).values("what").annotate(count=Count("pk"))
        for name, rows in zip(("replies", "letters", "messages"), sorts, strict=True)
    )
    counts = {row["what"]: row["count"] for row in first.union(*others, all=True)}
    replies, letters, messages = (
        counts.get(name, 0) for name in ("replies", "letters", "messages")
    )
    found = []
    if user.has_perm("campaigns.settle_reply"):
        found.append(
            Waiting(
                replies,
                "reply to read" if replies == 1 else "replies to read",
                reverse("admin:campaigns_reply_changelist") + "?state=needs_person",
            )
        )
    # Rare, so that a line that says there is none would only be in the way
    if letters and user.has_perm("campaigns.settle_deadletter"):
        found.append(
            Waiting(
                letters,
                "dead letter" if letters == 1 else "dead letters",
                reverse("admin:campaigns_deadletter_changelist") + "?state=waiting",
            )
        )
    if user.has_perm("campaigns.settle_message"):
        found.append(
            Waiting(
                messages,
                "unconfirmed message" if messages == 1 else "unconfirmed messages",
                reverse("admin:campaigns_message_changelist") + "?status=unconfirmed",
            )
        )
    return found


def _rules_to_sign() -> list[Waiting]:
    """Count the rows in force today that nobody signed, and all that are due for review."""
    moment = clock.now()
    day = timezone.localtime(moment).date()
    rows = standings(rulebook_in_force(moment).rules, day)
    unsigned = sum(row.signature in UNSIGNED and row.rule.in_force(day) for row in rows)
    overdue = sum(row.signature is Signature.OVERDUE for row in rows)
    shown = reverse("admin:campaigns_rulesignoff_changelist")
    return [
        Waiting(
            unsigned,
            "rule in force to sign off" if unsigned == 1 else "rules in force to sign off",
            f"{shown}?on={day}&sign_off=unsigned",
        ),
        Waiting(
            overdue,
            "rule past its review date" if overdue == 1 else "rules past their review date",
            f"{shown}?sign_off=overdue",
        ),
    ]


def figures(user: Any, moment: datetime) -> list[Figure]:
    """Return today's counts, the day being the office's."""
    start = _midnight(timezone.localtime(moment).date())
    texts = Message.objects.aggregate(
        accepted=Count("pk", filter=Q(status=MessageStatus.ACCEPTED, settled_at__gte=start)),
        refused=Count("pk", filter=Q(status=MessageStatus.REFUSED, created_at__gte=start)),
        held=Count("pk", filter=Q(status=MessageStatus.HELD)),
    )
    people = OptInEvent.objects.filter(occurred_at__gte=start).aggregate(
        joins=Count("pk", filter=Q(kind__in=JOINS)), leaves=Count("pk", filter=Q(kind__in=LEAVES))
    )
    sees_texts = user.has_perm("campaigns.view_message")
    messages = _list("campaigns_message") if sees_texts else ""
    events = _list("consent_optinevent") if user.has_perm("consent.view_optinevent") else ""
    return [
        Figure(
            "accepted",
            "Texts accepted",
            texts["accepted"],
            messages and f"{messages}?status=accepted",
        ),
        Figure("held", "On hold now", texts["held"], messages and f"{messages}?status=held"),
        Figure("refused", "Refused", texts["refused"], messages and f"{messages}?status=refused"),
        Figure("opted_in", "Opt-ins", people["joins"], events and f"{events}?kind=confirmed"),
        Figure("opted_out", "Opt-outs", people["leaves"], events and f"{events}?kind=opted_out"),
    ]


def charts(moment: datetime) -> list[Chart]:
    """Return the last days as charts: texts, and who joined and left."""
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
        OptInEvent.objects.filter(kind__in=[*JOINS, *LEAVES], occurred_at__gte=start)
        .annotate(day=TruncDate("occurred_at"))
        .order_by()
        .values("day")
        .annotate(
            joins=Count("pk", filter=Q(kind__in=JOINS)),
            leaves=Count("pk", filter=Q(kind__in=LEAVES)),
        )
    )
    sent: dict[date, int] = dict(texts)
    moved = {row["day"]: row for row in people}
    nobody = {"joins": 0, "leaves": 0}
    return [
        bar_chart("Texts accepted", days, [("Texts accepted", [sent.get(d, 0) for d in days])]),
        bar_chart(
            "Opt-ins and opt-outs",
            days,
            [
                ("Opt-ins", [moved.get(d, nobody)["joins"] for d in days]),
                ("Opt-outs", [moved.get(d, nobody)["leaves"] for d in days]),
            ],
        ),
    ]


def today(user: Any) -> dict[str, Any]:
    """Return all that the dashboard shows besides the links."""
    moment = clock.now()
    return {
        "moment": moment,
        "waiting": waiting_for(user),
        "figures": figures(user, moment),
        "charts": charts(moment),
    }


def _list(name: str, query: str = "") -> str:
    return reverse(f"admin:{name}_changelist") + (f"?{query}" if query else "")


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))
