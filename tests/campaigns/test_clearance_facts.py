"""The bridge from tables to facts: right for each, and a fixed number of queries for any number."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from campaigns.clearance import Outcome, Suppression
from campaigns.clearance_facts import Ask, Decisions, facts_for, facts_of
from campaigns.models import Campaign, Message
from campaigns.vocabulary import MessageKind
from consent import clock
from consent.vocabulary import EventKind, MessageClass, Source, Standing
from tests import builders as make

pytestmark = pytest.mark.django_db

K = MessageKind


@pytest.fixture
def topic():
    return make.a_topic()


@pytest.fixture
def number(topic):
    return make.a_number(topic)


def facts(contact, topic, number, kind=K.LIST_AUDIT, **more):
    (found,) = facts_of([Ask(kind, contact.pk, topic.pk, number.pk, **more)])
    return found


def test_who_opted_in_and_confirmed(topic, number):
    contact = make.an_opted_in_contact(topic)
    found = facts(contact, topic, number)
    assert found.kind is K.LIST_AUDIT
    assert found.message_class is MessageClass.PROMOTIONAL
    assert found.standing is Standing.OPTED_IN
    assert found.authorising_event == contact.events.last().pk
    assert (found.confirmed, found.double_opt_in_needed) == (True, False)
    assert found.suppressions == ()
    assert found.time_zones == ("America/New_York",)
    assert (found.country, found.state) == ("US", "NY")
    assert (
        found.number_live,
        found.number_carries_topic,
        found.number_brand_matches,
        found.number_class_matches,
        found.topic_open,
    ) == (True, True, True, True, True)


def test_whom_nobody_ever_heard_of(topic, number):
    found = facts(make.a_contact(), topic, number)
    assert found.standing is Standing.UNKNOWN
    assert found.authorising_event is None


def test_another_topic_says_nothing_of_this_one(topic, number):
    other = make.a_topic("example-offers")
    found = facts(make.an_opted_in_contact(other), topic, number)
    assert found.standing is Standing.UNKNOWN


@pytest.mark.parametrize(
    ("source", "asks_twice"),
    [
        (Source.WEB_FORM, True),
        (Source.KEYWORD, True),
        (Source.PAPER_FORM, False),
        (Source.POINT_OF_SALE, False),
    ],
)
def test_who_only_typed_a_number_is_asked_twice(topic, number, source, asks_twice):
    contact = make.a_contact()
    make.an_event(contact, EventKind.OPTED_IN, topic, source=source)
    assert facts(contact, topic, number).double_opt_in_needed is asks_twice


def test_an_imported_consent_is_not_asked_for_again(topic, number):
    from consent.models import ContactImport

    batch = ContactImport.objects.create(
        file_name="a.csv", file_digest="0" * 64, uploaded_at=clock.now()
    )
    contact = make.a_contact()
    make.an_event(contact, EventKind.OPTED_IN, topic, contact_import=batch.pk)
    assert facts(contact, topic, number).double_opt_in_needed is False


def test_an_opt_out_of_everything_is_one_of_this_topic(topic, number):
    contact = make.an_opted_in_contact(topic)
    event = make.an_event(contact, EventKind.OPTED_OUT)
    found = facts(contact, topic, number)
    assert (found.standing, found.opted_out_event) == (Standing.OPTED_OUT, event.pk)


def test_an_opt_out_of_everything_counts_for_topics_never_heard_of(topic, number):
    contact = make.a_contact()
    make.an_event(contact, EventKind.OPTED_OUT)
    assert facts(contact, topic, number).standing is Standing.OPTED_OUT


def test_suppressions_of_everything_and_of_this_topic_bear_on_it(topic, number):
    other = make.a_topic("example-offers")
    contact = make.an_opted_in_contact(topic)
    until = clock.now() + timedelta(days=3)
    make.an_event(contact, EventKind.SUPPRESSED, note="Litigation")
    make.an_event(contact, EventKind.SUPPRESSED, topic, note="Complaint", expires_at=until)
    make.an_event(contact, EventKind.SUPPRESSED, other, note="Not this")
    assert facts(contact, topic, number).suppressions == (
        Suppression("all", "Litigation"),
        Suppression("topic", "Complaint", until),
    )


def test_a_stated_zone_is_one_more_zone(topic, number):
    contact = make.an_opted_in_contact(topic)
    type(contact).objects.filter(pk=contact.pk).update(stated_time_zone="Pacific/Honolulu")
    zones = facts(contact, topic, number).time_zones
    assert zones == ("America/New_York", "Pacific/Honolulu")


def test_a_stated_state_is_one_more_place_with_its_zones(topic, number):
    contact = make.an_opted_in_contact(topic)
    type(contact).objects.filter(pk=contact.pk).update(stated_place="US-TN")
    found = facts(contact, topic, number)
    assert found.stated_places == ("US-TN",)
    assert found.time_zones == ("America/Chicago", "America/New_York")


def test_a_number_of_another_brand_and_class_matches_in_nothing(topic):
    brand = make.a_brand("Other Inc.")
    number = make.a_number(number="54321", brand=brand, message_class="transactional", live=False)
    found = facts(make.an_opted_in_contact(topic), topic, number)
    assert (
        found.number_live,
        found.number_carries_topic,
        found.number_brand_matches,
        found.number_class_matches,
    ) == (False, False, False, False)


def test_without_a_number_nothing_is_known_of_it(topic):
    contact = make.an_opted_in_contact(topic)
    (found,) = facts_of([Ask(K.LIST_AUDIT, contact.pk, topic.pk, None)])
    assert (found.number_live, found.number_brand_matches) == (None, None)


def test_a_campaign_that_was_changed_behind_its_approval_is_not_approved(topic, number):
    contact = make.an_opted_in_contact(topic)
    campaign = make.a_running_campaign(topic, number)
    assert facts(contact, topic, number, K.CAMPAIGN, campaign=campaign.pk).campaign_approved is True
    Campaign.objects.update(text="Something else")
    found = facts(contact, topic, number, K.CAMPAIGN, campaign=campaign.pk)
    assert found.campaign_approved is False


def test_a_stop_confirmation_acknowledges_its_own_event(topic, number):
    contact = make.an_opted_in_contact(topic)
    event = make.an_event(contact, EventKind.OPTED_OUT, topic)
    found = facts(contact, topic, number, K.STOP_CONFIRMATION, about_event=event.pk)
    assert found.opted_out_event == event.pk


def test_another_persons_opt_out_is_nothing_to_acknowledge(topic, number):
    event = make.an_event(make.a_contact(), EventKind.OPTED_OUT, topic)
    found = facts(make.a_contact(), topic, number, K.STOP_CONFIRMATION, about_event=event.pk)
    assert found.opted_out_event is None


def test_facts_as_of_a_moment_are_folded_from_the_ledger(topic, number):
    contact = make.an_opted_in_contact(topic, at=make.LONG_AGO)
    make.an_event(contact, EventKind.OPTED_OUT, topic)
    ask = Ask(K.CAMPAIGN, contact.pk, topic.pk, number.pk)
    (now,) = facts_of([ask])
    (then,) = facts_of([ask], as_of=make.LONG_AGO + timedelta(days=1))
    (before,) = facts_of([ask], as_of=make.LONG_AGO - timedelta(days=1))
    assert [each.standing for each in (now, then, before)] == [
        Standing.OPTED_OUT,
        Standing.OPTED_IN,
        Standing.UNKNOWN,
    ]
    assert then.authorising_event == contact.events.get(kind=EventKind.CONFIRMED).pk


def test_one_message_and_thirty_cost_the_same_queries(topic, number):
    def queries(count):
        rows = Message.objects.all()[:count]
        with CaptureQueriesContext(
            connection,
        ) as seen:
            assert len(facts_for(rows)) == count
        return len(seen)

    for _ in range(30):
        make.a_list_audit(make.an_opted_in_contact(topic), topic, number)
    assert queries(1) == queries(30) <= 12


def test_people_with_the_same_facts_share_a_decision_but_not_their_events(topic, number):
    people = [make.an_opted_in_contact(topic) for _ in range(3)]
    asks = [Ask(K.LIST_AUDIT, each.pk, topic.pk, number.pk) for each in people]
    monday = make.LONG_AGO.replace(day=3)
    decisions = Decisions(monday)
    made = [decisions.of(found) for found in facts_of(asks)]
    events = [each.events.last().pk for each in people]
    assert [clearance.outcome for clearance, _ in made] == [Outcome.CLEAR] * 3
    assert [clearance.authorised_by for clearance, _ in made] == events
    assert [packed["a"] for _, packed in made] == events
    assert len(decisions._made) == 1
