"""Write the one text that acknowledges an opt-out which did not come by text."""

from collections.abc import Sequence
from datetime import timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef

from campaigns import outbox
from campaigns.lifecycle import COUNTED_AS_SENT
from campaigns.models import Message, OriginationNumber
from campaigns.vocabulary import MessageKind
from consent import clock, ledger
from consent.models import Contact, OptInEvent, Topic
from consent.vocabulary import EventKind, Source

ONCE_IN = timedelta(days=1)


@transaction.atomic
def acknowledge(event: OptInEvent, *, left: Sequence[Topic] = ()) -> Message | None:
    """Write the text about an opt-out; None where there was one today, or no number to use.

    `left` are the topics of all the events that were recorded at once, of which this is the first.
    Whoever leaves three topics one after the other is told so once. The caller wakes the sender:
    `tasks.wake`.
    """
    ledger.hold([event.contact_id])
    if was_told_lately(event.contact):
        return None
    topics = list(left) or ([event.topic] if event.topic else [])
    number = number_for(event.contact, topics)
    if number is None:
        return None
    return outbox.enqueue(
        kind=MessageKind.STOP_CONFIRMATION,
        contact=event.contact,
        topic=named(topics),
        number=number,
        about_event=event,
    )


def named(topics: Sequence[Topic]) -> Topic | None:
    """Return the topic that the text names; of several it names none."""
    return topics[0] if len(topics) == 1 else None


def was_told_lately(contact: Contact) -> bool:
    """Say whether the person was owed an acknowledgement within a day."""
    return Message.objects.filter(
        contact=contact,
        kind=MessageKind.STOP_CONFIRMATION,
        created_at__gt=clock.now() - ONCE_IN,
    ).exists()


def number_for(contact: Contact, topics: Sequence[Topic]) -> OriginationNumber | None:
    """Return the live number that the person knows: the last that texted them, of these topics.

    Failing that a number of the topics, or of any that they ever stood in. None where none is
    left: who never heard of us is not told.
    """
    texts = Message.objects.filter(
        contact=contact, status__in=COUNTED_AS_SENT, origination_number__live=True
    ).select_related("origination_number__brand")
    if topics:
        texts = texts.filter(topic__in=topics)
    last = texts.order_by("-pk").first()
    if last is not None:
        return last.origination_number
    stood_in = topics or Topic.objects.filter(subscriptions__contact=contact)
    return (
        OriginationNumber.objects.filter(topics__in=stood_in, live=True)
        .select_related("brand")
        .order_by("pk")
        .first()
    )


def opt_outs_without_text(limit: int = 500) -> list[int]:
    """Return today's opt-outs by the web page of which nobody was told, newest first (P6)."""
    since = clock.now() - ONCE_IN
    told = Message.objects.filter(
        contact=OuterRef("contact"), kind=MessageKind.STOP_CONFIRMATION, created_at__gt=since
    )
    carried = OriginationNumber.objects.filter(
        topics__subscriptions__contact=OuterRef("contact"), live=True
    )
    texted = Message.objects.filter(
        contact=OuterRef("contact"),
        status__in=COUNTED_AS_SENT,
        origination_number__live=True,
    )
    return list(
        OptInEvent.objects.filter(
            ~Exists(told),
            Exists(carried) | Exists(texted),
            kind=EventKind.OPTED_OUT,
            source=Source.WEB_FORM,
            recorded_by=None,
            occurred_at__gt=since,
        )
        .order_by("-occurred_at")
        .values_list("pk", flat=True)[:limit]
    )
