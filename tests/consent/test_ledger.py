"""The only writer of consent."""

import threading
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection

from consent import clock, ledger, projection
from consent.ledger import EventDraft
from consent.models import OptInEvent, Subscription, Suppression
from consent.vocabulary import EventKind, LegalBasis, Source, Standing
from tests.builders import a_contact, a_topic, an_event, an_opted_in_contact

pytestmark = pytest.mark.django_db


def test_a_standing_is_written_in_the_transaction_of_its_event():
    topic = a_topic()
    contact = an_opted_in_contact(topic)
    row = Subscription.objects.get(contact=contact)
    event = OptInEvent.objects.get(kind=EventKind.CONFIRMED)
    assert (row.topic, row.standing, row.authorised_by) == (topic, Standing.OPTED_IN, event)


def test_topics_are_independent():
    topic, other = a_topic(), a_topic("example-news", opt_in_keywords=[])
    contact = an_opted_in_contact(topic)
    an_event(contact, EventKind.OPTED_OUT, other)
    standings = dict(Subscription.objects.values_list("topic__slug", "standing"))
    assert standings == {"example-alerts": "opted_in", "example-news": "opted_out"}


def test_leaving_everything_leaves_each_topic_and_is_kept_for_those_to_come():
    contact = an_opted_in_contact(a_topic())
    an_event(contact, EventKind.OPTED_OUT)
    assert set(Subscription.objects.values_list("topic__slug", "standing")) == {
        ("example-alerts", "opted_out"),
        (None, "opted_out"),
    }


def test_a_lifted_suppression_is_gone_and_its_events_stay():
    contact = a_contact()
    an_event(contact, EventKind.SUPPRESSED, note="Litigator")
    assert Suppression.objects.get().reason == "Litigator"
    an_event(contact, EventKind.SUPPRESSION_LIFTED)
    assert Suppression.objects.count() == 0
    assert OptInEvent.objects.count() == 2


def test_a_corrected_first_consent_takes_its_standing_along():
    topic = a_topic()
    contact = a_contact()
    event = an_event(contact, EventKind.OPTED_IN, topic)
    an_event(contact, EventKind.CORRECTED, topic, corrects=event.pk)
    assert Subscription.objects.count() == 0
    assert list(projection.differences()) == []


def test_a_time_ahead_of_our_clock_is_cut_to_now():
    ahead = clock.now() + timedelta(hours=1)
    event = an_event(a_contact(), EventKind.OPTED_OUT, occurred_at=ahead)
    assert event.occurred_at == event.recorded_at


def test_nobody_joins_every_topic_at_once():
    with pytest.raises(IntegrityError, match="opt_in_names_its_topic_and_basis"):
        an_event(a_contact(), EventKind.OPTED_IN, basis=LegalBasis.EXPRESS)


def test_many_events_cost_a_fixed_number_of_queries(django_assert_num_queries):
    topic = a_topic()

    def agree(contacts):
        return [
            EventDraft(c.pk, EventKind.OPTED_IN, Source.OTHER, topic.pk, LegalBasis.EXPRESS)
            for c in contacts
        ]

    few, many = [a_contact() for _ in range(2)], [a_contact() for _ in range(40)]
    with django_assert_num_queries(8):
        ledger.record_many(agree(few))
    with django_assert_num_queries(8):
        ledger.record_many(agree(many))
    assert Subscription.objects.count() == 42


@pytest.mark.django_db(transaction=True)
def test_two_writers_about_one_person_do_not_project_over_each_other():
    topics = [a_topic(f"example-{n}", name=f"n{n}", opt_in_keywords=[]) for n in range(8)]
    contact = a_contact()

    def write(topic):
        an_event(contact, EventKind.OPTED_IN, topic, source=Source.OTHER)
        an_event(contact, EventKind.OPTED_OUT, source=Source.OTHER)
        connection.close()

    writers = [threading.Thread(target=write, args=[topic]) for topic in topics]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert OptInEvent.objects.count() == 16
    assert list(projection.differences()) == []
