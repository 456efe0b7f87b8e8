"""In whatever order and however often replies arrive, they come to what was said, in its order."""

from collections import Counter
from datetime import timedelta
from typing import NamedTuple

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from campaigns import outbox, replies
from campaigns.models import Message, Reply
from campaigns.vocabulary import MessageKind, MessageStatus
from consent import clock, projection
from consent.as_of import events_of
from consent.models import Subscription, Suppression
from consent.vocabulary import EventKind, MessageClass, Standing
from tests.builders import a_contact, a_number, a_topic, an_event

pytestmark = pytest.mark.django_db
K = MessageKind
# What moves standings is drawn most often
WORDS = (
    *("ONE", "TWO", "YES", "STOP", "START") * 3,
    *("ok", "no", "STOP TWO", "STOP ALL", "HELP", "enough", "hello"),
)
SECOND = timedelta(seconds=1)


class Talk(NamedTuple):
    """What a person says and at which second, what they were before, and when we asked them."""

    said: list[tuple[str, int]]
    stood: tuple[str, str]
    asked: list[tuple[int, int]]
    two_asks_once: bool


@st.composite
def deliveries(draw):
    """Draw a talk, and the order and number of its deliveries."""
    word = st.tuples(st.sampled_from(WORDS), st.integers(0, 2))
    words = draw(st.lists(word, min_size=2, max_size=8))
    second, said = 0, []
    for word, gap in words:
        second += gap
        said.append((word, second))
    each_once = list(range(len(said)))
    again = draw(st.lists(st.sampled_from(each_once), max_size=5))
    talk = Talk(
        said,
        draw(st.tuples(*[st.sampled_from(["unknown", "asked", "in", "out"])] * 2)),
        draw(st.lists(st.tuples(st.sampled_from([0, 1]), st.integers(0, 9)), max_size=4)),
        draw(st.booleans()),
    )
    return talk, draw(st.permutations(each_once + again))


def a_question(contact, topic, number, at):
    """Let a question for YES have left at a moment."""
    question = outbox.enqueue(
        kind=K.CONFIRMATION_REQUEST, contact=contact, topic=topic, number=number
    )
    Message.objects.filter(pk=question.pk).update(
        status=MessageStatus.ACCEPTED,
        amazon_message_id=f"asked-{question.pk}",
        exemption="opt_in_request",
        clearance={},
        claimed_at=at,
    )


def outcome(talk, order, begun):
    """Deliver replies in an order; return what the ledger and its projection say in the end."""
    one = a_topic("example-one", name="one", opt_in_keywords=["ONE"])
    asks_once = {"message_class": MessageClass.TRANSACTIONAL, "double_opt_in": False}
    two = a_topic(
        "example-two",
        name="two",
        opt_in_keywords=["TWO"],
        **(asks_once if talk.two_asks_once else {}),
    )
    number, contact = a_number(one, two), a_contact("+12125550100")
    for topic, stood in zip((one, two), talk.stood, strict=True):
        if stood in {"in", "out"}:
            an_event(contact, EventKind.OPTED_IN, topic, occurred_at=begun - 3 * SECOND)
        if stood == "out":
            an_event(contact, EventKind.OPTED_OUT, topic, occurred_at=begun - 2 * SECOND)
        if stood == "asked":
            an_event(contact, EventKind.REQUESTED, topic, occurred_at=begun - 3 * SECOND)
            a_question(contact, topic, number, begun - 2 * SECOND)
    for which, second in talk.asked:
        a_question(contact, (one, two)[which], number, begun + (second + 0.5) * SECOND)
    for nth in order:
        word, second = talk.said[nth]
        texts = set(Message.objects.values_list("pk", flat=True))
        replies.receive(
            {
                "originationNumber": contact.number,
                "destinationNumber": "12345",
                "messageBody": word,
                "inboundMessageId": f"inbound-{nth}",
            },
            published_at=begun + second * SECOND,
        )
        nobody_is_texted_who_is_out(contact, texts)
    nothing_is_said_twice(talk)
    assert list(projection.differences()) == []
    return standings(contact, begun), bars(contact, begun), ledger_of(contact, begun)


def nobody_is_texted_who_is_out(contact, texts):
    rows = dict(Subscription.objects.filter(contact=contact).values_list("topic", "standing"))
    stands = {K.CONFIRMATION_REQUEST: Standing.PENDING, K.WELCOME: Standing.OPTED_IN}
    for text in Message.objects.exclude(pk__in=texts).filter(kind__in=stands):
        there = [rows.get(text.topic_id)] if text.topic_id else list(rows.values())
        assert stands[text.kind] in there


def nothing_is_said_twice(talk):
    assert Counter(Reply.objects.values_list("body", flat=True)) == Counter(
        word for word, _ in talk.said
    )
    answers = Counter(Message.objects.exclude(answers=None).values_list("answers", flat=True))
    assert max(answers.values(), default=1) == 1
    about = Counter(Message.objects.exclude(about_event=None).values_list("about_event", "kind"))
    assert max(about.values(), default=1) == 1
    assert Message.objects.filter(kind=K.HELP_REPLY).count() == any(
        word == "HELP" for word, _ in talk.said
    )


def standings(contact, begun):
    """Return where the person stands; on a topic without a row of its own, as on everything."""

    def told(event):
        return event and (event.kind, (event.occurred_at - begun) / SECOND)

    found = {
        row.topic and row.topic.name: (
            *(row.standing, row.legal_basis, row.confirmed, (row.since - begun) / SECOND),
            *(told(row.authorised_by), told(row.requested_by), told(row.opted_out_by)),
        )
        for row in Subscription.objects.filter(contact=contact)
    }
    return {name: found.get(name, found.get(None)) for name in ("one", "two", None)}


def bars(contact, begun):
    return {
        row.topic and row.topic.name: (row.since - begun) / SECOND
        for row in Suppression.objects.filter(contact=contact)
    }


def ledger_of(contact, begun):
    """Return the events that count, each with the words that it rests on."""
    return Counter(
        (
            *(event.kind, event.topic and event.topic.name, event.source, event.legal_basis),
            (event.occurred_at - begun) / SECOND,
            (event.evidence.words_shown, event.evidence.words_received)
            if event.evidence_digest
            else None,
        )
        for event in events_of(contact.pk)
    )


class AnyOrder(TestCase):
    """A case for Hypothesis: each example runs in a transaction that is rolled back."""

    def told(self, talk, order, begun):
        with transaction.atomic():
            found = outcome(talk, order, begun)
            transaction.set_rollback(True)
        return found

    @settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(deliveries())
    def test_what_was_said_comes_to_the_same(self, drawn):
        talk, order = drawn
        begun = clock.now() - timedelta(hours=1)
        assert self.told(talk, order, begun) == self.told(talk, range(len(talk.said)), begun)
