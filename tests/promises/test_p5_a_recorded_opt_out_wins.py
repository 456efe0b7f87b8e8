"""P5. A message not yet handed to Amazon when the opt-out is committed is never handed over."""

import threading
import time

import pytest
from django.db import connection

from campaigns import sending
from campaigns.claiming import claim
from campaigns.models import Message
from campaigns.vocabulary import MessageStatus
from consent.vocabulary import EventKind
from tests import builders as make

pytestmark = pytest.mark.django_db(transaction=True)

# What was handed to a thread leaves within the span of its slice and one query
BOUND = sending.SLICE_SPAN + 0.4  # seconds, on a busy machine


@pytest.mark.parametrize("kind", [EventKind.OPTED_OUT, EventKind.SUPPRESSED])
@pytest.mark.parametrize("everything", [True, False])
def test_who_leaves_between_claim_and_hand_over_is_not_texted(
    business_hours, stub_sns, kind, everything
):
    topic = make.a_topic()
    number = make.a_number(topic)
    leaving, staying = make.an_opted_in_contact(topic), make.an_opted_in_contact(topic)
    make.a_running_campaign(topic, number)
    batch = claim(number.pk, "w")
    make.an_event(leaving, kind, None if everything else topic)

    gone = sending.overtaken(batch.claimed, "w")
    assert gone == {each.message for each in batch.claimed if each.contact == leaving.pk}
    assert {each.contact for each in batch.claimed} == {leaving.pk, staying.pk}


def test_the_withdrawn_message_is_refused_at_its_next_claim(business_hours, stub_sns, monkeypatch):
    topic = make.a_topic()
    number = make.a_number(topic)
    contact = make.an_opted_in_contact(topic)
    make.a_running_campaign(topic, number)

    def claim_then_leave(*given):
        batch = claim(*given)
        if batch.claimed:
            make.an_event(contact, EventKind.OPTED_OUT, topic)
        return batch

    monkeypatch.setattr(sending, "claim", claim_then_leave)
    sending.send_due(number.pk)
    message = Message.objects.get()
    assert (message.status, message.reason_code) == (MessageStatus.REFUSED, "standing")
    assert list(message.attempts.values_list("outcome", flat=True)) == ["begun", "withdrawn"]
    assert stub_sns.posts.total() == 0


def test_stops_that_arrive_while_a_campaign_runs_are_honoured_within_the_bound(
    business_hours, stub_sns
):
    stub_sns.delay = 0.02
    topic = make.a_topic()
    number = make.a_number(topic, parts_per_second=100)
    people = make.many_opted_in_contacts(topic, 300)
    make.a_running_campaign(topic, number)

    def send():
        sending.send_due(number.pk)
        connection.close()

    sender = threading.Thread(target=send)
    sender.start()
    left = {}
    for contact in people[::3]:
        make.an_event(contact, EventKind.OPTED_OUT, topic)
        left[contact.number] = time.time()
    sender.join()

    late = {phone: at - left[phone] for at, phone in stub_sns.arrivals if phone in left}
    assert max(late.values(), default=0) < BOUND
    refused = Message.objects.filter(status=MessageStatus.REFUSED)
    assert refused.count() > 20
    assert refused.count() + stub_sns.posts.total() == 300
