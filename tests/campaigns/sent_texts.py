"""Make texts that have left, and the people who got them, for tests of the past."""

from collections import Counter
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from campaigns.models import ClearanceReview, Message
from campaigns.vocabulary import MessageKind, MessageStatus, ReviewKind
from consent import clock
from consent.vocabulary import EventKind, Source
from tests import builders as make

NEW_YORK = ZoneInfo("America/New_York")


def in_new_york(text: str) -> datetime:
    """Read a moment by the clocks of New York."""
    return datetime.fromisoformat(text).replace(tzinfo=NEW_YORK)


def a_person(topic, number, **fields):
    """Make a contact that opted in on paper in March 2025."""
    contact = make.a_contact(number)
    given = {"source": Source.PAPER_FORM, "occurred_at": make.LONG_AGO, **fields}
    make.an_event(contact, EventKind.OPTED_IN, topic, **given)
    return contact


def a_sent_text(contact, topic, number, at, **fields) -> Message:
    """Make a list audit, or a campaign's text, that Amazon took at a moment."""
    return Message.objects.create(
        **{
            "contact": contact,
            "topic": topic,
            "origination_number": number,
            "kind": MessageKind.CAMPAIGN if fields.get("campaign") else MessageKind.LIST_AUDIT,
            "body": "" if fields.get("campaign") else "Still here.",
            "status": MessageStatus.ACCEPTED,
            "created_at": at - timedelta(hours=1),
            "due_at": at,
            "claimed_at": at,
            "settled_at": at + timedelta(seconds=2),
            "clearance": {"o": "clear", "r": "x", "v": {}, "n": "2025-03-05T16:00Z"},
            "authorised_by": contact.events.first(),
            "amazon_message_id": f"amazon-{contact.pk}-{at.timestamp()}",
            **fields,
        }
    )


def a_review(kind=ReviewKind.LOOK_BACK, **fields) -> ClearanceReview:
    """Ask for a review; nobody has answered it yet."""
    return ClearanceReview.objects.create(
        **{"kind": kind, "reason": "Counsel asks", "asked_at": clock.now(), **fields}
    )


def statuses():
    """Return how many messages stand where."""
    return dict(Counter(Message.objects.values_list("status", flat=True)))


def attempts(message):
    """Return what was tried for a message."""
    return list(message.attempts.values_list("ordinal", "outcome", "code"))


def an_audit(topic, number):
    """Make a list audit to somebody new."""
    return make.a_list_audit(make.an_opted_in_contact(topic), topic, number)
