"""What staff see first: what waits for them, and how today goes. A fixed number of queries."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.contrib.admin import site
from django.db.models import Count, Min, Q, QuerySet, Value
from django.db.models.functions import Coalesce, TruncDate
from django.urls import reverse
from django.utils import timezone

from campaigns.admin.chart import Chart, bar_chart
from campaigns.admin.notices import notices
from campaigns.house_policy import rulebook_in_force
from campaigns.models import AccountCheck, Campaign, DeadLetter, InboundText, Message, Reply
from campaigns.open_revocations import NOT_OUT, OWED
from campaigns.revocation_clock import AIM, ageing_from, honour_by
from campaigns.sign_off import UNSIGNED, Signature, standings
from campaigns.vocabulary import CampaignStatus, MessageStatus
from consent import clock
from consent.models import ContactImport, Disclosure, OptInEvent
from consent.vocabulary import EventKind, ImportState

DAYS = 14
SHOWN = 5
JOINS = (EventKind.CONFIRMED, EventKind.OPTED_IN)
LEAVES = (EventKind.OPTED_OUT,)
NOBODY = {"joins": 0, "leaves": 0}


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something that waits for this person: how many, what, where, and the first few."""

    count: int
    words: str
    url: str
    first: tuple[tuple[str, str], ...] = ()
    oldest: datetime | None = None


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


def waiting_for(user: Any) -> list[Waiting]:
    """Return what this person is asked to do, as far as they may do it."""
    found = []
    theirs = Q(status=CampaignStatus.SUBMITTED) & ~Q(author=user)
    drafts = Q(status=CampaignStatus.DRAFT, author=user)
    writes_or_approves = any(
        user.has_perm(f"campaigns.{move}_campaign") for move in ("approve", "submit")
    )
    desk = list(Campaign.objects.filter(theirs | drafts)) if writes_or_approves else []
    if user.has_perm("campaigns.approve_campaign"):
        rows = [each for each in desk if each.status == CampaignStatus.SUBMITTED]
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
    if user.has_perm("campaigns.check_account"):
        found += _account_troubles()
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
        count = sum(each.status == CampaignStatus.DRAFT for each in desk)
        found.append(
            Waiting(
                count,
                "draft of yours" if count == 1 else "drafts of yours",
                reverse("admin:campaigns_campaign_changelist") + "?status=draft",
            )
        )
    return found


def _account_troubles() -> list[Waiting]:
    """Return the troubles that the latest check of the account at Amazon found, if any."""
    check = AccountCheck.objects.first()
    if check is None or not check.troubles:
        return []
    words = "trouble" if check.troubles == 1 else "troubles"
    address = reverse("admin:campaigns_accountcheck_change", args=[check.pk])
    return [Waiting(check.troubles, f"{words} with the account at Amazon", address)]


RARE = frozenset({"letters", "unread"})


def _left_to_staff(user: Any) -> list[Waiting]:
    """Count what the software could not settle by itself, in one query for all sorts of it."""
    sorts: dict[str, tuple[QuerySet[Any], Any]] = {
        "replies": (Reply.objects.waiting(), Coalesce("published_at", "received_at")),
        "letters": (DeadLetter.objects.waiting(), "arrived_at"),
        "messages": (Message.objects.filter(status=MessageStatus.UNCONFIRMED), "created_at"),
        "unread": (InboundText.objects.left_alone(), "arrived_at"),
    }
    first, *others = (
        rows.order_by()
        .annotate(what=Value(name))
        .values("what")
        .annotate(count=Count("pk"), oldest=Min(since))
        for name, (rows, since) in sorts.items()
    )
    rows_of = {row["what"]: row for row in first.union(*others, all=True)}
    inbox = reverse("admin:campaigns_reply_inbox")
    letters = reverse("admin:campaigns_deadletter_changelist") + "?state=waiting"
    messages = reverse("admin:campaigns_message_changelist") + "?status=unconfirmed"
    unread = " that came in and nobody reads: does a worker run?"
    found = []
    for name, right, one, many, address in (
        ("replies", "settle_reply", "reply to read", "replies to read", inbox),
        ("letters", "settle_deadletter", "dead letter", "dead letters", letters),
        ("unread", "settle_reply", "text" + unread, "texts" + unread, inbox),
        ("messages", "settle_message", "unconfirmed message", "unconfirmed messages", messages),
    ):
        row = rows_of.get(name, {"count": 0, "oldest": None})
        # Rare, so that a line that says there is none would only be in the way
        if (name in RARE and not row["count"]) or not user.has_perm(f"campaigns.{right}"):
            continue
        oldest = None if name == "messages" else row["oldest"]
        found.append(
            Waiting(row["count"], one if row["count"] == 1 else many, address, oldest=oldest)
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


def warnings(waiting: list[Waiting], owed: int, moment: datetime) -> list[str]:
    """Say what of the clock of revocations nears its limit or is past it."""
    found = []
    zone = timezone.get_default_timezone()
    for item in waiting:
        oldest = item.oldest
        what = "A dead letter" if "letter" in item.words else "A reply"
        if oldest and moment > ageing_from(oldest, settings.REVOCATION_ALERT_BUSINESS_DAYS, zone):
            due = timezone.localtime(honour_by(rulebook_in_force(moment), oldest, zone).at)
            is_past = "was" if moment > due else "is"
            found.append(
                f"{what} that nobody has read may be a revocation: the oldest "
                f"{is_past} due by {due:%A, %B} {due.day}, {due:%H:%M %Z}."
            )
    if owed:
        texts = "answer to STOP or HELP is" if owed == 1 else "answers to STOP or HELP are"
        found.append(f"{owed} {texts} not out after five minutes.")
    return found


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
        OptInEvent.objects.filter(kind__in=[*JOINS, *LEAVES], occurred_at__gte=start)
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


def today(user: Any) -> dict[str, Any]:
    """Return all that the dashboard shows besides the links."""
    moment = clock.now()
    last, texts = last_days(moment), texts_by_status(moment)
    waiting = waiting_for(user)
    settles = user.has_perm("campaigns.settle_reply")
    return {
        "moment": moment,
        "notices": notices(user),
        "waiting": waiting,
        "warnings": warnings(waiting, texts["owed"], moment) if settles else [],
        "figures": figures(user, moment, texts, last),
        "charts": charts(last),
    }


def _list(name: str, query: str = "") -> str:
    return reverse(f"admin:{name}_changelist") + (f"?{query}" if query else "")


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))
