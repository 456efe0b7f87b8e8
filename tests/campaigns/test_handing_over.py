"""Between claim and record: who may still leave, how fast, and how many are caught by a crash."""

import time
from collections import Counter

import pytest
from django.db import connection, transaction

from campaigns import approval, sending
from campaigns.claiming import claim
from campaigns.gateways.configured import gateway
from campaigns.models import Message, OriginationNumber, SendAttempt
from campaigns.publishing import Held, Publishers
from campaigns.vocabulary import MessageStatus
from campaigns.waiting import has_due
from consent import clock
from tests import builders as make

pytestmark = pytest.mark.django_db(transaction=True)
S = MessageStatus


@pytest.fixture
def topic():
    return make.a_topic()


@pytest.fixture
def number(topic):
    return make.a_number(topic)


def statuses():
    return dict(Counter(Message.objects.values_list("status", flat=True)))


def an_audit(topic, number):
    return make.a_list_audit(make.an_opted_in_contact(topic), topic, number)


def test_a_claim_that_took_long_begins_late_and_bursts_nothing(
    business_hours, stub_sns, topic, number, monkeypatch
):
    OriginationNumber.objects.update(parts_per_second=10)
    for _ in range(10):
        an_audit(topic, number)

    def slow(*given):
        batch = claim(*given)
        time.sleep(0.5)  # its first five slots are over
        return batch

    monkeypatch.setattr(sending, "claim", slow)
    sending.send_due(number.pk)
    times = [at for at, _ in stub_sns.arrivals]
    assert len(times) == 10
    assert times[-1] - times[0] > 0.7


def test_a_text_whose_check_has_grown_old_is_asked_about_again(business_hours, topic, number):
    """A thread that is busy for long must not send what was checked before (P5)."""
    an_audit(topic, number)
    batch = claim(number.pk, "w")
    now = time.monotonic()
    held = Held(batch.claimed[0], batch.at, leaves=now, void_from=now + 5)
    with Publishers(gateway(), 1) as publishers:
        publishers.give(held, now - 2 * sending.SLICE_SPAN)
        assert publishers.take_back(5) == [(held, None)]
        assert publishers.in_hand == 0


def test_never_more_than_a_batch_is_claimed_and_not_recorded(
    business_hours, stub_sns, topic, number, settings
):
    settings.SEND_BATCH = 10
    stub_sns.delay = 0.02
    for _ in range(40):
        an_audit(topic, number)
    seen = []

    def behaviour(phone, nth):
        seen.append(SendAttempt.objects.filter(outcome="begun").count() - open_ends())
        connection.close()
        return ""

    def open_ends():
        return SendAttempt.objects.exclude(outcome="begun").count()

    stub_sns.behaviour = behaviour
    sending.send_due(number.pk)
    assert statuses() == {S.ACCEPTED: 40}
    assert max(seen) <= 10


def test_a_large_paused_campaign_lies_on_no_claims_way(business_hours, stub_sns, topic, number):
    make.many_opted_in_contacts(topic, 30)
    first = make.a_running_campaign(topic, number)
    approval.pause(first, by=make.a_user("boss"), reason="Wrong price")
    later = an_audit(topic, number)
    assert [each.message for each in claim(number.pk, "w").claimed] == [later.pk]
    assert not has_due(number.pk, clock.now())
    approval.resume(first, by=make.a_user("other"), reason="Right after all")
    assert has_due(number.pk, clock.now())


def test_a_claim_outlives_a_crash_of_postgresql_whatever_its_default(
    business_hours, stub_sns, topic, number
):
    an_audit(topic, number)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit = off")
        claim(number.pk, "w")
        cursor.execute("SHOW synchronous_commit")
        assert cursor.fetchone() == ("on",)
