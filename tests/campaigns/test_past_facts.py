"""The facts of a past moment are read like those of today."""

from datetime import timedelta

import pytest

from campaigns.clearance_facts import Ask, facts_of
from campaigns.past_facts import facts_then
from campaigns.vocabulary import MessageKind, MessageStatus
from consent import clock
from consent.vocabulary import EventKind, Source
from tests import builders as make
from tests.campaigns.sent_texts import a_person, a_sent_text

pytestmark = pytest.mark.django_db


@pytest.fixture
def asks():
    topic, other = make.a_topic(), make.a_topic("example-news", opt_in_keywords=["NEWS"])
    number = make.a_number(topic)
    campaign = make.an_approved_campaign(topic, number)
    now = clock.now()
    plain, moved, left, barred, texted = (
        a_person(topic, f"+1{area}5550101") for area in ("212", "215", "412", "808", "787")
    )
    pending = make.a_contact("+12125550199")
    make.an_event(pending, EventKind.REQUESTED, topic)
    moved.stated_time_zone, moved.stated_postal_code = "America/Chicago", "60601"
    moved.save()
    make.an_event(left, EventKind.OPTED_OUT, None, source=Source.STAFF)
    make.an_event(
        barred,
        EventKind.SUPPRESSED,
        topic,
        source=Source.STAFF,
        expires_at=now + timedelta(days=9),
        note="Asked for a rest",
    )
    for days in (1, 20, 40):
        a_sent_text(texted, topic, number, now - timedelta(days=days))
    waiting = a_sent_text(
        texted,
        topic,
        number,
        now + timedelta(days=1),
        created_at=now,
        status=MessageStatus.QUEUED,
        claimed_at=None,
        settled_at=None,
    )
    people = (plain, moved, left, barred, texted, pending)
    return [
        *(Ask(MessageKind.CAMPAIGN, each.pk, topic.pk, number.pk, campaign.pk) for each in people),
        *(Ask(MessageKind.WELCOME, each.pk, other.pk, number.pk) for each in people),
        Ask(MessageKind.LIST_AUDIT, texted.pk, topic.pk, number.pk, message=waiting.pk),
        Ask(MessageKind.HELP_REPLY, plain.pk, None, number.pk),
    ]


def test_of_this_moment_they_are_those_of_today(asks):
    now = clock.now()
    assert facts_then([(ask, now) for ask in asks]) == facts_of(asks)


def test_many_at_many_moments_are_like_each_alone(asks, django_assert_max_num_queries):
    now = clock.now()
    asked = [(ask, now - timedelta(days=13 * n)) for n, ask in enumerate(asks)]
    with django_assert_max_num_queries(20):
        together = facts_then(asked)
    assert together == [facts_then([each])[0] for each in asked]
