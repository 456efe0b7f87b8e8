"""P5. A message not yet handed to Amazon when the opt-out is committed is never handed over."""

import json
import threading
import time

import pytest
from django.db import connection

from campaigns import arrivals, sending
from campaigns.claiming import claim
from campaigns.models import Message
from campaigns.vocabulary import InboundRoad, MessageStatus
from consent import clock
from consent.vocabulary import EventKind
from tests import builders as make
from tests.campaigns.inbound.amazon import a_notification, a_payload

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


def keep_a_text(contact, said="STOP"):
    """Have a road keep a text, as it does before it acknowledges it; nobody reads it."""
    text = json.dumps(a_notification(a_payload(contact.number, said)))
    arrivals.keep([arrivals.arrival(InboundRoad.HTTPS, "id-1", text)])


def test_whose_stop_nobody_has_read_yet_is_not_texted(business_hours, stub_sns):
    topic = make.a_topic()
    number = make.a_number(topic)
    leaving, staying = make.an_opted_in_contact(topic), make.an_opted_in_contact(topic)
    make.a_running_campaign(topic, number)
    batch = claim(number.pk, "w")
    keep_a_text(leaving)

    gone = sending.overtaken(batch.claimed, "w")
    assert gone == {each.message for each in batch.claimed if each.contact == leaving.pk}
    assert {each.contact for each in batch.claimed} == {leaving.pk, staying.pk}


def test_whose_text_lies_unread_is_texted_once_it_is_read_if_they_may_be(business_hours, stub_sns):
    topic = make.a_topic()
    number = make.a_number(topic)
    leaving, staying = make.an_opted_in_contact(topic), make.an_opted_in_contact(topic)
    make.a_running_campaign(topic, number)
    keep_a_text(leaving, "STOP")
    keep_a_text(staying, "thanks!")

    sending.send_due(number.pk, seconds=3)
    assert stub_sns.posts.total() == 0
    messages = Message.objects.filter(campaign__isnull=False)
    assert {(row.status, row.attempts.count()) for row in messages} == {("queued", 0)}

    assert arrivals.take_waiting().texts == 2
    Message.objects.update(due_at=clock.now())
    while sending.send_due(number.pk):
        pass
    became = {row.contact: (row.status, row.reason_code) for row in messages.all()}
    assert became[leaving] == (MessageStatus.REFUSED, "standing")
    assert became[staying][0] == MessageStatus.ACCEPTED


def test_a_text_kept_between_claim_and_hand_over_puts_the_message_back(
    business_hours, stub_sns, monkeypatch
):
    topic = make.a_topic()
    number = make.a_number(topic)
    contact = make.an_opted_in_contact(topic)
    make.a_running_campaign(topic, number)

    def claim_then_keep(*given):
        batch = claim(*given)
        if batch.claimed:
            keep_a_text(contact)
        return batch

    monkeypatch.setattr(sending, "claim", claim_then_keep)
    sending.send_due(number.pk, seconds=3)
    message = Message.objects.get()
    assert message.status == MessageStatus.QUEUED
    assert list(message.attempts.values_list("outcome", flat=True)) == ["begun", "withdrawn"]
    assert stub_sns.posts.total() == 0


def test_asking_for_unread_texts_looks_at_no_more_than_an_index(business_hours):
    topic = make.a_topic()
    number = make.a_number(topic)
    make.many_opted_in_contacts(topic, 50)
    make.a_running_campaign(topic, number)
    claimed = claim(number.pk, "w").claimed
    with connection.cursor() as cursor:
        cursor.execute("SET enable_seqscan = off")  # the table is empty here; let it seem full
        cursor.execute("EXPLAIN " + sending.OVERTAKEN, sending.asked_of(claimed, "w"))
        plan = "\n".join(row[0] for row in cursor.fetchall())
        cursor.execute("RESET enable_seqscan")
    assert "inbound_texts_by_sender" in plan


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
