"""Single texts are written once, in the words of the records."""

import pytest

from campaigns import outbox
from campaigns.models import Message
from campaigns.vocabulary import MessageKind
from consent.vocabulary import EventKind, MessageClass
from tests import builders as make

pytestmark = pytest.mark.django_db

K = MessageKind
WORDS = {
    K.CONFIRMATION_REQUEST: "Text YES to join Example Corp. alerts. 2 msgs/month. Msg & data rates "
    "may apply. Reply HELP for help, STOP to cancel.",
    K.WELCOME: "You're subscribed to Example Corp. alerts. Msg & data rates may apply. Reply HELP "
    "for help, STOP to unsubscribe.",
    K.HELP_REPLY: "HELP: Example Corp. alerts: email help@example.com or call 202-555-0199. "
    "2 msgs/month. Msg & data rates may apply. Reply STOP to cancel.",
    K.STOP_CONFIRMATION: "STOP: You're unsubscribed from Example Corp. alerts. No more messages "
    "will be sent. Reply HELP, email help@example.com, or call 202-555-0199 for more info.",
}


@pytest.mark.parametrize("kind", WORDS)
def test_the_words_are_those_of_the_formats(kind):
    topic = make.a_topic()
    assert outbox.words_for(kind, topic, make.a_number(topic)) == WORDS[kind]


def test_a_topics_own_words_come_first():
    topic = make.a_topic(welcome_text="Hello from {program}!")
    text = outbox.words_for(K.WELCOME, topic, make.a_number(topic))
    assert text == "Hello from Example Corp. alerts!"


def test_a_slip_in_a_topics_words_falls_back_on_the_default(caplog):
    topic = make.a_topic(stop_text="Bye from {barnd}")
    text = outbox.words_for(K.STOP_CONFIRMATION, topic, make.a_number(topic))
    assert text == WORDS[K.STOP_CONFIRMATION]
    assert caplog.messages == [f"Topic {topic.pk}: its stop_confirmation cannot be filled in"]


def test_without_a_topic_the_words_are_the_numbers_brands():
    number = make.a_number(message_class=MessageClass.TRANSACTIONAL)
    text = outbox.words_for(K.STOP_CONFIRMATION, None, number)
    assert text.startswith("STOP: You're unsubscribed from Example Corp.")


def test_an_event_is_answered_once_per_kind():
    topic = make.a_topic()
    number = make.a_number(topic)
    contact = make.an_opted_in_contact(topic)
    event = contact.events.last()
    first, second = (
        outbox.enqueue(kind=K.WELCOME, contact=contact, topic=topic, about_event=event)
        for _ in range(2)
    )
    assert first.pk == second.pk == Message.objects.get().pk
    assert (first.origination_number, first.priority, first.parts) == (number, 3, 1)


def test_stop_and_help_come_before_all_else():
    order = sorted(outbox.PRIORITY, key=lambda kind: outbox.PRIORITY[kind])
    assert set(order[:2]) == {K.STOP_CONFIRMATION, K.HELP_REPLY}
    assert order[-2:] == [K.CAMPAIGN, K.LIST_AUDIT]
    assert set(order) == set(K)


def test_a_topic_without_a_live_number_sends_nothing():
    topic = make.a_topic()
    make.a_number(topic, live=False)
    with pytest.raises(outbox.NoNumber):
        outbox.enqueue(kind=K.WELCOME, contact=make.a_contact(), topic=topic)


def test_requests_of_a_topic_without_a_number_do_not_crowd_the_others_out():
    silent, loud = make.a_topic(), make.a_topic("example-offers", opt_in_keywords=["DEALS"])
    make.a_number(loud)
    contact = make.a_contact()
    make.an_event(contact, EventKind.REQUESTED, silent)
    event = make.an_event(contact, EventKind.REQUESTED, loud)
    assert outbox.requests_without_text() == [event.pk]


def test_a_request_that_still_stands_is_asked_about():
    topic = make.a_topic()
    make.a_number(topic)
    event = make.an_event(make.a_contact(), EventKind.REQUESTED, topic)
    assert outbox.requests_without_text() == [event.pk]
    message = outbox.ask_for_confirmation(event)
    assert (message.kind, message.body) == (
        K.CONFIRMATION_REQUEST,
        WORDS[K.CONFIRMATION_REQUEST],
    )
    assert outbox.requests_without_text() == []


@pytest.mark.parametrize("kind", [EventKind.OPTED_OUT, EventKind.DECLINED, EventKind.EXPIRED])
def test_a_request_that_was_taken_back_is_not_asked_about(kind):
    topic = make.a_topic()
    make.a_number(topic)
    contact = make.a_contact()
    event = make.an_event(contact, EventKind.REQUESTED, topic)
    make.an_event(contact, kind, topic)
    assert outbox.requests_without_text() == []
    assert outbox.ask_for_confirmation(event) is None


def test_who_confirmed_already_is_not_asked_again():
    topic = make.a_topic()
    make.a_number(topic)
    contact = make.an_opted_in_contact(topic)
    assert outbox.ask_for_confirmation(contact.events.first()) is None
