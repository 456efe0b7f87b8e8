"""The facts of a past moment are read like those of today."""

from datetime import timedelta

import pytest

from campaigns.clearance_facts import Ask, facts_of
from campaigns.models import Message, Reply
from campaigns.past_facts import facts_then
from campaigns.vocabulary import MessageKind, MessageStatus
from consent import clock
from consent.models import Contact, Topic
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
    moved.stated_place = "US-TN"
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
    Reply.objects.create(
        inbound_message_id="in-1",
        contact=texted,
        destination="12345",
        body="Thanks",
        meaning="other",
        rule="other",
        state="acted",
        received_at=now - timedelta(days=30),
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


def test_texts_go_unanswered_until_the_next_sign_of_life(asks):
    now, audit = clock.now(), asks[-2]

    def silence(days, kind=MessageKind.CAMPAIGN, message=None):
        asked = Ask(kind, audit.contact, audit.topic, audit.number, message=message)
        (facts,) = facts_then([(asked, now - timedelta(days=days))])
        return facts.unanswered

    # Texts 40, 20 and 1 days ago, a reply between the first two
    assert [silence(days) for days in (41, 39, 30, 29, 19, 0)] == [0, 1, 0, 0, 1, 2]
    last = Message.objects.filter(claimed_at__lt=now).order_by("claimed_at").last()
    assert silence(0, message=last.pk) == 1
    join = {"source": Source.WEB_FORM, "occurred_at": now - timedelta(days=10)}
    event = make.an_event(
        Contact.objects.get(pk=audit.contact), EventKind.OPTED_IN, Topic.objects.last(), **join
    )
    assert [silence(days) for days in (19, 9, 0)] == [1, 0, 1]
    make.an_event(
        event.contact, EventKind.CORRECTED, event.topic, corrects=event.pk, occurred_at=now
    )
    assert silence(0) == 2


def test_what_no_row_asks_for_may_stay_unknown(asks):
    ((facts),) = facts_then([(asks[0], clock.now())], count_silence=False)
    assert facts.unanswered is None


def test_many_at_many_moments_are_like_each_alone(asks, django_assert_max_num_queries):
    now = clock.now()
    asked = [(ask, now - timedelta(days=13 * n)) for n, ask in enumerate(asks)]
    with django_assert_max_num_queries(20):
        together = facts_then(asked)
    assert together == [facts_then([each])[0] for each in asked]
