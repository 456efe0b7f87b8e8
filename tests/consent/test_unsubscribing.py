"""Codes hold nothing, are made once, and leaving is one event at most."""

import threading

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from consent import unsubscribing
from consent.models import OptInEvent, Subscription, UnsubscribeCode
from consent.vocabulary import EventKind, Source, Standing
from tests.builders import a_contact, a_topic, an_event, an_opted_in_contact, some_evidence

pytestmark = pytest.mark.django_db


def code_of(contact):
    return unsubscribing.codes_for([contact.pk])[contact.pk]


def test_a_code_is_made_once_and_leads_to_its_contact():
    contact, other = a_contact(), a_contact()
    code = code_of(contact)
    assert code_of(contact) == code
    assert code_of(other) != code
    assert unsubscribing.contact_of(code) == contact
    assert unsubscribing.contact_of("0" * unsubscribing.LENGTH) is None


def test_a_code_cannot_be_guessed_and_says_nothing():
    assert len(unsubscribing.MARKS) ** unsubscribing.LENGTH > 2**64
    contacts = [a_contact() for _ in range(60)]
    codes = unsubscribing.codes_for(contact.pk for contact in contacts)
    assert {len(code) for code in codes.values()} == {unsubscribing.LENGTH}
    assert set("".join(codes.values())) <= set(unsubscribing.MARKS)
    # Of 660 marks drawn from 62, hardly any is missing
    assert len(set("".join(codes.values()))) > 50
    assert all(c.number[-7:] not in codes[c.pk] and codes[c.pk] not in str(c) for c in contacts)


def test_many_cost_no_more_questions_than_one():
    contacts = [a_contact().pk for _ in range(40)]
    with CaptureQueriesContext(connection) as one:
        unsubscribing.codes_for(contacts[:1])
    with CaptureQueriesContext(connection) as many:
        unsubscribing.codes_for(contacts[1:])
    assert len(many) == len(one)
    with CaptureQueriesContext(connection) as again:
        unsubscribing.codes_for(contacts)
    assert len(again) == 1


@pytest.mark.django_db(transaction=True)
def test_makers_at_once_agree():
    contacts, found = [a_contact().pk for _ in range(20)], []

    def make():
        found.append(unsubscribing.codes_for(contacts))
        connection.close()

    threads = [threading.Thread(target=make) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [each == found[0] for each in found] == [True] * 4
    assert UnsubscribeCode.objects.count() == 20


def test_the_address_is_the_pages(settings):
    settings.PUBLIC_BASE_URL = "https://texts.example.com/"
    code = "0123456789a"
    path = reverse("unsubscribe_pages:page", args=[code])
    assert unsubscribing.address_of(code) == "https://texts.example.com" + path


def test_leaving_one_topic_leaves_the_others():
    left, kept = a_topic("example-offers"), a_topic("example-news")
    contact = an_opted_in_contact(left, "+12125550133")
    an_opted_in_contact(kept, "+12125550133")
    event = unsubscribing.leave(contact, left, evidence=some_evidence())
    assert (event.kind, event.source, event.topic) == (
        EventKind.OPTED_OUT,
        Source.WEB_FORM,
        left,
    )
    assert dict(Subscription.objects.values_list("topic", "standing")) == {
        left.pk: Standing.OPTED_OUT,
        kept.pk: Standing.OPTED_IN,
    }
    assert unsubscribing.topics_reached(contact) == [kept]
    assert unsubscribing.leave(contact, left, evidence=some_evidence()) is None


def test_leaving_everything_is_one_event_for_now_and_later():
    for slug in ("example-offers", "example-news"):
        contact = an_opted_in_contact(a_topic(slug), "+12125550133")
    event = unsubscribing.leave(contact, None, evidence=some_evidence())
    assert event.topic is None
    assert unsubscribing.has_left_everything(contact)
    assert unsubscribing.topics_reached(contact) == []
    assert unsubscribing.leave(contact, None, evidence=some_evidence()) is None
    assert OptInEvent.objects.filter(kind=EventKind.OPTED_OUT).count() == 1


def test_a_stranger_can_have_himself_left_alone_for_good():
    contact = a_contact()
    assert not unsubscribing.has_left_everything(contact)
    assert unsubscribing.leave(contact, None, evidence=some_evidence()) is not None
    assert unsubscribing.has_left_everything(contact)


def test_a_request_that_waits_for_its_yes_can_be_left():
    topic, contact = a_topic(), a_contact()
    an_event(contact, EventKind.REQUESTED, topic)
    assert unsubscribing.topics_reached(contact) == [topic]
    unsubscribing.leave(contact, topic, evidence=some_evidence())
    assert Subscription.objects.get().standing == Standing.OPTED_OUT


def test_a_topic_that_one_is_not_in_is_not_left():
    assert unsubscribing.leave(a_contact(), a_topic(), evidence=some_evidence()) is None
    assert not OptInEvent.objects.exists()
