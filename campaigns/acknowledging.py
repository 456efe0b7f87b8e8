"""Write the one text that acknowledges an opt-out which did not come by text."""

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
def acknowledge(event: OptInEvent) -> Message | None:
    """Write the text about an opt-out; None where there was one today, or no number to use.

    Whoever leaves three topics one after the other is told so once. The caller wakes the sender:
    `tasks.wake`.
    """
    ledger.hold([event.contact_id])
    if was_told_lately(event.contact):
        return None
    number = number_for(event.contact, event.topic)
    if number is None:
        return None
    return outbox.enqueue(
        kind=MessageKind.STOP_CONFIRMATION,
        contact=event.contact,
        topic=event.topic,
        number=number,
        about_event=event,
    )


def was_told_lately(contact: Contact) -> bool:
    """Say whether the person was owed an acknowledgement within a day."""
    return Message.objects.filter(
        contact=contact,
        kind=MessageKind.STOP_CONFIRMATION,
        created_at__gt=clock.now() - ONCE_IN,
    ).exists()


def number_for(contact: Contact, topic: Topic | None) -> OriginationNumber | None:
    """Return the live number that the person knows: the topic's, or the last that texted them.

    None where none is left, or nobody ever texted them: who never heard of us is not told.
    """
    if topic is not None:
        found = OriginationNumber.objects.for_topic(topic)
        if found is not None:
            return found
    last = (
        Message.objects.filter(
            contact=contact, status__in=COUNTED_AS_SENT, origination_number__live=True
        )
        .select_related("origination_number__brand")
        .order_by("-pk")
        .first()
    )
    return last.origination_number if last else None


def opt_outs_without_text(limit: int = 500) -> list[int]:
    """Return today's opt-outs by the web page of which nobody was told, newest first (P6)."""
    since = clock.now() - ONCE_IN
    told = Message.objects.filter(
        contact=OuterRef("contact"), kind=MessageKind.STOP_CONFIRMATION, created_at__gt=since
    )
    carried = OriginationNumber.objects.filter(topics=OuterRef("topic"), live=True)
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
            occurred_at__gt=since,
        )
        .order_by("-occurred_at")
        .values_list("pk", flat=True)[:limit]
    )
