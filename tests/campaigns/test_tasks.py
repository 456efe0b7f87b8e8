"""Tasks are small: they take ids, delegate and wake; a worker that is stopped puts things back."""

import time
from collections import Counter

import pytest

from campaigns import tasks
from campaigns.models import Message
from campaigns.vocabulary import CampaignStatus, MessageKind, MessageStatus
from consent.vocabulary import EventKind
from smscompliance.celery import app
from tests import builders as make
from tests.processes import RunningWorker

S = MessageStatus


def statuses():
    return Counter(Message.objects.values_list("status", flat=True))


def until(condition, *, within=40.0):
    deadline = time.monotonic() + within
    while not condition():
        assert time.monotonic() < deadline, statuses()
        time.sleep(0.1)


@pytest.mark.e2e
def test_a_reminder_goes_out_by_itself_through_beat_worker_and_amazon(running_beat, aws):
    topic = make.a_topic()
    number = make.a_number(topic)
    people = [make.an_opted_in_contact(topic) for _ in range(3)]
    campaign = make.an_approved_campaign(topic, number)

    def is_finished():
        campaign.refresh_from_db()
        return campaign.status == CampaignStatus.FINISHED

    until(is_finished)
    texts = [text for text in aws.texts() if text["message"] == campaign.text]
    assert sorted(t["phone_number"] for t in texts) == sorted(p.number for p in people)


@pytest.mark.e2e
def test_a_request_is_asked_about_within_seconds_of_its_waking(running_worker, aws):
    topic = make.a_topic()
    make.a_number(topic)
    contact = make.a_contact()
    event = make.an_event(contact, EventKind.REQUESTED, topic)
    app.send_task("campaigns.request_confirmation", [event.pk])
    until(aws.texts, within=10)
    (text,) = aws.texts()
    assert text["phone_number"] == contact.number
    assert text["message"].startswith("Text YES to join Example Corp. alerts.")


@pytest.mark.e2e
def test_a_worker_that_is_stopped_loses_nothing(
    transactional_db, business_hours, empty_broker, stub_sns
):
    topic = make.a_topic()
    number = make.a_number(topic, parts_per_second=20)
    make.many_opted_in_contacts(topic, 100)
    make.a_running_campaign(topic, number)
    worker = RunningWorker()
    worker.start()
    tasks.send_due.delay(number.pk)
    until(lambda: stub_sns.posts.total() >= 20)
    worker.stop()
    found = statuses()
    assert found == {S.ACCEPTED: stub_sns.posts.total(), S.QUEUED: 100 - found[S.ACCEPTED]}
    assert found[S.QUEUED] > 20


@pytest.mark.django_db(transaction=True)
def test_a_request_without_a_number_waits_and_says_so(business_hours, empty_broker, caplog):
    topic = make.a_topic()
    event = make.an_event(make.a_contact(), EventKind.REQUESTED, topic)
    tasks.request_confirmation(event.pk)
    assert caplog.messages == [f"Request {event.pk} waits: no live number carries topic {topic.pk}"]
    number = make.a_number(topic)
    tasks.sweep_requests()
    message = Message.objects.get()
    assert (message.kind, message.origination_number) == (
        MessageKind.CONFIRMATION_REQUEST,
        number,
    )


def test_every_task_of_beat_exists_and_keeps_no_result():
    app.loader.import_default_modules()
    for entry in app.conf.beat_schedule.values():
        assert app.tasks[entry["task"]].ignore_result, entry["task"]
