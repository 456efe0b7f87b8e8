"""Texts that people send us, and what became of them."""

from datetime import timedelta
from itertools import count

from campaigns import outbox, replies
from campaigns.models import Message
from campaigns.vocabulary import MessageStatus
from consent import clock
from consent.models import Subscription
from consent.vocabulary import EventKind, Standing
from tests.builders import (
    an_event,
)

_serial = count(1)


def text(contact, body, to="12345", *, identity=None, at=None, **more):
    payload = {
        "originationNumber": getattr(contact, "number", contact),
        "destinationNumber": to,
        "messageKeyword": "KEYWORD_UNSPECIFIED",
        "messageBody": body,
        "inboundMessageId": identity or f"inbound-{next(_serial)}",
        **more,
    }
    return replies.receive(payload, published_at=at)


def standing(contact, topic):
    row = Subscription.objects.filter(contact=contact, topic=topic).first()
    return Standing(row.standing) if row else Standing.UNKNOWN


def sent(contact):
    return list(
        Message.objects.filter(contact=contact).order_by("pk").values_list("kind", flat=True)
    )


def asked(contact, topic, *, hours_ago=1.0):
    """Make a request whose question for YES has reached the phone; return the question."""
    at = clock.now() - timedelta(hours=hours_ago)
    event = an_event(contact, EventKind.REQUESTED, topic, occurred_at=at)
    question = outbox.ask_for_confirmation(event)
    reach_the_phone(question, at)
    return question


def reach_the_phone(message, at=None):
    Message.objects.filter(pk=message.pk).update(
        status=MessageStatus.ACCEPTED,
        amazon_message_id=f"amazon-{message.pk}",
        exemption="opt_in_request",
        clearance={},
        claimed_at=at or clock.now(),
    )
