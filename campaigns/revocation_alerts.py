"""Tell people once of what nears its limit; the board and the dashboard show it all the while."""

import logging
from collections import Counter
from collections.abc import Sequence
from smtplib import SMTPException

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.mail import EmailMessage
from django.urls import reverse
from django.utils import timezone

from campaigns.open_revocations import Item, Waits, claim, give_back, to_tell
from consent import clock

logger = logging.getLogger(__name__)

SAID = {
    Waits.LIKELY: "Replies that look like revocations and wait for a person",
    Waits.UNREAD: "Replies that nobody has read and that may be revocations",
    Waits.LETTER: "Dead letters, in which there may be a revocation",
    Waits.ACKNOWLEDGEMENT: "Confirmations of STOP that are not out",
    Waits.HELP: "Answers to HELP that are not out",
}


def alert() -> int:
    """Mail what nears its limit or is past it to those who may act; return how many items.

    Each item is told of once. If the mail cannot be handed over, or there is nobody to get it, the
    next sweep tries again.
    """
    moment = clock.now()
    zone = timezone.get_default_timezone()
    found = to_tell(moment, zone, settings.REVOCATION_ALERT_BUSINESS_DAYS)
    if not found:
        return 0
    people = recipients()
    if not people:
        logger.error("%d items near their limit, and nobody to tell: set ALERT_EMAILS", len(found))
        return 0
    mine = claim(found, moment)
    if not mine:
        return 0
    mail = EmailMessage(subject=_subject(mine), body=_words(mine), bcc=people)
    try:
        mail.send()
    except (SMTPException, OSError) as fault:
        give_back(mine)
        logger.error("The alert could not be mailed: %s", type(fault).__name__)
        return 0
    return len(mine)


def recipients() -> list[str]:
    """Return the addresses of those who may settle replies, and those that the settings name."""
    officers = get_user_model().objects.with_perm(
        "campaigns.settle_reply",
        backend="django.contrib.auth.backends.ModelBackend",
        include_superusers=False,
    )
    return sorted({*officers.exclude(email="").values_list("email", flat=True)} | {*_named()})


def _named() -> Sequence[str]:
    named: Sequence[str] = settings.ALERT_EMAILS
    return named


def _subject(found: Sequence[Item]) -> str:
    return f"Clock of revocations: {len(found)} near the limit"


def _words(found: Sequence[Item]) -> str:
    """Name items by their ids alone: mail travels in the open (P10)."""
    counts = Counter(item.waits for item in found)
    lines = [f"{SAID[waits]}: {count}" for waits, count in counts.items()]
    lines += ["", *(_line(item) for item in found), ""]
    board = settings.PUBLIC_BASE_URL.rstrip("/") + reverse("admin:campaigns_reply_clock")
    return "\n".join([*lines, f"All that is open: {board}"])


def _line(item: Item) -> str:
    due = timezone.localtime(item.due_at)
    return f"{item.row}: due {due:%a %b} {due.day}, {due:%H:%M %Z}"
