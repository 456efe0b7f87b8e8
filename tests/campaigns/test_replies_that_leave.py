"""STOP: what it ends, and how it is acknowledged."""

import pytest

from campaigns.models import Message
from campaigns.vocabulary import Meaning, MessageKind, ReplyState
from consent.models import Contact, OptInEvent
from consent.vocabulary import EventKind, MessageClass, Source, Standing
from tests.builders import (
    a_contact,
    a_number,
    a_topic,
    an_event,
    an_opted_in_contact,
)
from tests.campaigns.heard import sent, standing, text

pytestmark = pytest.mark.django_db
K = MessageKind


@pytest.mark.parametrize("words", ["STOP", "stop!", "Unsubscribe", "please take me off this list"])
def test_stop_leaves_and_is_acknowledged(topic, number, words):
    member = an_opted_in_contact(topic)
    reply = text(member, words)

    assert (reply.meaning, reply.state) == (Meaning.STOP, ReplyState.ACTED)
    assert standing(member, topic) is Standing.OPTED_OUT
    event = OptInEvent.objects.get(kind=EventKind.OPTED_OUT)
    assert (event.source, event.evidence.words_received) == (Source.REPLY, words)
    message = Message.objects.get()
    assert message.kind == K.STOP_CONFIRMATION
    assert (message.about_event, message.answers) == (event, reply)
    assert message.body.startswith("STOP: You're unsubscribed from Example Corp. alerts.")


def test_stop_leaves_all_that_one_stands_on_and_nothing_else(topic, number):
    asked_for, unasked = a_topic("example-offers"), a_topic("example-news")
    number.topics.add(asked_for, unasked)
    elsewhere = a_topic("example-elsewhere", opt_in_keywords=[])
    a_number(elsewhere, number="54321")
    member = an_opted_in_contact(topic)
    an_event(member, EventKind.REQUESTED, asked_for)
    for kind in (EventKind.REQUESTED, EventKind.CONFIRMED):
        an_event(member, kind, elsewhere)

    text(member, "STOP")
    assert [standing(member, each) for each in (topic, asked_for, unasked, elsewhere)] == [
        Standing.OPTED_OUT,
        Standing.OPTED_OUT,
        Standing.UNKNOWN,
        Standing.OPTED_IN,
    ]
    message = Message.objects.get()
    assert (message.kind, message.topic) == (K.STOP_CONFIRMATION, None)
    assert "Example Corp." in message.body


def test_stop_from_somebody_unknown_is_remembered_for_every_topic(topic, number):
    number.topics.add(other := a_topic("example-offers"))
    text("+12125550177", "STOP")
    stranger = Contact.objects.get()
    assert (standing(stranger, topic), standing(stranger, other)) == (Standing.OPTED_OUT,) * 2
    assert sent(stranger) == [K.STOP_CONFIRMATION]


def test_stop_that_changes_nothing_is_acknowledged_once_a_day(topic, number, settings, tmp_path):
    settings.CLOCK_FILE = str(tmp_path / "clock")
    member = an_opted_in_contact(topic)
    for _ in range(4):
        assert text(member, "STOP").state == ReplyState.ACTED
    assert sent(member) == [K.STOP_CONFIRMATION]
    assert OptInEvent.objects.filter(kind=EventKind.OPTED_OUT).count() == 1

    (tmp_path / "clock").write_text("90000")
    for _ in range(3):
        text(member, "STOP")
    assert sent(member) == [K.STOP_CONFIRMATION] * 2


def test_every_stop_that_changes_something_is_acknowledged(topic, number):
    contact = a_contact()
    for words in ("STOP", "JOIN", "STOP", "JOIN", "STOP"):
        text(contact, words)
    assert sent(contact).count(K.STOP_CONFIRMATION) == 3
    assert standing(contact, topic) is Standing.OPTED_OUT


def test_stop_to_a_number_that_carries_nothing_leaves_its_brands_topics(topic):
    a_number(number="54321", brand=topic.brand)
    other_class = a_topic("example-notices", message_class=MessageClass.TRANSACTIONAL)
    member = an_opted_in_contact(topic)
    text(member, "STOP", to="54321")
    assert standing(member, topic) is Standing.OPTED_OUT
    assert standing(member, other_class) is Standing.UNKNOWN


def test_a_slip_in_the_words_does_not_undo_the_opt_out(topic, number):
    topic.stop_text = "Bye from {brnad}"
    topic.save()
    member = an_opted_in_contact(topic)
    text(member, "STOP")
    assert standing(member, topic) is Standing.OPTED_OUT
    assert Message.objects.get().body.startswith("STOP: You're unsubscribed")


def test_a_number_that_is_not_live_still_hears(topic, number):
    number.live = False
    number.save()
    member = an_opted_in_contact(topic)
    text(member, "STOP")
    assert standing(member, topic) is Standing.OPTED_OUT
