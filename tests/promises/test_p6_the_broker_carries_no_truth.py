"""P6. Rows are the queue: lose the broker, lose nothing; run a task twice, double nothing."""

import time
from collections import Counter

import pytest

from campaigns import tasks
from campaigns.models import Message
from campaigns.vocabulary import CampaignStatus, MessageKind, MessageStatus
from consent.vocabulary import EventKind
from smscompliance.celery import app
from tests import builders as make
from tests.processes import RunningBeat, RunningWorker

S = MessageStatus


def statuses():
    return Counter(Message.objects.values_list("status", flat=True))


def flush_broker():
    with app.connection_for_write() as connection:
        connection.default_channel.client.flushall()


def until(condition, *, within=60.0):
    deadline = time.monotonic() + within
    while not condition():
        assert time.monotonic() < deadline, statuses()
        time.sleep(0.1)


@pytest.fixture
def worker_and_beat(transactional_db, business_hours, empty_broker, stub_sns):
    running = [RunningWorker(), RunningBeat()]
    try:
        for process in running:
            process.start()
        yield
    finally:
        for process in reversed(running):
            process.stop()


@pytest.mark.e2e
def test_a_campaign_finishes_though_the_broker_is_flushed_in_mid_campaign(
    worker_and_beat, stub_sns
):
    topic = make.a_topic(reminder_months=None)  # a slow run would meet beat's list audit
    number = make.a_number(topic, parts_per_second=100)
    make.many_opted_in_contacts(topic, 300)
    campaign = make.an_approved_campaign(topic, number)  # beat finds and starts it
    for share in (1, 100, 200):
        until(lambda share=share: stub_sns.posts.total() >= share)
        flush_broker()

    def is_finished():
        campaign.refresh_from_db()
        return campaign.status == CampaignStatus.FINISHED

    until(is_finished)
    assert statuses() == {S.ACCEPTED: 300}
    assert max(stub_sns.posts.values()) == 1


@pytest.mark.django_db(transaction=True)
def test_a_request_that_nobody_woke_is_found_by_the_sweep(business_hours, empty_broker):
    topic = make.a_topic()
    make.a_number(topic)
    event = make.an_event(make.a_contact(), EventKind.REQUESTED, topic)
    tasks.sweep_requests()
    tasks.sweep_requests()
    (message,) = Message.objects.all()
    assert (message.kind, message.about_event) == (MessageKind.CONFIRMATION_REQUEST, event)


@pytest.mark.django_db(transaction=True)
def test_every_task_run_twice_leaves_what_running_it_once_leaves(
    business_hours, stub_sns, empty_broker
):
    topic = make.a_topic()
    number = make.a_number(topic)
    for _ in range(5):
        make.an_opted_in_contact(topic)
    asked = make.an_event(make.a_contact(), EventKind.REQUESTED, topic)
    campaign = make.an_approved_campaign(topic, number)
    for _ in range(2):
        tasks.request_confirmation(asked.pk)
        tasks.sweep_requests()
        tasks.start_due_campaigns()
        tasks.freeze_audience(campaign.pk)
        tasks.schedule_list_audits()
        tasks.wake_senders()
        tasks.send_due(number.pk)
        tasks.settle_abandoned()
    campaign.refresh_from_db()
    assert campaign.status == CampaignStatus.FINISHED
    assert max(stub_sns.posts.values()) == 1
    kinds = Counter(Message.objects.values_list("kind", flat=True))
    assert kinds == {"campaign": 5, "confirmation_request": 1, "list_audit": 5}
    audits = Message.objects.filter(kind=MessageKind.LIST_AUDIT)
    assert set(audits.values_list("status", flat=True)) <= {S.ACCEPTED, S.QUEUED}


@pytest.mark.django_db(transaction=True)
def test_a_broker_that_is_away_undoes_nothing(business_hours, stub_sns, monkeypatch):
    topic = make.a_topic()
    number = make.a_number(topic)
    event = make.an_event(make.a_contact(), EventKind.REQUESTED, topic)

    def gone(*_, **__):
        raise app.connection_for_write().connection_errors[0]("The broker is away")

    monkeypatch.setattr(tasks.send_due, "delay", gone)
    tasks.request_confirmation(event.pk)
    assert Message.objects.get().about_event == event
    tasks.send_due(number.pk)
    assert stub_sns.posts.total() == 1
