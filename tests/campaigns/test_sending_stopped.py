"""What keeps texts from leaving: a pause, a switch, too many senders, too long a wait."""

import time
from collections import Counter

import pytest

from campaigns import approval, sending
from campaigns.claiming import LEAD, Batch, claim
from campaigns.gateways.configured import gateway
from campaigns.handing_over import HandingOver
from campaigns.models import Campaign, OriginationNumber
from campaigns.vocabulary import CampaignStatus, MessageStatus
from consent import clock
from tests import builders as make
from tests.campaigns.sent_texts import an_audit, attempts, statuses

pytestmark = pytest.mark.django_db(transaction=True)
S = MessageStatus


def test_nothing_leaves_a_paused_campaign_and_all_of_it_after_resuming(
    business_hours, stub_sns, topic, number
):
    make.an_opted_in_contact(topic)
    campaign = make.a_running_campaign(topic, number)
    boss = make.a_user("boss")
    approval.pause(campaign, by=boss, reason="Wrong price")
    sending.send_due(number.pk)
    assert stub_sns.posts == Counter()
    assert sending.numbers_with_due() == []
    approval.resume(campaign, by=boss, reason="Price is right after all")
    sending.send_due(number.pk)
    assert sum(stub_sns.posts.values()) == 1


def test_a_cancelled_campaign_sends_no_more(business_hours, stub_sns, topic, number):
    make.an_opted_in_contact(topic)
    campaign = make.a_running_campaign(topic, number)
    approval.cancel(campaign, by=make.a_user("boss"), reason="Not now")
    sending.send_due(number.pk)
    assert stub_sns.posts == Counter()
    assert statuses() == {S.CANCELLED: 1}


def test_a_campaign_paused_after_the_claim_hands_nothing_over(
    business_hours, stub_sns, topic, number
):
    make.an_opted_in_contact(topic)
    campaign = make.a_running_campaign(topic, number)
    batch = claim(number.pk, "w")
    Campaign.objects.filter(pk=campaign.pk).update(status=CampaignStatus.PAUSED)
    assert sending.overtaken(batch.claimed, "w") == {batch.claimed[0].message}


def test_a_number_that_is_switched_off_keeps_its_messages(business_hours, stub_sns, topic, number):
    an_audit(topic, number)
    OriginationNumber.objects.update(live=False)
    assert sending.send_due(number.pk) is False
    assert statuses() == {S.QUEUED: 1}


def test_a_third_sender_of_one_number_leaves(business_hours, stub_sns, topic, number):
    from django.db import connections

    def place_elsewhere():
        other = connections.create_connection("default")
        key = number.pk * sending.SENDERS_PER_NUMBER
        with other.cursor() as cursor:
            for place in range(sending.SENDERS_PER_NUMBER):
                cursor.execute(
                    "SELECT pg_advisory_lock(%s, %s)", [sending.ADVISORY_SPACE, key + place]
                )
        return other

    an_audit(topic, number)
    other = place_elsewhere()
    assert sending.send_due(number.pk) is False
    assert stub_sns.posts == Counter()
    with other.cursor() as cursor:  # the server sees a closed connection only a while later
        cursor.execute("SELECT pg_advisory_unlock_all()")
    other.close()
    sending.send_due(number.pk)
    assert sum(stub_sns.posts.values()) == 1


def test_a_batch_that_waited_too_long_goes_back_to_the_queue(
    business_hours, stub_sns, topic, number
):
    """As when the demo clock jumps, or when a worker was stopped for a while."""
    message = an_audit(topic, number)
    batch = claim(number.pk, "w")
    batch.at -= 2 * LEAD
    batches = iter([batch])
    HandingOver(
        number.pk,
        "w",
        gateway(),
        claim=lambda most: next(batches, Batch(clock.now())),
        overtaken=lambda slice_: sending.overtaken(slice_, "w"),
        stopping=lambda: False,
        ends=time.monotonic() + 5,
    ).run()
    message.refresh_from_db()
    assert message.status == S.QUEUED
    assert attempts(message) == [(1, "begun", ""), (1, "withdrawn", "")]
    assert stub_sns.posts == Counter()


def test_a_worker_that_is_told_to_stop_puts_back_what_it_holds(
    business_hours, stub_sns, topic, number, settings
):
    settings.SEND_THREADS = 3  # what the threads hold already leaves, however busy the machine
    OriginationNumber.objects.update(parts_per_second=10)
    for _ in range(20):
        an_audit(topic, number)
    sending.send_due(number.pk, stopping=lambda: sum(stub_sns.posts.values()) >= 3)
    sent = sum(stub_sns.posts.values())
    assert 3 <= sent <= 6
    assert statuses() == {S.ACCEPTED: sent, S.QUEUED: 20 - sent}
