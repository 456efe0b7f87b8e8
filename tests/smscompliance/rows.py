"""Make rows for tests of the whole admin."""

from campaigns import outbox
from campaigns.clearance_facts import Decisions, facts_for
from campaigns.models import (
    AccountCheck,
    Campaign,
    Message,
    OptOutComparison,
    Receipt,
    SendAttempt,
)
from campaigns.vocabulary import CampaignStatus, MessageKind
from consent import clock
from consent.vocabulary import EventKind
from tests.builders import (
    a_disclosure,
    a_number,
    a_reply,
    a_topic,
    a_user,
    an_event,
    an_opted_in_contact,
)


def a_row_of_everything(serial):
    """Add one row to every list that grows with the work."""
    topic = a_topic(f"example-topic{serial}")
    number = a_number(topic, number=f"1234{serial}")
    a_disclosure(topic)
    contact = an_opted_in_contact(topic)
    an_event(contact, EventKind.SUPPRESSED, topic, note="A test")
    reply = a_reply(contact, number, destination=number.number)
    message = outbox.enqueue(
        kind=MessageKind.HELP_REPLY, contact=contact, topic=topic, number=number, answers=reply
    )
    _, packed = Decisions(clock.now()).of(facts_for([message])[message.pk])
    Message.objects.filter(pk=message.pk).update(clearance=packed, status="refused")
    SendAttempt.objects.create(
        message=message, ordinal=1, outcome="begun", at=clock.now(), worker="w"
    )
    Receipt.objects.create(
        event_id=f"e-{serial}",
        amazon_message_id=f"amz-{serial}",
        message=message,
        contact=contact,
        success=True,
        outcome="delivered",
        logged_at=clock.now(),
        received_at=clock.now(),
    )
    author = a_user(f"author{serial}")
    OptOutComparison.objects.create(state="done", began_at=clock.now(), asked_by=author)
    AccountCheck.objects.create(
        checked_at=clock.now(), checked_by=author, findings=[], troubles=serial
    )
    Campaign.objects.create(
        name=f"Campaign {serial}",
        topic=topic,
        origination_number=number,
        text="Hello",
        scheduled_at=clock.now(),
        author=author,
        status=CampaignStatus.SUBMITTED,
    )
