"""What staff must know before all else: a sender that stands still, money, checks that are due."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from campaigns import reassigned, stops
from campaigns.models.sending_account import THE_ONE
from campaigns.remedies import REMEDIES
from campaigns.spending import Spending, known_and_guessed, spending
from campaigns.vocabulary import AccountFault
from consent import clock

RETRIES = "campaigns.retry_sending"


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing to know: how grave (bad, warn), what it is, what to do, and where."""

    tone: str
    title: str
    words: str
    url: str = ""
    button: str = ""


def notices(user: Any) -> list[Notice]:
    """Return what this person is told, the gravest first; a fixed number of queries."""
    found = [] if not user.has_perm("campaigns.view_campaign") else [*_stops(user), *_money(user)]
    return [*found, *_due(user)]


def _due(user: Any) -> list[Notice]:
    if not user.has_perm("consent.add_reassignedcheck"):
        return []
    due = reassigned.due()
    if not due:
        return []
    numbers = "number is" if due == 1 else "numbers are"
    return [
        Notice(
            "warn",
            f"{due:,} {numbers} due for the Reassigned Numbers Database",
            f"For more than {settings.REASSIGNED_RECHECK_DAYS} days nobody wrote from them or "
            "asked about them: they may belong to somebody else by now.",
            reverse("admin:consent_reassignedcheck_add"),
            "Make the query file",
        )
    ]


def _stops(user: Any) -> list[Notice]:
    found = []
    for each in stops.holding():
        remedy = REMEDIES[AccountFault(each.fault)]
        since = timezone.localtime(each.began_at)
        what = f"Nothing leaves from {each.origination_number}" if each.origination_number else ""
        words = f"{remedy.trouble} {remedy.remedy} All texts wait meanwhile; none is lost."
        if remedy.heals and each.retry_at:
            words += f" One text is tried at {timezone.localtime(each.retry_at):%H:%M}."
        url = ""
        if user.has_perm("campaigns.view_sendingstop"):
            url = reverse("admin:campaigns_sendingstop_change", args=[each.pk])
        if user.has_perm(RETRIES):
            url = reverse("admin:campaigns_sendingstop_try_again", args=[each.pk])
        button = "" if not url else "Try again" if user.has_perm(RETRIES) else "Look"
        found.append(
            Notice(
                "bad",
                f"{what or 'Nothing is sent'} since {since:%b %-d, %H:%M}",
                words,
                url,
                button,
            )
        )
    return found


def _money(user: Any) -> list[Notice]:
    money = spending(clock.now())
    if money is None:
        if not user.has_perm("campaigns.add_sendingaccount"):
            return []
        return [
            Notice(
                "warn",
                "Nobody has said what Amazon allows this account",
                "Until then neither its pace nor its monthly spend limit is watched.",
                reverse("admin:campaigns_sendingaccount_add"),
                "Say it",
            )
        ]
    if money.warning is None:
        return []
    url = ""
    if user.has_perm("campaigns.change_sendingaccount"):
        url = reverse("admin:campaigns_sendingaccount_change", args=[THE_ONE])
    return [_warning(money, url)]


def _warning(money: Spending, url: str) -> Notice:
    said = (
        f"{money.spent:,.2f} of {money.limit:,.2f} US dollars are spent this month: "
        f"{known_and_guessed(money)}."
    )
    if money.stopped:
        return Notice(
            "bad",
            "Campaigns wait: the month's money is spent",
            f"{said} STOP and HELP replies go out on what is kept for them. Have Amazon raise the "
            "monthly spend limit, then raise it here; otherwise texts go out again next month.",
            url,
            url and "Change the limit",
        )
    return Notice(
        "bad" if money.warning == 95 else "warn",
        f"{money.percent} % of the month's money is spent",
        f"{said} Campaigns wait once 98 % are. Ask Amazon in time for a higher limit: a day or "
        "more may pass.",
        url,
        url and "Open the account",
    )
