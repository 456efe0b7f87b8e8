"""List audits: remind everyone who is opted in, every so many months, that they are and how to
leave."""

from calendar import monthrange
from datetime import datetime, timedelta
from math import ceil
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection, transaction

from campaigns import wording
from campaigns.lifecycle import OPEN
from campaigns.models import Message, OriginationNumber
from campaigns.outbox import PRIORITY, words_for
from campaigns.vocabulary import MessageKind, MessageStatus
from consent import clock
from consent.models import Subscription, Topic

AUDIT = MessageKind.LIST_AUDIT

# A month has some twenty business days; a day's share keeps one import from one flood of texts
SHARES = 20
LEAST_SHARE = 50
# One that was refused or rejected is tried again after this, not at the next tick
TRY_AGAIN = timedelta(days=30)
SATURDAY = 5

# Counted from the latest of the opt-in, its recording (else bringing a list would text everyone on
# it) and the last audit that Amazon took, or may have taken
WRITE_DUE = """
    INSERT INTO campaigns_message (
        contact_id, topic_id, origination_number_id, kind, body, parts, priority, status, due_at,
        created_at, reason_code, exemption, worker, amazon_message_id
    )
    SELECT s.contact_id, s.topic_id, %(number)s, %(audit)s, %(body)s, %(parts)s, %(priority)s,
           'queued', %(now)s, %(now)s, '', '', '', ''
    FROM consent_subscription AS s
    JOIN consent_optinevent AS e ON e.id = s.authorised_by_id AND e.recorded_at <= %(before)s
    WHERE s.topic_id = %(topic)s AND s.standing = 'opted_in' AND s.since <= %(before)s
      AND NOT EXISTS (
        SELECT FROM campaigns_message AS m
        WHERE m.contact_id = s.contact_id AND m.topic_id = s.topic_id AND m.kind = %(audit)s
          AND (m.status = ANY(%(open)s)
               OR m.status = ANY(%(sent)s) AND COALESCE(m.settled_at, m.claimed_at) > %(before)s
               OR m.created_at > %(lately)s)
      )
    ORDER BY s.since, s.contact_id
    LIMIT %(share)s
"""


def schedule_list_audits() -> list[int]:
    """Write the list audits that are due today; return the numbers that have something to send.

    On business days only, a share of each topic's people a day. Run twice, it writes no more.
    """
    moment = clock.now()
    if moment.astimezone(ZoneInfo(settings.TIME_ZONE)).weekday() >= SATURDAY:
        return []
    topics = Topic.objects.open().exclude(reminder_months=None).values_list("pk", flat=True)
    found = {_schedule(topic, moment) for topic in topics}
    return sorted(number for number in found if number is not None)


@transaction.atomic
def _schedule(topic_id: int, moment: datetime) -> int | None:
    """Write one topic's share; return the number it goes out from, if anything does."""
    # Held, so that two ticks at once do not write the same people twice
    topic = (
        Topic.objects.select_for_update(of=("self",), skip_locked=True, no_key=True)
        .select_related("brand")
        .filter(pk=topic_id)
        .first()
    )
    number = OriginationNumber.objects.for_topic(topic) if topic else None
    if topic is None or number is None or topic.reminder_months is None:
        return None
    share = _share_left(topic, moment)
    if share <= 0:
        return None
    body = words_for(AUDIT, topic, number)
    with connection.cursor() as cursor:
        cursor.execute(
            WRITE_DUE,
            {
                "topic": topic.pk,
                "number": number.pk,
                "audit": AUDIT.value,
                "body": body,
                "parts": wording.parts(body).parts,
                "priority": PRIORITY[AUDIT],
                "now": moment,
                "before": _months_before(moment, topic.reminder_months),
                "lately": moment - min(TRY_AGAIN, _shortest(topic.reminder_months)),
                "open": [status.value for status in OPEN],
                "sent": [MessageStatus.ACCEPTED.value, MessageStatus.UNCONFIRMED.value],
                "share": share,
            },
        )
        return number.pk if cursor.rowcount else None


def _share_left(topic: Topic, moment: datetime) -> int:
    """Return how many more of a topic's audits may be written today."""
    people = Subscription.objects.opted_in(topic).count()
    midnight = moment.astimezone(ZoneInfo(settings.TIME_ZONE)).replace(
        hour=0, minute=0, second=0, microsecond=0
    )
    written = Message.objects.filter(
        kind=AUDIT, topic=topic, created_at__gte=midnight, created_at__lte=moment
    ).count()
    return max(LEAST_SHARE, ceil(people / SHARES)) - written


def _months_before(moment: datetime, months: int) -> datetime:
    """Return the same day so many months ago, or that month's last where it is shorter."""
    years, month = divmod(moment.year * 12 + moment.month - 1 - months, 12)
    last = monthrange(years, month + 1)[1]
    return moment.replace(year=years, month=month + 1, day=min(moment.day, last))


def _shortest(months: int) -> timedelta:
    """Return a bit less than so many months, so that a try never hides the next audit."""
    return timedelta(days=28 * months - 1)
