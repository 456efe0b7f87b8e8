"""What people answer, and what becomes of it; each reply once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import count
from threading import Barrier

import pytest
from django.db import connection

from campaigns import outbox, replies
from campaigns.models import Message, Reply
from campaigns.vocabulary import Meaning, MessageKind, MessageStatus, ReplyState
from consent import clock
from consent.models import Contact, Evidence, OptInEvent, Subscription
from consent.vocabulary import EventKind, LegalBasis, MessageClass, Place, Source, Standing
from tests.builders import (
    a_brand,
    a_contact,
    a_disclosure,
    a_number,
    a_phone,
    a_topic,
    an_event,
    an_opted_in_contact,
)

pytestmark = pytest.mark.django_db
_serial = count(1)
K = MessageKind


@pytest.fixture
def topic():
    return a_topic()


@pytest.fixture
def number(topic):
    return a_number(topic)


def text(contact, body, to="12345", *, identity=None, at=None, **more):
    payload = {
        "originationNumber": getattr(contact, "number", contact),
        "destinationNumber": to,
        "messageKeyword": "KEYWORD_UNSPECIFIED",
        "messageBody": body,
        "inboundMessageId": identity or f"inbound-{next(_serial)}",
        **more,
    }
    return replies.receive(payload, published_at=at)


def standing(contact, topic):
    row = Subscription.objects.filter(contact=contact, topic=topic).first()
    return Standing(row.standing) if row else Standing.UNKNOWN


def sent(contact):
    return list(
        Message.objects.filter(contact=contact).order_by("pk").values_list("kind", flat=True)
    )


def asked(contact, topic, *, hours_ago=1.0):
    """Make a request whose question for YES has reached the phone; return the question."""
    at = clock.now() - timedelta(hours=hours_ago)
    event = an_event(contact, EventKind.REQUESTED, topic, occurred_at=at)
    question = outbox.ask_for_confirmation(event)
    reach_the_phone(question, at)
    return question


def reach_the_phone(message, at=None):
    Message.objects.filter(pk=message.pk).update(
        status=MessageStatus.ACCEPTED,
        amazon_message_id=f"amazon-{message.pk}",
        exemption="opt_in_request",
        clearance={},
        claimed_at=at or clock.now(),
    )


# ---- joining by keyword


def test_a_keyword_asks_for_yes_with_the_reply_as_evidence(topic, number):
    disclosure = a_disclosure(topic, place=Place.KEYWORD, wording="Text JOIN to 12345.")
    reply = text(a_phone(), "Join!")

    assert (reply.meaning, reply.state) == (Meaning.KEYWORD, ReplyState.ACTED)
    event = OptInEvent.objects.get()
    assert (event.kind, event.source) == (EventKind.REQUESTED, Source.KEYWORD)
    assert event.legal_basis == LegalBasis.EXPRESS_WRITTEN
    assert event.disclosure == disclosure
    evidence = Evidence.objects.get(event=event)
    assert (evidence.words_shown, evidence.words_received) == ("Text JOIN to 12345.", "Join!")
    message = Message.objects.get()
    assert message.kind == K.CONFIRMATION_REQUEST
    assert (message.about_event, message.answers) == (event, reply)
    assert message.body.startswith("Text YES to join Example Corp. alerts.")
    assert outbox.ask_for_confirmation(event) == message  # the sweep finds it done


def test_a_keyword_joins_a_topic_that_asks_once_at_once():
    topic = a_topic(
        message_class=MessageClass.TRANSACTIONAL, double_opt_in=False, opt_in_keywords=["NEWS"]
    )
    a_number(topic)
    contact = a_contact()
    text(contact, "news")
    assert standing(contact, topic) is Standing.OPTED_IN
    assert sent(contact) == [K.WELCOME]


def test_a_member_who_texts_the_keyword_again_is_told_that_they_are_in(topic, number):
    member = an_opted_in_contact(topic)
    text(member, "JOIN")
    assert standing(member, topic) is Standing.OPTED_IN
    assert sent(member) == [K.WELCOME]


def test_of_two_topics_with_one_keyword_the_open_one_is_joined(number):
    closed, opened = a_topic("example-shut", open=False), a_topic("example-open")
    number.topics.set([closed, opened])
    contact = a_contact()
    text(contact, "JOIN")
    assert (standing(contact, closed), standing(contact, opened)) == (
        Standing.UNKNOWN,
        Standing.PENDING,
    )


def test_the_keyword_of_a_closed_topic_is_for_a_person(topic, number):
    topic.open = False
    topic.save()
    contact = a_contact()
    assert text(contact, "JOIN").state == ReplyState.NEEDS_PERSON
    assert sent(contact) == []


def test_the_keyword_of_another_number_is_only_words_here(topic, number):
    elsewhere = a_topic("example-offers", opt_in_keywords=["OFFERS"])
    a_number(elsewhere, number="54321")
    assert text(a_phone(), "OFFERS").meaning == Meaning.OTHER


def test_a_keyword_texted_all_day_is_for_a_person_in_the_end(topic, number):
    contact = a_contact()
    states = [text(contact, "JOIN").state for _ in range(4)]
    assert states == [ReplyState.ACTED] * 3 + [ReplyState.NEEDS_PERSON]


# ---- YES


def test_yes_confirms_with_the_words_of_the_question_and_welcomes(topic, number):
    contact = a_contact()
    question = asked(contact, topic)
    reply = text(contact, "yes")

    assert reply.state == ReplyState.ACTED
    row = Subscription.objects.get(contact=contact, topic=topic)
    assert (row.standing, row.confirmed) == (Standing.OPTED_IN, True)
    event = row.authorised_by
    assert (event.kind, event.legal_basis) == (EventKind.CONFIRMED, LegalBasis.EXPRESS_WRITTEN)
    evidence = Evidence.objects.get(event=event)
    assert (evidence.words_shown, evidence.words_received) == (question.body, "yes")
    welcome = Message.objects.get(kind=K.WELCOME)
    assert (welcome.about_event, welcome.answers) == (event, reply)
    assert welcome.body.startswith("You're subscribed to Example Corp. alerts.")


def test_yes_to_several_questions_answers_the_last_one(number, topic):
    other = a_topic("example-offers", opt_in_keywords=[])
    number.topics.add(other)
    contact = a_contact()
    asked(contact, other, hours_ago=1)
    asked(contact, topic, hours_ago=2)  # asked first, though its row is the newer

    text(contact, "YES")
    assert standing(contact, other) is Standing.OPTED_IN
    assert standing(contact, topic) is Standing.PENDING
    text(contact, "YES")
    assert standing(contact, topic) is Standing.OPTED_IN


def test_yes_to_nothing_is_for_a_person(topic, number):
    contact, member = a_contact(), an_opted_in_contact(topic)
    for who in (contact, member):
        assert text(who, "YES").state == ReplyState.NEEDS_PERSON
        assert sent(who) == []


def test_yes_after_the_request_lapsed_is_for_a_person_swept_or_not(topic, number):
    contact = a_contact()
    asked(contact, topic, hours_ago=72.1)
    assert text(contact, "YES").state == ReplyState.NEEDS_PERSON
    assert standing(contact, topic) is Standing.PENDING


def test_yes_before_the_question_was_sent_answers_nothing(topic, number):
    contact = a_contact()
    outbox.ask_for_confirmation(an_event(contact, EventKind.REQUESTED, topic))
    assert text(contact, "YES").state == ReplyState.NEEDS_PERSON
    assert standing(contact, topic) is Standing.PENDING


def test_yes_to_a_question_from_before_a_stop_answers_nothing(topic, number):
    contact = a_contact()
    asked(contact, topic)
    text(contact, "STOP")
    text(contact, "JOIN")  # its own question is still on the way
    assert text(contact, "YES").state == ReplyState.NEEDS_PERSON
    assert standing(contact, topic) is Standing.PENDING

    reach_the_phone(Message.objects.filter(kind=K.CONFIRMATION_REQUEST).latest("pk"))
    text(contact, "YES")
    assert standing(contact, topic) is Standing.OPTED_IN


def test_a_keyword_that_a_later_stop_overtook_is_for_a_person(topic, number):
    contact, moment = a_contact(), clock.now()
    asked(contact, topic)
    text(contact, "STOP", at=moment)
    text(contact, "JOIN", at=moment - timedelta(seconds=2))
    assert standing(contact, topic) is Standing.OPTED_OUT


def test_yes_to_another_number_confirms_nothing(topic, number):
    a_number(number="54321")
    contact = a_contact()
    asked(contact, topic)
    assert text(contact, "YES", to="54321").state == ReplyState.NEEDS_PERSON
    assert standing(contact, topic) is Standing.PENDING


# ---- STOP


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


# ---- HELP and the rest


def test_help_is_answered_whatever_the_standing(topic, number):
    left, stranger, member = a_contact(), a_contact(), an_opted_in_contact(topic)
    an_event(left, EventKind.OPTED_OUT, topic)
    an_event(left, EventKind.SUPPRESSED)
    for who in (left, stranger, member):
        assert text(who, "HELP").state == ReplyState.ACTED
        message = Message.objects.get(contact=who)
        assert message.kind == K.HELP_REPLY
        assert message.body.startswith("HELP: Example Corp. alerts: email help@example.com")


def test_help_speaks_of_the_topic_that_the_person_stands_on(topic, number):
    pending, joined = a_topic("example-offers"), a_topic("example-news")
    number.topics.add(pending, joined)
    member = an_opted_in_contact(joined)
    an_event(member, EventKind.REQUESTED, pending)
    text(member, "HELP")
    assert Message.objects.get().topic == joined


def test_help_is_answered_once_a_day_and_then_by_a_person(topic, number, settings, tmp_path):
    settings.CLOCK_FILE = str(tmp_path / "clock")
    contact = a_contact()
    states = [text(contact, "HELP").state for _ in range(3)]
    assert states == [ReplyState.ACTED] + [ReplyState.NEEDS_PERSON] * 2
    assert sent(contact) == [K.HELP_REPLY]

    (tmp_path / "clock").write_text("86500")
    assert text(contact, "HELP").state == ReplyState.ACTED
    assert sent(contact) == [K.HELP_REPLY] * 2


def test_help_to_each_number_is_answered(topic, number):
    a_number(number="54321")
    contact = a_contact()
    text(contact, "HELP")
    text(contact, "HELP", to="54321")
    assert sent(contact) == [K.HELP_REPLY] * 2


def test_the_brand_of_the_number_speaks(topic, number):
    other = a_brand("Other Ltd", support_email="care@other.example", support_phone="")
    a_number(a_topic("other-alerts", brand=other), number="54321")
    member = an_opted_in_contact(topic)
    text(member, "HELP", to="54321")
    assert "Other Ltd" in Message.objects.get().body


@pytest.mark.parametrize("words", ["START", "When do you open?", "", "👍", "\0"])
def test_everything_else_is_kept_for_a_person(topic, number, words):
    reply = text(a_phone(), words)
    assert (reply.state, reply.body) == (ReplyState.NEEDS_PERSON, words.replace("\0", ""))
    assert not Message.objects.exists()
    assert not OptInEvent.objects.exists()


def test_a_reply_to_a_number_that_is_not_ours_is_kept_for_a_person(topic):
    reply = text(a_phone(), "STOP", to="+12125550101")
    assert (reply.origination_number, reply.destination) == (None, "+12125550101")
    assert (reply.meaning, reply.state) == (Meaning.STOP, ReplyState.NEEDS_PERSON)


@pytest.mark.parametrize("written", ["+12125550101", "12125550101"])
def test_our_number_is_known_with_and_without_its_plus(topic, written):
    number = a_number(topic, number="+12125550101", kind="toll_free")
    assert text(a_phone(), "HELP", to=written).origination_number == number


@pytest.mark.parametrize("sender", ["12345", "227263", "AMAZON"])
def test_machines_are_not_answered(topic, number, sender):
    assert text(sender, "HELP") is None
    assert not Reply.objects.exists()
    assert not Message.objects.exists()


# ---- once


@pytest.mark.parametrize("words", ["JOIN", "YES", "STOP", "HELP", "hello"])
def test_a_reply_delivered_five_times_acts_once(topic, number, words):
    contact = a_contact()
    asked(contact, topic)
    before = OptInEvent.objects.count(), Message.objects.count()
    found = {text(contact, words, identity="the-same").pk for _ in range(5)}
    once = OptInEvent.objects.count(), Message.objects.count()
    assert len(found) == 1
    assert once[0] - before[0] == (words in {"JOIN", "YES", "STOP"})
    assert once[1] - before[1] == (words in {"JOIN", "YES", "STOP", "HELP"})


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("words", ["JOIN", "STOP", "HELP"])
def test_a_reply_taken_by_five_consumers_at_once_acts_once(words):
    number = a_number(a_topic())
    phone = a_phone()
    begin = Barrier(5)

    def take(_):
        begin.wait()
        try:
            return text(phone, words, number.number, identity="the-same").pk
        finally:
            connection.close()

    with ThreadPoolExecutor(5) as consumers:
        assert len(set(consumers.map(take, range(5)))) == 1
    assert Contact.objects.count() == Reply.objects.count() == Message.objects.count() == 1
    assert OptInEvent.objects.count() == (words != "HELP")
