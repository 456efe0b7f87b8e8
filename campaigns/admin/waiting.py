"""What waits for a member of staff, as far as they may do it. A fixed number of queries."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Min, Q, QuerySet, Value
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone

from campaigns.house_policy import rulebook_in_force
from campaigns.models import AccountCheck, Campaign, DeadLetter, InboundText, Message, Reply
from campaigns.sign_off import UNSIGNED, Signature, standings
from campaigns.vocabulary import CampaignStatus, MessageStatus
from consent import clock
from consent.models import ContactImport, Disclosure
from consent.vocabulary import ImportState

SHOWN = 5


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something that waits for this person: how many, what, where, and the first few."""

    count: int
    words: str
    url: str
    first: tuple[tuple[str, str], ...] = ()
    oldest: datetime | None = None


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
    found += _to_publish_map_and_confirm(user)
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


def _to_publish_map_and_confirm(user: Any) -> list[Waiting]:
    """Count wordings to publish and lists to map and to confirm, in one query.

    Lists that ask something first are rare: they are named only when there are any.
    """
    lists = reverse("admin:consent_contactimport_changelist")
    sorts: dict[str, tuple[str, QuerySet[Any], str, str, str]] = {
        "disclosures": (
            "consent.publish_disclosure",
            Disclosure.objects.filter(published_at=None),
            "disclosure to publish",
            "disclosures to publish",
            reverse("admin:consent_disclosure_changelist") + "?published_at__isempty=1",
        ),
        "maps": (
            "consent.add_contactimport",
            ContactImport.objects.filter(state=ImportState.NEEDS_MAPPING),
            "list to map",
            "lists to map",
            f"{lists}?state=needs_mapping",
        ),
        "attests": (
            "consent.add_contactimport",
            ContactImport.objects.filter(state=ImportState.UNATTESTED),
            "list whose consent is to be stated",
            "lists whose consent is to be stated",
            f"{lists}?state=unattested",
        ),
        "lists": (
            "consent.apply_contactimport",
            ContactImport.objects.filter(state=ImportState.PREVIEWED),
            "list to confirm",
            "lists to confirm",
            f"{lists}?state=previewed",
        ),
    }
    theirs = {name: each for name, each in sorts.items() if user.has_perm(each[0])}
    if not theirs:
        return []
    first, *others = (
        rows.order_by().annotate(what=Value(name)).values("what").annotate(count=Count("pk"))
        for name, (_, rows, *_) in theirs.items()
    )
    counts = {row["what"]: row["count"] for row in first.union(*others, all=True)}
    return [
        Waiting(count := counts.get(name, 0), one if count == 1 else many, address)
        for name, (_, _, one, many, address) in theirs.items()
        if name not in {"maps", "attests"} or counts.get(name)
    ]


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
