"""What people answer besides, and what becomes of it; each reply once."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from campaigns.models import Message, Reply
from campaigns.vocabulary import Meaning, MessageKind, ReplyState
from consent.models import Contact, OptInEvent
from consent.vocabulary import EventKind
from tests.builders import (
    a_brand,
    a_contact,
    a_number,
    a_phone,
    a_topic,
    an_event,
    an_opted_in_contact,
)
from tests.campaigns.heard import asked, sent, text

pytestmark = pytest.mark.django_db
K = MessageKind


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


def test_reading_a_reply_costs_few_statements(topic, number, django_assert_max_num_queries):
    member, other = an_opted_in_contact(topic), an_opted_in_contact(topic)
    text(a_contact(), "STOP")  # the rulebook is composed once
    with django_assert_max_num_queries(16):
        text(member, "STOP")
    with django_assert_max_num_queries(8):
        text(other, "who is this?")
