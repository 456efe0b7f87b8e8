"""What staff see first: what waits for them, and how today goes. A fixed number of queries."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils import timezone

from campaigns.admin.figures import charts, figures, last_days, texts_by_status
from campaigns.admin.notices import notices
from campaigns.admin.waiting import Waiting, waiting_for
from campaigns.house_policy import rulebook_in_force
from campaigns.revocation_clock import ageing_from, honour_by
from consent import clock


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
