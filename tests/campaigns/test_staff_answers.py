"""Staff answer replies: a message like any other, once, with clearance asked."""

from datetime import timedelta

import pytest

from campaigns import claiming, staff_answers
from campaigns.clearance import Outcome
from campaigns.models import Message, SavedAnswer
from campaigns.vocabulary import Exemption, MessageKind, MessageStatus, ReplyState
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


@pytest.fixture
def officer():
    return make.a_user()


def test_an_answer_is_a_message_that_names_what_it_answers(topic, number, officer):
    reply = make.a_reply(make.an_opted_in_contact(topic), number)
    made = staff_answers.answer(reply, "{brand}: at nine.", by=officer, note="Asked the shop")
    reply.refresh_from_db()
    message = made.message
    assert (message.kind, message.text, message.answers, message.topic, message.status) == (
        MessageKind.ANSWER,
        "Example Corp.: at nine.",
        reply,
        topic,
        MessageStatus.QUEUED,
    )
    assert made.clearance.outcome is Outcome.CLEAR
    assert (reply.state, reply.settled_by, reply.settled_note) == (
        ReplyState.SETTLED,
        officer,
        "Asked the shop",
    )
    [claimed] = claiming.claim(number.pk, "w").claimed
    message.refresh_from_db()
    assert (claimed.message, message.exemption) == (message.pk, Exemption.ANSWER)


def test_a_reply_is_answered_once(topic, number, officer):
    reply = make.a_reply(make.an_opted_in_contact(topic), number)
    staff_answers.answer(reply, "At nine.", by=officer, note="x")
    with pytest.raises(staff_answers.CannotAnswer, match="answered already"):
        staff_answers.answer(reply, "At ten.", by=officer, note="x")
    assert Message.objects.count() == 1


def test_who_has_left_is_not_answered(topic, number, officer):
    contact = make.an_opted_in_contact(topic)
    make.an_event(contact, EventKind.OPTED_OUT, topic)
    reply = make.a_reply(contact, number)
    with pytest.raises(staff_answers.CannotAnswer, match="must not be sent"):
        staff_answers.answer(reply, "At nine.", by=officer, note="x")
    assert not Message.objects.exists()
    reply.refresh_from_db()
    assert reply.state == ReplyState.NEEDS_PERSON


def test_who_left_after_the_answer_was_written_does_not_get_it(topic, number, officer):
    contact = make.an_opted_in_contact(topic)
    made = staff_answers.answer(make.a_reply(contact, number), "At nine.", by=officer, note="x")
    make.an_event(contact, EventKind.OPTED_OUT, topic)
    assert claiming.claim(number.pk, "w").claimed == []
    made.message.refresh_from_db()
    assert made.message.status == MessageStatus.REFUSED


def test_the_topic_that_the_person_stands_on_is_spoken_of(topic, number, officer):
    other = make.a_topic("example-news", opt_in_keywords=["NEWS"])
    number.topics.add(other)
    contact = make.an_opted_in_contact(topic)
    make.an_event(contact, EventKind.OPTED_OUT, topic)
    make.an_event(contact, EventKind.OPTED_IN, other)
    reply = make.a_reply(contact, number)
    assert staff_answers.topic_spoken_of(reply) == other
    assert staff_answers.clearance_of(reply, other).outcome is Outcome.CLEAR


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        ("See {nothing}.", "Nothing fills {nothing}"),
        ("See https://bit.ly/x", "Carriers block links"),
        ("  ", "no text to send"),
    ],
)
def test_faulty_words_are_refused(topic, number, officer, words, fault):
    reply = make.a_reply(make.an_opted_in_contact(topic), number)
    with pytest.raises(staff_answers.CannotAnswer, match=fault):
        staff_answers.answer(reply, words, by=officer, note="x")


def test_nothing_goes_back_from_a_number_that_is_not_ours(officer):
    reply = make.a_reply(make.a_contact(), None)
    with pytest.raises(staff_answers.CannotAnswer, match="not ours"):
        staff_answers.answer(reply, "Hello", by=officer, note="x")


def test_an_answer_leaves_what_looks_like_a_revocation_to_be_settled(topic, number, officer):
    reply = make.a_reply(make.an_opted_in_contact(topic), number, meaning="stop")
    staff_answers.answer(reply, "Do you mean all texts?", by=officer, note="x")
    reply.refresh_from_db()
    assert reply.state == ReplyState.NEEDS_PERSON


def test_a_reply_is_settled_once(topic, number, officer):
    reply = make.a_reply(make.a_contact(), number)
    staff_answers.settle(reply, by=officer, note="Spam")
    with pytest.raises(staff_answers.CannotSettle):
        staff_answers.settle(reply, by=officer, note="Again")
    reply.refresh_from_db()
    assert (reply.settled_note, clock.now() - reply.settled_at < timedelta(minutes=5)) == (
        "Spam",
        True,
    )


def test_saved_answers_suit_the_brand_and_are_filled_in(topic, number):
    acme = make.a_brand("Acme")
    for title, fields in {
        "all": {"text": "Write to {email}."},
        "ours": {"text": "{program}", "brand": topic.brand},
        "theirs": {"text": "x", "brand": acme},
        "old": {"text": "x", "live": False},
        "broken": {"text": "{nothing}"},
    }.items():
        SavedAnswer.objects.create(title=title, **fields)
    reply = make.a_reply(make.an_opted_in_contact(topic), number)
    assert [(row.title, words) for row, words in staff_answers.saved_for(reply, topic)] == [
        ("all", "Write to help@example.com."),
        ("ours", "Example Corp. alerts"),
    ]
