"""In whatever order and however often STOP and START arrive, the standings come out the same."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from campaigns import replies
from campaigns.models import Message
from campaigns.vocabulary import MessageKind
from consent import clock, projection
from consent.models import Subscription, Suppression
from consent.vocabulary import EventKind
from tests.builders import a_number, a_topic, an_event, an_opted_in_contact

pytestmark = pytest.mark.django_db
WORDS = ("STOP", "START", "HELP", "enough", "hello")


@st.composite
def deliveries(draw):
    """Draw what a person says, in order, and the order and number of its deliveries."""
    said = draw(st.lists(st.sampled_from(WORDS), min_size=1, max_size=6))
    each_once = list(range(len(said)))
    again = draw(st.lists(st.sampled_from(each_once), max_size=5))
    return said, draw(st.permutations(each_once + again))


def outcome(number, said, order):
    """Deliver to a new number with two members' topics; return standings and bars by topic."""
    one = a_topic(f"{number}-one", opt_in_keywords=[], name=f"one {number}")
    two = a_topic(f"{number}-two", opt_in_keywords=[], name=f"two {number}")
    a_number(one, two, number=number)
    member = an_opted_in_contact(one)
    an_event(member, EventKind.OPTED_IN, two)
    begun = clock.now() - timedelta(hours=1)
    for nth in order:
        replies.receive(
            {
                "originationNumber": member.number,
                "destinationNumber": number,
                "messageBody": said[nth],
                "inboundMessageId": f"{number}-{nth}",
            },
            published_at=begun + timedelta(seconds=nth),
        )
    answers = Message.objects.filter(contact=member, answers__isnull=False)
    assert answers.values("answers").distinct().count() == answers.count()
    assert answers.filter(kind=MessageKind.HELP_REPLY).count() <= 1
    assert answers.filter(kind=MessageKind.WELCOME).count() <= 1
    stands = {
        Subscription.objects.get(contact=member, topic=one).standing,
        Subscription.objects.get(contact=member, topic=two).standing,
    }
    return stands, Suppression.objects.filter(contact=member).count()


class AnyOrder(TestCase):
    """A case for Hypothesis: each example runs in a transaction that is rolled back."""

    @settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(deliveries())
    def test_the_standings_are_those_of_the_order_in_which_it_was_said(self, drawn):
        said, order = drawn
        assert outcome("12345", said, order) == outcome("54321", said, range(len(said)))
        assert list(projection.differences()) == []
