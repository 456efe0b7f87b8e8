"""P4. A crash, a timeout or a redelivery never sends twice; what we do not know is unconfirmed."""

import time
from collections import Counter
from datetime import timedelta

import pytest

from campaigns import sending, tasks, unconfirmed
from campaigns.models import Message, SendAttempt
from campaigns.vocabulary import MessageStatus
from consent import clock
from consent.vocabulary import EventKind
from tests import builders as make
from tests.processes import RunningWorker

S = MessageStatus


def statuses():
    return Counter(Message.objects.values_list("status", flat=True))


def wake_until(condition, *, within=60.0):
    """Wake senders as beat does, until something is so."""
    deadline = time.monotonic() + within
    while not condition():
        assert time.monotonic() < deadline, statuses()
        tasks.wake_senders.delay()
        time.sleep(0.1)


@pytest.fixture
def worker(transactional_db, business_hours, empty_broker, stub_sns):
    """A worker that sends to the stub."""
    running = RunningWorker()
    running.start()
    yield running
    running.stop()


@pytest.mark.e2e
def test_a_worker_killed_twice_in_mid_campaign_sends_nothing_twice(worker, stub_sns, monkeypatch):
    stub_sns.delay = 0.02
    topic = make.a_topic()
    number = make.a_number(topic, parts_per_second=200)
    people = make.many_opted_in_contacts(topic, 500)
    campaign = make.a_running_campaign(topic, number)
    for contact in people[:5]:  # they left after the audience was written down
        make.an_event(contact, EventKind.OPTED_OUT, topic)

    for kill_after in (100, 250):
        wake_until(lambda after=kill_after: sum(stub_sns.posts.values()) >= after)
        worker.kill()
        worker.start()
    wake_until(lambda: set(statuses()) <= {S.ACCEPTED, S.REFUSED, S.SENDING})
    time.sleep(1)  # let what is out be recorded
    # Their leases are over in two minutes
    monkeypatch.setattr(clock, "now", lambda now=clock.now: now() + timedelta(minutes=3))
    lost = unconfirmed.sweep()

    found = statuses()
    assert max(stub_sns.posts.values()) == 1
    assert sum(found.values()) == 500
    assert set(found) <= {S.ACCEPTED, S.REFUSED, S.UNCONFIRMED}
    assert found[S.REFUSED] == 5
    assert found[S.UNCONFIRMED] == lost <= 2 * 2 * 50  # two kills, two senders, a batch each
    accepted = Message.objects.filter(status=S.ACCEPTED)
    assert accepted.values("amazon_message_id").distinct().count() == found[S.ACCEPTED]
    taken = {phone for phone, _ in stub_sns.taken}
    assert set(accepted.values_list("contact__number", flat=True)) <= taken
    assert campaign.messages.count() == 500


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("answer", ["cut", "500 InternalError"])
def test_what_amazon_took_without_saying_so_is_never_sent_again(business_hours, stub_sns, answer):
    stub_sns.behaviour = lambda phone, nth: answer
    topic = make.a_topic()
    number = make.a_number(topic)
    for _ in range(10):
        make.a_list_audit(make.an_opted_in_contact(topic), topic, number)
    for _ in range(3):
        sending.send_due(number.pk)
    assert stub_sns.posts.total() == 10
    assert statuses() == {S.UNCONFIRMED: 10}


@pytest.mark.django_db(transaction=True)
def test_a_message_left_in_flight_is_unconfirmed_after_its_lease(
    business_hours, stub_sns, monkeypatch
):
    from campaigns.claiming import claim

    topic = make.a_topic()
    number = make.a_number(topic)
    message = make.a_list_audit(make.an_opted_in_contact(topic), topic, number)
    claim(number.pk, "a worker that dies")
    assert unconfirmed.sweep() == 0
    monkeypatch.setattr(clock, "now", lambda now=clock.now: now() + timedelta(seconds=121))
    assert unconfirmed.sweep() == 1
    sending.send_due(number.pk)
    message.refresh_from_db()
    assert message.status == S.UNCONFIRMED
    assert list(message.attempts.values_list("outcome", "code")) == [
        ("begun", ""),
        ("unconfirmed", "worker_lost"),
    ]
    assert stub_sns.posts.total() == 0


@pytest.mark.django_db(transaction=True)
def test_two_senders_at_once_share_the_messages(business_hours, stub_sns):
    from concurrent.futures import ThreadPoolExecutor

    from django.db import connection

    topic = make.a_topic()
    number = make.a_number(topic, parts_per_second=500)
    make.many_opted_in_contacts(topic, 200)
    make.a_running_campaign(topic, number)

    def one(_):
        try:
            sending.send_due(number.pk)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as both:
        list(both.map(one, range(2)))
    assert max(stub_sns.posts.values()) == 1
    assert statuses() == {S.ACCEPTED: 200}
    workers = SendAttempt.objects.filter(outcome="begun").values("worker").distinct()
    assert workers.count() == 2
