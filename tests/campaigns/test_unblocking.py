"""Who agrees anew by text is taken off Amazon's list before their welcome leaves."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import count

import pytest
from django.db import connection

from campaigns import opt_out_sync, outbox, replies, sending, tasks, unblocking
from campaigns.models import AmazonBlock, Message
from campaigns.vocabulary import MessageKind
from campaigns.vocabulary import MessageStatus as S
from consent import clock
from consent.vocabulary import EventKind, Source
from tests import builders as make

pytestmark = pytest.mark.django_db(transaction=True)
_serial = count(1)


@pytest.fixture
def topic(aws, business_hours):
    return make.a_topic()


@pytest.fixture
def number(topic):
    return make.a_number(topic)


@pytest.fixture
def blocked(aws, topic, number):
    """Somebody who sent STOP, and whom Amazon's list holds since."""
    contact = make.an_opted_in_contact(topic)
    text(contact, "STOP")
    sending.send_due(number.pk)
    amazon(aws, opt_out=[contact.number])
    opt_out_sync.carry_out(opt_out_sync.begin().pk)
    return contact


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


def welcome():
    return Message.objects.get(kind=MessageKind.WELCOME)


def block():
    return AmazonBlock.objects.get()


def texts_to(aws, contact):
    return [each["message"] for each in aws.texts() if each["phone_number"] == contact.number]


def test_the_welcome_waits_until_amazon_has_lifted_its_block(aws, topic, number, blocked):
    before = len(texts_to(aws, blocked))
    agree_by_text(blocked, topic)
    sending.send_due(number.pk)
    assert (welcome().status, len(texts_to(aws, blocked))) == (S.QUEUED, before)
    assert unblocking.sweep() == {number.pk}
    assert amazon(aws)["opted_out"] == []
    assert (block().left_at is None, block().ask_at) == (False, None)
    sending.send_due(number.pk)
    assert (welcome().status, len(texts_to(aws, blocked))) == (S.ACCEPTED, before + 1)


def test_a_start_after_a_stop_asks_amazon_by_itself(aws, topic, number):
    contact = make.an_opted_in_contact(topic)
    make.an_event(contact, EventKind.OPTED_OUT, source=Source.REPLY)
    amazon(aws, opt_out=[contact.number])
    opt_out_sync.carry_out(opt_out_sync.begin().pk)
    text(contact, "START")
    assert contact.subscriptions.get(topic=topic).standing == "opted_in"
    assert block().ask_at is not None
    tasks.unblock_at_amazon()
    assert amazon(aws)["opted_out"] == []


def test_whoever_amazon_does_not_block_is_welcomed_at_once(topic, number):
    event = agree_by_text(make.a_contact(), topic)
    assert welcome().due_at <= clock.now()
    assert unblocking.sweep() == set()
    assert event.source == Source.REPLY


@pytest.mark.parametrize("source", [Source.WEB_FORM, Source.PAPER_FORM, Source.OTHER])
def test_what_did_not_come_from_the_phone_itself_is_left_to_an_officer(
    aws, topic, number, blocked, source
):
    event = make.an_event(blocked, EventKind.OPTED_IN, topic, source=source)
    outbox.enqueue(kind=MessageKind.WELCOME, contact=blocked, topic=topic, about_event=event)
    assert unblocking.sweep() == set()
    assert block().ask_at is None
    assert "OptInPhoneNumber" not in amazon(aws)["calls"]


def test_who_left_again_meanwhile_is_not_asked_for(aws, topic, number, blocked):
    agree_by_text(blocked, topic)
    make.an_event(blocked, EventKind.OPTED_OUT, topic)
    unblocking.sweep()
    assert block().ask_at is None
    assert "OptInPhoneNumber" not in amazon(aws)["calls"]
    sending.send_due(number.pk)
    assert welcome().status == S.REFUSED


def test_a_refusal_of_amazon_cancels_the_welcome_instead_of_letting_it_fail(
    aws, topic, number, blocked
):
    AmazonBlock.objects.update(opted_in_at=clock.now() - timedelta(days=3))
    agree_by_text(blocked, topic)
    assert unblocking.sweep() == set()
    assert (welcome().status, welcome().reason_code) == (S.CANCELLED, "amazon.blocks")
    assert (block().left_at, block().ask_at) == (None, None)
    assert "OptInPhoneNumber" not in amazon(aws)["calls"]


def test_a_number_that_left_the_list_by_itself_costs_no_thirty_days(aws, topic, number, blocked):
    amazon(aws, opt_in=[blocked.number])
    agree_by_text(blocked, topic)
    assert unblocking.sweep() == {number.pk}
    assert (block().left_at is None, block().opted_in_at) == (False, None)
    assert "OptInPhoneNumber" not in amazon(aws)["calls"]


def test_amazon_away_is_asked_again_and_the_welcome_waits(aws, topic, number, blocked, settings):
    agree_by_text(blocked, topic)
    address, settings.AWS_ENDPOINT_URL = settings.AWS_ENDPOINT_URL, "http://127.0.0.1:9"
    assert unblocking.sweep() == set()
    assert welcome().status == S.QUEUED
    assert welcome().due_at > clock.now() + unblocking.AGAIN / 2
    assert unblocking.sweep() == set()  # not yet
    settings.AWS_ENDPOINT_URL = address
    AmazonBlock.objects.update(ask_at=clock.now())
    assert unblocking.sweep() == {number.pk}
    assert welcome().due_at <= clock.now()


def test_it_is_given_up_a_day_after_the_opt_in(
    aws, topic, number, blocked, settings, business_hours
):
    agree_by_text(blocked, topic)
    shift = float(business_hours.read_text())
    business_hours.write_text(str(shift + 25 * 3600))
    settings.AWS_ENDPOINT_URL = "http://127.0.0.1:9"
    assert unblocking.sweep() == set()
    assert (welcome().status, block().ask_at) == (S.CANCELLED, None)


def test_of_two_sweeps_at_once_one_asks(aws, topic, number, blocked):
    agree_by_text(blocked, topic)

    def sweep(_):
        try:
            return unblocking.sweep()
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as workers:
        woken = list(workers.map(sweep, range(4)))
    assert sorted(map(len, woken)) == [0, 0, 0, 1]
    assert amazon(aws)["calls"]["OptInPhoneNumber"] == 1


def test_an_opt_in_from_before_the_block_lifts_nothing(aws, topic, number, blocked):
    AmazonBlock.objects.update(ask_at=clock.now())
    unblocking.sweep()
    assert (block().left_at, block().ask_at) == (None, None)
    assert "OptInPhoneNumber" not in amazon(aws)["calls"]
