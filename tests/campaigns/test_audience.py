"""The audience: everyone opted in, once each, with the clearance as asked then."""

from collections import Counter
from datetime import timedelta

import pytest

from campaigns import approval, audience
from campaigns.clearance import sentences
from campaigns.models import Campaign, Message
from campaigns.rulebook import loader
from campaigns.vocabulary import CampaignStatus as C
from campaigns.vocabulary import MessageStatus as S
from consent import clock
from consent.vocabulary import EventKind
from tests import builders as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def topic():
    return make.a_topic()


@pytest.fixture
def number(topic):
    return make.a_number(topic)


def test_everyone_opted_in_to_this_topic_and_nobody_else(business_hours, topic, number):
    members = [make.an_opted_in_contact(topic) for _ in range(3)]
    make.an_opted_in_contact(make.a_topic("example-offers"))
    gone = make.an_opted_in_contact(topic)
    make.an_event(gone, EventKind.OPTED_OUT, topic)
    make.an_event(make.a_contact(), EventKind.REQUESTED, topic)
    campaign = make.a_running_campaign(topic, number)
    rows = campaign.messages.order_by("contact_id")
    assert [row.contact_id for row in rows] == [member.pk for member in members]
    assert [row.authorised_by_id for row in rows] == [m.events.last().pk for m in members]
    assert {(row.status, row.text) for row in rows} == {(S.QUEUED, "Example Corp.: hello.")}
    assert campaign.frozen_at is not None


def test_refused_and_held_rows_say_why_from_the_start(business_hours, topic, number):
    here = make.an_opted_in_contact(topic)
    asleep = make.an_opted_in_contact(topic, "+18085550100")
    barred = make.an_opted_in_contact(topic)
    make.an_event(barred, EventKind.SUPPRESSED, note="Litigation")
    campaign = make.a_running_campaign(topic, number)
    told = {row.contact_id: row for row in campaign.messages.all()}
    assert (told[here.pk].status, told[here.pk].reason_code) == (S.QUEUED, "")
    assert (told[asleep.pk].status, told[asleep.pk].reason_code) == (S.HELD, "house.hours")
    assert told[asleep.pk].due_at > clock.now() + timedelta(hours=3)
    assert (told[barred.pk].status, told[barred.pk].reason_code) == (S.REFUSED, "suppression")
    assert told[barred.pk].settled_at is not None
    assert any(
        "The person is suppressed: all, Litigation." in line
        for line in sentences(told[barred.pk].clearance, loader.load())
    )


def test_freezing_goes_on_where_it_was_lost_and_never_doubles(
    business_hours, topic, number, monkeypatch
):
    make.many_opted_in_contacts(topic, 25)
    monkeypatch.setattr(audience, "CHUNK", 10)
    campaign = make.an_approved_campaign(topic, number)
    audience.start(campaign.pk)
    assert audience._freeze_chunk(campaign.pk)
    assert campaign.messages.count() == 10
    assert audience.unfrozen() == [campaign.pk]
    audience.freeze(campaign.pk)
    audience.freeze(campaign.pk)
    assert campaign.messages.count() == 25
    assert campaign.messages.values("contact").distinct().count() == 25
    assert audience.unfrozen() == []


def test_thousands_cost_a_few_queries_a_chunk(
    business_hours, topic, number, django_assert_max_num_queries
):
    make.many_opted_in_contacts(topic, 1000)
    campaign = make.an_approved_campaign(topic, number)
    audience.start(campaign.pk)
    with django_assert_max_num_queries(40):
        audience.freeze(campaign.pk)
    assert Counter(campaign.messages.values_list("status", flat=True)) == {S.QUEUED: 1000}


def test_nothing_starts_before_its_time(business_hours, topic, number):
    campaign = make.an_approved_campaign(
        topic, number, scheduled_at=clock.now() + timedelta(minutes=1)
    )
    assert audience.start(campaign.pk) is False
    assert Campaign.objects.get().status == C.APPROVED


def test_what_was_changed_after_its_approval_goes_back_to_draft(business_hours, topic, number):
    make.an_opted_in_contact(topic)
    campaign = make.an_approved_campaign(topic, number)
    Campaign.objects.update(text="Example Corp.: something nobody approved")
    assert audience.start(campaign.pk) is False
    audience.freeze(campaign.pk)
    campaign.refresh_from_db()
    assert (campaign.status, campaign.approved_by) == (C.DRAFT, None)
    assert campaign.history.first().history_change_reason == audience.CHANGED
    assert Message.objects.count() == 0


def test_a_campaign_with_nobody_to_text_finishes(business_hours, topic, number):
    campaign = make.a_running_campaign(topic, number)
    assert audience.finish_exhausted() == 1
    campaign.refresh_from_db()
    assert campaign.status == C.FINISHED


def test_a_campaign_with_somebody_held_goes_on(business_hours, topic, number):
    make.an_opted_in_contact(topic, "+18085550100")
    make.a_running_campaign(topic, number)
    assert audience.finish_exhausted() == 0


def test_cancelling_cancels_all_that_wait(business_hours, topic, number):
    make.an_opted_in_contact(topic, "+18085550100")
    make.an_opted_in_contact(topic)
    campaign = make.a_running_campaign(topic, number)
    approval.cancel(campaign, by=campaign.author, reason="Wrong list")
    found = campaign.messages.values_list("status", "reason_code")
    assert set(found) == {(S.CANCELLED, "campaign.cancelled")}
