"""Amazon is asked to let go of who agreed anew, once, and what waits for them goes on."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection

from campaigns import opt_out_sync, sending, tasks, unblocking
from campaigns.explanation import explain
from campaigns.models import AmazonBlock, Message
from campaigns.vocabulary import MessageKind
from campaigns.vocabulary import MessageStatus as S
from consent import clock
from consent.vocabulary import EventKind, Source
from tests import builders as make
from tests.campaigns.at_amazon import agree_by_text, amazon, block, text, texts_to

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("aws", "business_hours"),
]


def welcome():
    return Message.objects.get(kind=MessageKind.WELCOME)


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


def test_who_left_again_meanwhile_is_not_asked_for(aws, topic, number, blocked):
    agree_by_text(blocked, topic)
    make.an_event(blocked, EventKind.OPTED_OUT, topic)
    unblocking.sweep()
    assert block().ask_at is None
    assert "OptInPhoneNumber" not in amazon(aws)["calls"]
    sending.send_due(number.pk)
    assert welcome().status == S.REFUSED


def test_a_welcome_is_refused_instead_of_left_to_fail_where_amazon_keeps_its_block(
    aws, topic, number, blocked
):
    before = len(texts_to(aws, blocked))
    AmazonBlock.objects.update(opted_in_at=clock.now() - timedelta(days=3))
    agree_by_text(blocked, topic)
    assert unblocking.sweep() == {number.pk}
    sending.send_due(number.pk)
    assert (welcome().status, welcome().reason_code) == (S.REFUSED, "amazon")
    assert (block().left_at, block().ask_at) == (None, None)
    assert len(texts_to(aws, blocked)) == before
    assert "OptInPhoneNumber" not in amazon(aws)["calls"]


def test_a_number_that_left_the_list_by_itself_costs_no_thirty_days(aws, topic, number, blocked):
    amazon(aws, opt_in=[blocked.number])
    agree_by_text(blocked, topic)
    assert unblocking.sweep() == {number.pk}
    assert (block().left_at is None, block().opted_in_at) == (False, None)
    assert "OptInPhoneNumber" not in amazon(aws)["calls"]


def test_amazon_away_is_asked_again_and_the_welcome_waits(aws, topic, number, blocked, settings):
    before = len(texts_to(aws, blocked))
    agree_by_text(blocked, topic)
    address, settings.AWS_ENDPOINT_URL = settings.AWS_ENDPOINT_URL, "http://127.0.0.1:9"
    assert unblocking.sweep() == set()
    settings.AWS_ENDPOINT_URL = address
    sending.send_due(number.pk)
    assert (welcome().status, len(texts_to(aws, blocked))) == (S.QUEUED, before)
    assert welcome().due_at > clock.now() + unblocking.AGAIN / 2
    assert unblocking.sweep() == set()  # not yet
    AmazonBlock.objects.update(ask_at=clock.now())
    assert unblocking.sweep() == {number.pk}
    assert welcome().due_at <= clock.now()


def test_after_a_day_without_answer_what_waits_is_refused_and_another_day_later_asked_anew(
    aws, topic, number, blocked, settings, business_hours
):
    agree_by_text(blocked, topic)
    address, settings.AWS_ENDPOINT_URL = settings.AWS_ENDPOINT_URL, "http://127.0.0.1:9"
    a_day_on(business_hours)
    assert unblocking.sweep() == {number.pk}
    assert (block().ask_at, block().left_at) == (None, None)
    settings.AWS_ENDPOINT_URL = address
    sending.send_due(number.pk)
    assert (welcome().status, welcome().reason_code) == (S.REFUSED, "amazon")
    a_day_on(business_hours)
    assert explain(blocked, topic).clearance.outcome == "clear"
    make.a_running_campaign(topic, number)
    sending.send_due(number.pk)
    assert unblocking.sweep() == {number.pk}
    assert amazon(aws)["opted_out"] == []


def a_day_on(business_hours):
    shift = float(business_hours.read_text())
    business_hours.write_text(str(shift + 25 * 3600))


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
