"""Let requests lapse that nobody confirmed in time."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from consent import clock, ledger
from consent.ledger import EventDraft
from consent.models import Subscription
from consent.vocabulary import EventKind, Source

BATCH = 500


def oldest_in_time(moment: datetime | None = None) -> datetime:
    """Return when the oldest request was made that has not lapsed at a moment, swept or not."""
    return (moment or clock.now()) - timedelta(hours=settings.OPT_IN_LAPSE_HOURS)


def lapse_requests(batch: int = BATCH) -> int:
    """Record every overdue request as expired, in transactions of one batch; return how many."""
    limit, lapsed = oldest_in_time(), 0
    while found := _lapse_some(limit, batch):
        lapsed += found
    return lapsed


@transaction.atomic
def _lapse_some(limit: datetime, batch: int) -> int:
    overdue = Subscription.objects.pending_since_before(limit).order_by("since", "pk")
    first = overdue.values_list("pk", "contact_id")[:batch]
    rows, people = [row for row, _ in first], {person for _, person in first}
    ledger.hold(people)
    # Asked again now that nobody else writes about them: a YES may have come in between
    still = overdue.filter(pk__in=rows).values_list("contact_id", "topic_id")
    drafts = [
        EventDraft(contact=contact, topic=topic, kind=EventKind.EXPIRED, source=Source.SYSTEM)
        for contact, topic in still
    ]
    if drafts:
        ledger.record_many(drafts)
    return len(rows)
