"""Whoever leaves by the web page is told so once, by the number that they know."""

from datetime import timedelta

import pytest

from campaigns import acknowledging, tasks
from campaigns.models import Message
from campaigns.vocabulary import MessageKind, MessageStatus
from consent import clock, unsubscribing
from tests.builders import (
    a_contact,
    a_list_audit,
    a_number,
    a_topic,
    an_opted_in_contact,
    some_evidence,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def topics():
    return [a_topic("example-offers"), a_topic("example-news")]


@pytest.fixture
def number(topics):
    return a_number(*topics)


@pytest.fixture
def member(topics, number):
    for topic in topics:
        contact = an_opted_in_contact(topic, "+12125550133")
    return contact


def leave(contact, topic=None):
    return unsubscribing.leave(contact, topic, evidence=some_evidence())


def a_sent_text(contact, topic, number):
    audit = a_list_audit(contact, topic, number)
    Message.objects.filter(pk=audit.pk).update(
        status=MessageStatus.ACCEPTED, amazon_message_id="a", clearance={}, exemption="help"
    )


def told():
    rows = Message.objects.filter(kind=MessageKind.STOP_CONFIRMATION)
    return list(rows.values_list("about_event", "body"))


def test_leaving_a_topic_is_acknowledged_once_however_often_it_is_woken(member, topics):
    event = leave(member, topics[0])
    for _ in range(3):
        tasks.confirm_opt_out(event.pk)
    ((about, body),) = told()
    assert about == event.pk
    assert body.startswith("STOP: You're unsubscribed from Example Corp. offers.")


def test_several_leaves_of_a_day_are_acknowledged_once(member, topics):
    events = [leave(member, topics[0]), leave(member, topics[1]), leave(member)]
    for event in events:
        tasks.confirm_opt_out(event.pk)
    assert [about for about, _ in told()] == [events[0].pk]


def test_leaving_everything_is_acknowledged_by_the_number_that_texted_last(member, topics, number):
    other = a_number(a_topic("example-third"), number="54321")
    a_sent_text(member, topics[0], number)
    assert acknowledging.number_for(member, []) == number
    a_sent_text(member, topics[0], other)
    tasks.confirm_opt_out(leave(member).pk)
    assert Message.objects.get(kind=MessageKind.STOP_CONFIRMATION).origination_number == other


def test_whom_we_never_texted_is_not_texted_now():
    a_number(a_topic())
    tasks.confirm_opt_out(leave(a_contact()).pk)
    assert told() == []
    assert acknowledging.opt_outs_without_text() == []


def test_a_sweep_finds_what_nobody_woke(member, topics):
    event = leave(member, topics[0])
    assert acknowledging.opt_outs_without_text() == [event.pk]
    tasks.sweep_opt_outs()
    assert [about for about, _ in told()] == [event.pk]
    assert acknowledging.opt_outs_without_text() == []


def test_the_sweep_leaves_old_ones_alone(member, topics, settings, tmp_path):
    leave(member, topics[0])
    ahead = tmp_path / "clock"
    ahead.write_text(str(int(timedelta(days=2).total_seconds())))
    settings.CLOCK_FILE = str(ahead)
    assert acknowledging.opt_outs_without_text() == []
    assert clock.now() is not None


def test_the_text_may_go_though_they_left(member, topics, business_hours):
    from campaigns import claiming

    event = leave(member, topics[0])
    message = acknowledging.acknowledge(event)
    (claimed,) = claiming.claim(message.origination_number_id, "w").claimed
    assert claimed.message == message.pk
    message.refresh_from_db()
    assert (message.status, message.exemption) == (MessageStatus.SENDING, "opt_out_confirmation")
