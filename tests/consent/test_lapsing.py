"""Requests that nobody confirmed lapse, and only those."""

from datetime import timedelta

import pytest

from consent import clock, lapsing
from consent.models import OptInEvent, Subscription
from consent.tasks import lapse_requests
from consent.vocabulary import EventKind, Source, Standing
from tests.builders import a_contact, a_topic, an_event, an_opted_in_contact

pytestmark = pytest.mark.django_db


def asked(topic, hours_ago):
    contact = a_contact()
    an_event(
        contact,
        EventKind.REQUESTED,
        topic,
        occurred_at=clock.now() - timedelta(hours=hours_ago),
    )
    return contact


def standings():
    return list(Subscription.objects.order_by("contact_id").values_list("standing", flat=True))


def test_a_request_lapses_after_72_hours():
    topic = a_topic()
    old, fresh = asked(topic, 72.1), asked(topic, 71.9)
    an_opted_in_contact(topic)

    assert lapsing.lapse_requests() == 1
    assert standings() == [Standing.LAPSED, Standing.PENDING, Standing.OPTED_IN]
    event = OptInEvent.objects.get(kind=EventKind.EXPIRED)
    assert (event.contact, event.topic, event.source) == (old, topic, Source.SYSTEM)
    assert not OptInEvent.objects.filter(kind=EventKind.EXPIRED, contact=fresh).exists()


def test_many_lapse_in_batches_and_each_once():
    topic, other = a_topic(), a_topic("example-offers", opt_in_keywords=[])
    people = [asked(topic, 100) for _ in range(5)]
    an_event(people[0], EventKind.REQUESTED, other, occurred_at=clock.now() - timedelta(hours=90))

    assert lapsing.lapse_requests(batch=2) == 6
    assert standings() == [Standing.LAPSED] * 6
    lapse_requests()
    assert OptInEvent.objects.filter(kind=EventKind.EXPIRED).count() == 6


def test_the_wait_is_a_setting(settings):
    settings.OPT_IN_LAPSE_HOURS = 1
    asked(a_topic(), 2)
    assert lapsing.lapse_requests() == 1
