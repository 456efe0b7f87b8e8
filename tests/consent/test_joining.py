"""Requests to join: what is recorded, and when nothing is."""

from datetime import timedelta

import pytest
import time_machine

from consent import joining
from consent.models import Evidence, OptInEvent, Subscription
from consent.vocabulary import EventKind, LegalBasis, MessageClass, Source, Standing
from tests.builders import (
    a_contact,
    a_disclosure,
    a_topic,
    an_event,
    an_opted_in_contact,
    some_evidence,
)

pytestmark = pytest.mark.django_db


def join(contact, topic, source=Source.WEB_FORM, **more):
    return joining.join(contact, topic, source=source, evidence=some_evidence(), **more)


def informational(**fields):
    return a_topic(
        "example-notices", message_class=MessageClass.TRANSACTIONAL, double_opt_in=False, **fields
    )


def standing(contact, topic):
    return Subscription.objects.get(contact=contact, topic=topic).standing


def test_a_request_waits_for_yes_and_keeps_its_evidence():
    topic, contact = a_topic(), a_contact()
    disclosure = a_disclosure(topic)

    event = join(contact, topic, disclosure=disclosure)

    assert event.kind == EventKind.REQUESTED
    assert event.legal_basis == LegalBasis.EXPRESS_WRITTEN
    assert event.disclosure == disclosure
    assert Evidence.objects.get(event=event).words_shown == "I agree"
    assert standing(contact, topic) == Standing.PENDING


def test_an_informational_topic_needs_no_agreement_in_writing():
    topic = informational()
    assert join(a_contact(), topic, disclosure=a_disclosure(topic)).legal_basis == (
        LegalBasis.EXPRESS
    )


def test_without_words_shown_nobody_has_agreed_in_writing():
    assert join(a_contact(), a_topic(), Source.KEYWORD).legal_basis == LegalBasis.EXPRESS


def test_a_topic_that_asks_once_takes_people_in_at_once():
    topic, contact = informational(), a_contact()
    assert join(contact, topic).kind == EventKind.OPTED_IN
    assert standing(contact, topic) == Standing.OPTED_IN


def test_who_left_is_asked_again_when_a_form_says_they_are_back():
    topic, contact = informational(), a_contact()
    an_event(contact, EventKind.OPTED_OUT, topic, source=Source.REPLY)

    assert join(contact, topic).kind == EventKind.REQUESTED
    assert join(contact, topic).kind == EventKind.REQUESTED  # the first request wiped nothing
    assert standing(contact, topic) == Standing.PENDING


def test_who_left_everything_is_asked_again_too():
    topic, contact = informational(), a_contact()
    an_event(contact, EventKind.OPTED_OUT, source=Source.STAFF)
    assert join(contact, topic).kind == EventKind.REQUESTED


def test_who_left_may_come_back_by_keyword_from_their_own_phone():
    topic, contact = informational(), a_contact()
    an_event(contact, EventKind.OPTED_OUT, topic, source=Source.REPLY)
    assert join(contact, topic, Source.KEYWORD).kind == EventKind.OPTED_IN


def test_asking_while_opted_in_is_recorded_and_changes_nothing():
    topic = a_topic()
    contact = an_opted_in_contact(topic)
    before = Subscription.objects.values().get(contact=contact)

    assert join(contact, topic) is not None
    assert Subscription.objects.values().get(contact=contact) == before


def test_a_closed_topic_takes_nobody_in():
    contact = a_contact()
    assert join(contact, a_topic(open=False)) is None
    assert not OptInEvent.objects.filter(contact=contact).exists()


def test_a_number_is_asked_about_three_times_a_day(settings):
    settings.OPT_IN_REQUESTS_PER_NUMBER_AND_DAY = 3
    topic, contact = a_topic(), a_contact()
    assert [join(contact, topic) is not None for _ in range(5)] == [True] * 3 + [False] * 2
    assert join(a_contact(), topic) is not None

    with time_machine.travel(OptInEvent.objects.latest("pk").recorded_at + timedelta(days=1.01)):
        assert join(contact, topic) is not None


def test_strangers_at_the_form_do_not_keep_the_owner_from_joining_by_keyword(settings):
    settings.OPT_IN_REQUESTS_PER_NUMBER_AND_DAY = 1
    topic, contact = a_topic(), a_contact()
    join(contact, topic)
    assert join(contact, topic) is None
    assert join(contact, topic, Source.KEYWORD) is not None


def test_an_address_is_counted_over_the_last_hour(settings):
    settings.OPT_IN_REQUESTS_PER_ADDRESS_AND_HOUR = 2
    topic = a_topic()
    join(a_contact(), topic)
    assert joining.address_asks_too_often("192.0.2.7") is False
    join(a_contact(), topic)
    assert joining.address_asks_too_often("192.0.2.7") is True
    assert joining.address_asks_too_often("192.0.2.8") is False
    assert joining.address_asks_too_often(None) is False

    with time_machine.travel(OptInEvent.objects.latest("pk").recorded_at + timedelta(hours=1.01)):
        assert joining.address_asks_too_often("192.0.2.7") is False
