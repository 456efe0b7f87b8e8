"""What Amazon's opt-out list holds in tests, and people who agree anew in spite of it."""

from itertools import count

from campaigns import outbox, replies
from campaigns.models import AmazonBlock
from campaigns.vocabulary import MessageKind
from consent.vocabulary import EventKind, Source
from tests import builders as make

_serial = count(1)


def amazon(aws, **wanted):
    return aws.ask("/devstack/account", wanted)


def text(contact, body):
    return replies.receive(
        {
            "originationNumber": contact.number,
            "destinationNumber": "12345",
            "messageBody": body,
            "inboundMessageId": f"unblock-{next(_serial)}",
        }
    )


def agree_by_text(contact, topic):
    """Agree anew, as START or a keyword does, and be owed a welcome."""
    wording = make.the_wording(topic).pk
    make.an_event(contact, EventKind.REQUESTED, topic, source=Source.KEYWORD, disclosure=wording)
    event = make.an_event(contact, EventKind.CONFIRMED, topic, source=Source.REPLY)
    outbox.enqueue(kind=MessageKind.WELCOME, contact=contact, topic=topic, about_event=event)
    return event


def agree(contact, topic, source=Source.PAPER_FORM):
    """Agree anew by another road than a text, under a wording of ours."""
    wording = make.the_wording(topic).pk
    return make.an_event(contact, EventKind.OPTED_IN, topic, source=source, disclosure=wording)


def block():
    return AmazonBlock.objects.get()


def texts_to(aws, contact):
    return [each["message"] for each in aws.texts() if each["phone_number"] == contact.number]
