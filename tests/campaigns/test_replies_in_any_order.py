"""Whatever order and however often replies are delivered, each acts once and STOP wins."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from campaigns import outbox, replies
from campaigns.answering import LOOP_OF
from campaigns.models import Message, Reply
from campaigns.vocabulary import Meaning, MessageKind, MessageStatus, ReplyState
from consent import clock, projection
from consent.as_of import events_of
from consent.models import OptInEvent, Subscription
from consent.vocabulary import EventKind, Source, Standing
from tests.builders import a_contact, a_number, a_topic, an_event

pytestmark = pytest.mark.django_db
WORDS = ("JOIN", "YES", "STOP", "HELP", "hello")


@st.composite
def deliveries(draw):
    """Draw what a person says, in order, and the order and number of its deliveries."""
    said = draw(st.lists(st.sampled_from(WORDS), min_size=1, max_size=7))
    each_once = list(range(len(said)))
    again = draw(st.lists(st.sampled_from(each_once), max_size=8))
    return said, draw(st.permutations(each_once + again))


class AnyOrder(TestCase):
    """A case for Hypothesis: each example runs in a transaction that is rolled back."""

    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(deliveries())
    def test_each_reply_acts_once_and_the_last_stop_wins(self, drawn):
        said, order = drawn
        topic = a_topic()
        a_number(topic)
        contact = a_contact("+12125550100")
        begun = clock.now() - timedelta(hours=1)
        question = outbox.ask_for_confirmation(
            an_event(contact, EventKind.REQUESTED, topic, occurred_at=begun)
        )
        Message.objects.filter(pk=question.pk).update(
            status=MessageStatus.ACCEPTED,
            amazon_message_id="asked",
            exemption="opt_in_request",
            clearance={},
            claimed_at=begun,
        )
        for nth in order:
            replies.receive(
                {
                    "originationNumber": contact.number,
                    "destinationNumber": "12345",
                    "messageBody": said[nth],
                    "inboundMessageId": f"inbound-{nth}",
                },
                published_at=begun + timedelta(seconds=nth),
            )

        assert Reply.objects.count() == len(said)
        assert {int(r.inbound_message_id.split("-")[1]): r.body for r in Reply.objects.all()} == (
            dict(enumerate(said))
        )
        acted = Reply.objects.filter(state=ReplyState.ACTED)
        events = [event for event in events_of(contact.pk) if event.source != Source.WEB_FORM]
        assert len(events) <= acted.count()
        for reply in acted:
            assert reply.answers.count() <= 1
        stops = acted.filter(meaning=Meaning.STOP).count()
        assert stops == said.count("STOP")
        told = Message.objects.filter(kind=MessageKind.STOP_CONFIRMATION).order_by("pk")
        acknowledged = [int(each.answers.inbound_message_id.split("-")[1]) for each in told]
        # What a STOP changed may be corrected when an earlier one arrives; it was acknowledged
        opted_out = OptInEvent.objects.filter(kind=EventKind.OPTED_OUT)
        ids = opted_out.values_list("evidence__form_fields__inboundMessageId", flat=True)
        changed = {int(each.split("-")[1]) for each in ids}
        # Whoever was told that they left is not told so of what they said before
        assert acknowledged == sorted(set(acknowledged))
        assert min(stops, 1) <= len(acknowledged) <= max(len(changed), min(stops, 1))
        # Whoever says the same so often is taken for a machine
        if said.count("STOP") < LOOP_OF:
            for nth in changed - set(acknowledged):
                assert nth < max(acknowledged)
            if order == sorted(order):
                assert len(acknowledged) == max(len(changed), min(stops, 1))
        if "STOP" in said and "JOIN" not in said[len(said) - said[::-1].index("STOP") :]:
            assert Subscription.objects.get().standing == Standing.OPTED_OUT
        assert list(projection.differences()) == []
