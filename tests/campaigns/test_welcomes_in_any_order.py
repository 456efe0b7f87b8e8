"""Each topic is welcomed once when it becomes joined, in whatever order replies arrive."""

from collections import Counter
from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from campaigns import outbox
from campaigns.models import Message
from campaigns.vocabulary import MessageKind, MessageStatus, ReplyState
from consent import clock, projection
from consent.models import Subscription
from consent.vocabulary import EventKind, MessageClass, Standing
from tests.builders import a_contact, a_number, a_topic, an_event
from tests.campaigns.heard import asked, reach_the_phone, sent, standing, text

pytestmark = pytest.mark.django_db
K = MessageKind
SECOND = timedelta(seconds=1)
# The same words four times are taken for a machine's, which is welcomed to nothing
WAYS_TO_SAY_IT = ("YES", "y", "Yes please", "si", "oui") * 2


@pytest.fixture
def two_topics(topic, number):
    """Give two topics on one number, by name; the second is the one asked about last."""
    number.topics.add(other := a_topic("example-offers", opt_in_keywords=[]))
    return topic, other


def welcomed(contact):
    """Count the welcomes by topic."""
    rows = Message.objects.filter(contact=contact, kind=K.WELCOME)
    return Counter(rows.values_list("topic", flat=True))


def test_two_yeses_in_swapped_order_welcome_to_each_topic_once(two_topics):
    first, last = two_topics
    contact, moment = a_contact(), clock.now() - timedelta(minutes=1)
    asked(contact, first, hours_ago=2)
    asked(contact, last, hours_ago=1)

    second_yes = text(contact, "YES", at=moment + 5 * SECOND)
    assert (standing(contact, last), welcomed(contact)) == (Standing.OPTED_IN, {last.pk: 1})
    first_yes = text(contact, "YES", at=moment)
    assert welcomed(contact) == {first.pk: 1, last.pk: 1}

    # What the second YES confirms now is told by the text that answers the first
    told = dict(Message.objects.filter(kind=K.WELCOME).values_list("answers", "topic"))
    assert told == {second_yes.pk: last.pk, first_yes.pk: first.pk}
    rows = Subscription.objects.filter(contact=contact).select_related("authorised_by")
    about = {row.topic_id: row.authorised_by.occurred_at for row in rows}
    assert about == {last.pk: moment, first.pk: moment + 5 * SECOND}
    welcome = Message.objects.get(kind=K.WELCOME, topic=first)
    assert welcome.about_event == rows.get(topic=first).authorised_by


def test_one_request_and_two_yeses_in_swapped_order_welcome_once(topic, number):
    contact, moment = a_contact(), clock.now() - timedelta(minutes=1)
    asked(contact, topic)
    later = text(contact, "YES", at=moment + SECOND)
    text(contact, "YES", at=moment)
    later.refresh_from_db()
    assert (later.state, welcomed(contact)) == (ReplyState.NEEDS_PERSON, {topic.pk: 1})


def test_who_was_told_since_that_they_left_is_welcomed_anew(topic, number):
    contact, moment = a_contact(), clock.now() - timedelta(minutes=1)
    asked(contact, topic)
    question = outbox.enqueue(
        kind=K.CONFIRMATION_REQUEST, contact=contact, topic=topic, number=number
    )
    reach_the_phone(question, moment + 3 * SECOND)
    text(contact, "YES", at=moment + 5 * SECOND)
    text(contact, "STOP", at=moment)
    assert standing(contact, topic) is Standing.OPTED_OUT
    text(contact, "JOIN", at=moment + 2 * SECOND)
    assert standing(contact, topic) is Standing.OPTED_IN
    assert sent(contact)[2:] == [K.WELCOME, K.STOP_CONFIRMATION, K.WELCOME]


def test_a_welcome_that_never_left_is_none(topic, number):
    contact, moment = a_contact(), clock.now() - timedelta(minutes=1)
    asked(contact, topic)
    text(contact, "YES", at=moment + SECOND)
    Message.objects.filter(kind=K.WELCOME).update(status=MessageStatus.CANCELLED)
    text(contact, "YES", at=moment)
    assert welcomed(contact) == {topic.pk: 2}


def test_two_topics_joined_by_their_keywords_on_one_day_are_both_welcomed():
    asks_once = {"message_class": MessageClass.TRANSACTIONAL, "double_opt_in": False}
    one = a_topic("example-one", opt_in_keywords=["ONE"], **asks_once)
    two = a_topic("example-two", opt_in_keywords=["TWO"], **asks_once)
    a_number(one, two)
    contact = a_contact()
    for keyword in ("ONE", "TWO", "ONE", "TWO"):
        text(contact, keyword)
    assert welcomed(contact) == {one.pk: 1, two.pk: 1}


@st.composite
def deliveries(draw):
    """Draw which questions left when, what was said when, and the order of its deliveries."""
    asked_at = draw(st.lists(st.integers(0, 6), min_size=1, max_size=3))
    ways = st.tuples(st.sampled_from(range(len(WAYS_TO_SAY_IT))), st.integers(0, 9))
    drawn = draw(st.lists(ways, max_size=5, unique_by=lambda way: way[0]))
    said = [(WAYS_TO_SAY_IT[way], second) for way, second in drawn]
    again = st.lists(st.sampled_from(range(len(said))), max_size=3) if said else st.just([])
    return asked_at, said, draw(st.permutations([*range(len(said)), *draw(again)]))


class AnyOrder(TestCase):
    """A case for Hypothesis: each example runs in a transaction that is rolled back."""

    @settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(deliveries())
    def test_whoever_joins_is_welcomed_once_to_each_topic(self, drawn):
        with transaction.atomic():
            self.welcomes_fit(*drawn)
            transaction.set_rollback(True)

    def welcomes_fit(self, asked_at, said, order):
        topics = [a_topic(f"example-{n}", opt_in_keywords=[]) for n in range(len(asked_at))]
        number, contact = a_number(*topics), a_contact("+12125550100")
        begun = clock.now() - timedelta(hours=1)
        for topic, second in zip(topics, asked_at, strict=True):
            an_event(contact, EventKind.REQUESTED, topic, occurred_at=begun - SECOND)
            question = outbox.enqueue(
                kind=K.CONFIRMATION_REQUEST, contact=contact, topic=topic, number=number
            )
            reach_the_phone(question, begun + second * SECOND)
        for nth in order:
            word, second = said[nth]
            text(contact, word, identity=f"inbound-{nth}", at=begun + second * SECOND)

        joined = [topic.pk for topic in topics if standing(contact, topic) is Standing.OPTED_IN]
        assert welcomed(contact) == Counter(joined)
        told = Message.objects.exclude(answers=None)
        assert told.values("answers").distinct().count() == told.count()
        assert list(projection.differences()) == []
