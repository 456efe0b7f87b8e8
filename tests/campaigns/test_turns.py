"""The most urgent go first, and nobody waits for ever."""

import pytest

from campaigns import outbox, turns
from campaigns.claiming import claim
from campaigns.models import Message, OriginationNumber
from campaigns.vocabulary import MessageKind, MessageStatus
from consent.vocabulary import EventKind
from tests import builders as make

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def topic():
    return make.a_topic()


@pytest.fixture
def number(topic):
    return make.a_number(topic, parts_per_second=1)


def stop_confirmations(topic, count):
    """People who left, one a text: what floods a number when a campaign annoys."""
    for _ in range(count):
        contact = make.a_contact()
        event = make.an_event(contact, EventKind.OPTED_OUT, topic)
        outbox.enqueue(
            kind=MessageKind.STOP_CONFIRMATION, contact=contact, topic=topic, about_event=event
        )


def confirmation_requests(topic, count):
    wording = make.the_wording(topic)
    for _ in range(count):
        contact = make.a_contact()
        event = make.an_event(
            contact,
            EventKind.REQUESTED,
            topic,
            evidence=make.some_evidence(),
            disclosure=wording.pk,
        )
        outbox.enqueue(
            kind=MessageKind.CONFIRMATION_REQUEST,
            contact=contact,
            topic=topic,
            about_event=event,
        )


def claims(number, count):
    """Claim as often as slots come free; return the kinds in the order in which they leave."""
    kinds = []
    for _ in range(count):
        OriginationNumber.objects.update(next_slot_at=None)
        batch = claim(number.pk, "w")
        ids = [each.message for each in batch.claimed]
        found = dict(Message.objects.filter(pk__in=ids).values_list("pk", "kind"))
        kinds += [found[pk] for pk in ids]
    return kinds


def test_stop_replies_go_before_confirmations_before_campaigns(business_hours, topic, number):
    for _ in range(2):
        make.an_opted_in_contact(topic)
    make.a_running_campaign(topic, number)
    confirmation_requests(topic, 1)
    stop_confirmations(topic, 1)
    assert claims(number, 4) == [
        "stop_confirmation",
        "confirmation_request",
        "campaign",
        "campaign",
    ]


def test_a_campaign_has_every_fifth_turn_however_many_stop_replies_wait(
    business_hours, topic, number
):
    for _ in range(3):
        make.an_opted_in_contact(topic)
    make.a_running_campaign(topic, number)
    stop_confirmations(topic, 12)
    kinds = claims(number, 14)
    assert [place for place, kind in enumerate(kinds) if kind == "campaign"] == [4, 9, 14][:2]
    assert kinds.count("stop_confirmation") == 12


def test_list_audits_are_not_kept_waiting_by_a_campaign(business_hours, topic, number):
    audited = make.an_opted_in_contact(topic)
    for _ in range(12):
        make.an_opted_in_contact(topic)
    make.a_running_campaign(topic, number)
    Message.objects.filter(contact=audited).delete()
    make.a_list_audit(audited, topic, number)
    kinds = claims(number, 11)
    assert [place for place, kind in enumerate(kinds) if kind == "list_audit"] == [9]


def test_a_number_that_is_not_busy_keeps_to_urgency(business_hours, topic, number):
    """The others have their turn only where claims are filled whole one after the other."""
    make.an_opted_in_contact(topic)
    make.a_running_campaign(topic, number)
    for _ in range(2 * turns.ROUND):
        OriginationNumber.objects.update(next_slot_at=None)
        stop_confirmations(topic, 1)
        Message.objects.filter(kind="campaign").update(due_at="2100-01-01T00:00Z")
        claim(number.pk, "w")
        claim(number.pk, "w")
    left = Message.objects.filter(kind="stop_confirmation", status=MessageStatus.QUEUED)
    assert left.count() == 0
