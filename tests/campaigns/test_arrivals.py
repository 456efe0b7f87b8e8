"""Inbound texts are kept as they come, and read in order, once, by however many readers."""

import json
import threading
import time
from datetime import timedelta

import pytest
from django.db import connection

from campaigns import arrivals, tasks
from campaigns.inbound_payload import Unreadable
from campaigns.models import DeadLetter, InboundText, Message, Reply
from campaigns.vocabulary import InboundRoad, MessageKind
from consent import clock
from consent.as_of import events_of
from consent.models import OptInEvent
from consent.vocabulary import EventKind
from tests.builders import a_number, a_phone, a_topic, an_opted_in_contact
from tests.campaigns.inbound.amazon import a_notification, a_payload

pytestmark = pytest.mark.django_db


@pytest.fixture
def topic():
    topic = a_topic()
    a_number(topic)
    return topic


def keep(sender, said="STOP", **more):
    text = json.dumps(a_notification(a_payload(sender, said, **more)))
    row = arrivals.arrival(InboundRoad.SQS, f"id-{sender}-{said}", text)
    arrivals.keep([row])
    return row


def read_all():
    while arrivals.take_waiting().texts:
        pass


def test_each_persons_texts_are_read_in_the_order_in_which_they_came(topic):
    one, two = a_phone(), a_phone()
    for sender, said in ((one, "first"), (one, "second"), (two, "alone"), (one, "third")):
        keep(sender, said)
    assert arrivals.take_waiting().texts == 2  # the first of each
    read_all()
    said = list(Reply.objects.order_by("pk").values_list("body", flat=True))
    assert said == ["first", "alone", "second", "third"]
    assert not InboundText.objects.exists()


def test_a_text_was_received_when_it_arrived_and_not_when_it_was_read(topic):
    kept = keep(a_phone())
    read_all()
    assert Reply.objects.get().received_at == kept.arrived_at


def test_what_comes_again_after_it_was_read_does_nothing(topic):
    member = an_opted_in_contact(topic)
    for _ in range(2):
        keep(member.number, inboundMessageId="the-same")
        read_all()
    assert (Reply.objects.count(), InboundText.objects.count()) == (1, 0)
    assert OptInEvent.objects.filter(kind=EventKind.OPTED_OUT).count() == 1


def test_what_no_database_keeps_is_left_out(topic):
    text = json.dumps(a_notification(a_payload(a_phone(), "hi"))).replace("hi", "h\ud800i")
    arrivals.keep([arrivals.arrival(InboundRoad.SQS, "id-1", text)])
    read_all()
    assert Reply.objects.get().body == "h?i"


def test_what_is_no_text_is_said_so_and_machines_are_nobody():
    with pytest.raises(Unreadable):
        arrivals.arrival(InboundRoad.SQS, "id-1", "not JSON")
    machine = json.dumps(a_notification(a_payload("227263")))
    assert arrivals.arrival(InboundRoad.SQS, "id-1", machine) is None


def test_whoever_waits_behind_a_text_that_fails_keeps_waiting_and_others_do_not(topic):
    stuck, other = a_phone(), a_phone()
    with connection.cursor() as cursor:
        cursor.execute(
            "ALTER TABLE campaigns_reply ADD CONSTRAINT none CHECK (body <> 'bad') NOT VALID"
        )
    for sender, said in ((stuck, "bad"), (stuck, "later"), (other, "fine")):
        keep(sender, said)
    read_all()
    assert [reply.body for reply in Reply.objects.all()] == ["fine"]
    for _ in range(2):
        InboundText.objects.update(put_off_until=None)
        read_all()
    assert DeadLetter.objects.get().reason == "the software failed on it: IntegrityError"
    assert {reply.body for reply in Reply.objects.all()} == {"fine", "later"}


@pytest.mark.django_db(transaction=True)
def test_readers_at_once_read_each_text_once(topic):
    members = [an_opted_in_contact(topic) for _ in range(30)]
    for member in members:
        keep(member.number)
        keep(member.number, "STOP please")
    texts = []

    def read():
        # Who finds all that is next in other hands looks again, as its next waking would
        while InboundText.objects.exists():
            texts.append(arrivals.take_waiting().texts)
        connection.close()

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    assert sum(texts) == Reply.objects.count() == 60
    # Two of one millisecond are put in order by their ids, which may correct what came first
    for member in members:
        kinds = [event.kind for event in events_of(member.pk)]
        assert kinds.count(EventKind.OPTED_OUT) == 1
    assert Message.objects.filter(kind=MessageKind.STOP_CONFIRMATION).count() == 30
    for member in members:
        said = list(member.replies.order_by("pk").values_list("body", flat=True))
        assert said == ["STOP", "STOP please"]


@pytest.mark.django_db(transaction=True)
def test_only_so_many_workers_read_at_a_time(topic, empty_broker):
    keep(a_phone())
    held = threading.Event()
    places = threading.Semaphore(0)

    def sit():
        with arrivals.a_reader() as found:
            assert found
            places.release()
            held.wait()
        connection.close()

    readers = [threading.Thread(target=sit) for _ in range(arrivals.READERS)]
    for reader in readers:
        reader.start()
        places.acquire()
    tasks.read_inbound_texts()
    assert not Reply.objects.exists()
    held.set()
    for reader in readers:
        reader.join()
    tasks.read_inbound_texts()
    assert Reply.objects.count() == 1


def test_that_nobody_reads_is_told_on_the_dashboard(topic, admin_client):
    keep(a_phone())
    InboundText.objects.update(arrived_at=clock.now() - timedelta(seconds=50))
    assert b"nobody reads" not in admin_client.get("/admin/").content
    InboundText.objects.update(arrived_at=clock.now() - timedelta(seconds=70))
    assert b"text that came in and nobody reads" in admin_client.get("/admin/").content


@pytest.mark.e2e
def test_the_sweep_reads_what_nobody_woke(running_beat, topic):
    keep(a_phone(), "HELP")
    ends = time.monotonic() + 60
    while not Reply.objects.exists():
        assert time.monotonic() < ends
        time.sleep(0.05)
    assert not InboundText.objects.exists()
