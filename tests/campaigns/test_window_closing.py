"""A text whose hours end before it was sent waits for the next or expires; it is never late."""

from collections import Counter
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from campaigns import audience, sending
from campaigns.claiming import claim
from campaigns.models import Campaign, Message
from campaigns.quiet_hours import Window, first_close
from campaigns.vocabulary import CampaignStatus, MessageStatus
from consent import clock
from smscompliance.devstack import demo_clock
from tests import builders as make

pytestmark = pytest.mark.django_db(transaction=True)
S = MessageStatus
NEW_YORK = ZoneInfo("America/New_York")


@pytest.fixture
def topic():
    return make.a_topic()


@pytest.fixture
def number(topic):
    return make.a_number(topic)


def statuses():
    return dict(Counter(Message.objects.values_list("status", "reason_code")))


def go_on(clock_file, hours):
    """Let hours pass on the demo clock."""
    clock_file.write_text(str(demo_clock.read_shift(clock_file) + hours * 3600))


def a_campaign_for(people, topic, number, **fields):
    for _ in range(people):
        make.an_opted_in_contact(topic)
    return make.a_running_campaign(topic, number, **fields)


def test_by_default_it_waits_for_the_next_morning(business_hours, stub_sns, topic, number):
    a_campaign_for(2, topic, number)
    go_on(business_hours, 12)
    sending.send_due(number.pk)
    assert stub_sns.posts == Counter()
    assert {status for status, _ in statuses()} == {S.HELD}


def test_it_expires_where_the_campaign_says_so_and_the_campaign_is_done(
    business_hours, stub_sns, topic, number
):
    campaign = a_campaign_for(2, topic, number, when_window_closes="expire")
    go_on(business_hours, 12)
    sending.send_due(number.pk)
    audience.finish_exhausted()
    assert statuses() == {(S.EXPIRED, "window.closed"): 2}
    assert stub_sns.posts == Counter()
    assert Message.objects.filter(settled_at=None).count() == 0
    campaign.refresh_from_db()
    assert campaign.status == CampaignStatus.FINISHED


def test_it_expires_even_if_nobody_looked_until_the_next_window_was_open(
    business_hours, stub_sns, topic, number
):
    """As when the campaign was paused over night: the next day's hours are not its own."""
    a_campaign_for(1, topic, number, when_window_closes="expire")
    Campaign.objects.update(status=CampaignStatus.PAUSED)
    go_on(business_hours, 24 if clock.now().astimezone(NEW_YORK).weekday() < 4 else 72)
    Campaign.objects.update(status=CampaignStatus.RUNNING)
    sending.send_due(number.pk)
    assert statuses() == {(S.EXPIRED, "window.closed"): 1}
    assert stub_sns.posts == Counter()


def test_it_is_sent_while_its_window_is_open(business_hours, stub_sns, topic, number):
    a_campaign_for(1, topic, number, when_window_closes="expire")
    go_on(business_hours, 1)
    sending.send_due(number.pk)
    assert statuses() == {(S.ACCEPTED, ""): 1}


def test_one_that_waits_for_its_first_hours_does_not_expire(
    business_hours, stub_sns, topic, number
):
    farther = make.an_opted_in_contact(topic, "+18085550100")  # Honolulu sleeps at 10 New York
    make.a_running_campaign(topic, number, when_window_closes="expire")
    message = Message.objects.get(contact=farther)
    assert message.status == S.HELD
    go_on(business_hours, 4.5)
    sending.send_due(number.pk)
    assert statuses() == {(S.ACCEPTED, ""): 1}


def test_a_throttled_one_keeps_the_end_that_it_had(business_hours, stub_sns, topic, number):
    stub_sns.behaviour = lambda phone, nth: "400 Throttling"
    a_campaign_for(1, topic, number, when_window_closes="expire")
    sending.send_due(number.pk, seconds=3)
    message = Message.objects.get()
    assert message.expires_at is not None
    go_on(business_hours, 24 if clock.now().astimezone(NEW_YORK).weekday() < 4 else 72)
    Message.objects.update(due_at=clock.now())
    sending.send_due(number.pk, seconds=3)
    assert statuses() == {(S.EXPIRED, "window.closed"): 1}


def test_end_user_messaging_is_told_when_the_hours_end(business_hours, stub_eum, topic):
    number = make.a_number(topic, gateway="eum")
    make.a_list_audit(make.an_opted_in_contact(topic), topic, number)
    (claimed,) = claim(number.pk, "w").claimed
    local = claimed.text.expires_at.astimezone(NEW_YORK)
    assert local.date() == clock.now().astimezone(NEW_YORK).date()
    assert local.time() <= time(21)
    assert clock.now() < claimed.text.expires_at


def test_a_cancelled_campaign_leaves_nothing_in_the_queue(business_hours, stub_sns, topic, number):
    """Even what a worker held at that moment and put back."""
    from campaigns import approval
    from campaigns.gateways.protocol import HandOver
    from campaigns.recording import Result, record
    from campaigns.vocabulary import AttemptOutcome

    campaign = a_campaign_for(2, topic, number)
    batch = claim(number.pk, "w")
    approval.cancel(campaign, by=make.a_user("boss"), reason="Not now")
    assert sending.overtaken(batch.claimed, "w") == {each.message for each in batch.claimed}
    record(
        [
            Result(each.message, each.ordinal, HandOver(AttemptOutcome.WITHDRAWN), clock.now())
            for each in batch.claimed
        ],
        "w",
    )
    assert {status for status, _ in statuses()} == {S.CANCELLED}


def test_the_first_of_several_hours_to_close_ends_them():
    every_day = frozenset(range(7))
    until_nine = ((Window(every_day, time(8), time(21)),), "America/New_York")
    until_eight = ((Window(every_day, time(9), time(20)),), "America/Chicago")
    start = datetime(2030, 3, 5, 17, tzinfo=UTC)
    end = start + timedelta(days=4)
    assert first_close([until_nine], start, end) == datetime(2030, 3, 6, 2, tzinfo=UTC)
    assert first_close([until_nine, until_eight], start, end) == datetime(2030, 3, 6, 2, tzinfo=UTC)
    assert first_close([until_eight], start, end) == datetime(2030, 3, 6, 2, tzinfo=UTC)
    early = ((Window(every_day, time(8), time(13)),), "America/New_York")
    assert first_close([until_nine, early], start, end) == datetime(2030, 3, 5, 18, tzinfo=UTC)
    assert first_close([early], start + timedelta(hours=2), end) == start + timedelta(hours=2)
    assert first_close([], start, end) is None
