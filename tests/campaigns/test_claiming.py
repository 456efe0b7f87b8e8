"""A claim costs the same statements however many texts it takes, and writes what it decided."""

from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from campaigns import statements
from campaigns.claiming import claim
from campaigns.models import Campaign, Message, OriginationNumber
from campaigns.vocabulary import AttemptOutcome, MessageStatus
from consent.models import Contact, Topic
from tests import builders as make

pytestmark = pytest.mark.django_db(transaction=True)


def statements_of_a_claim(number, most):
    OriginationNumber.objects.update(next_slot_at=None)
    with CaptureQueriesContext(connection) as seen:
        assert len(claim(number.pk, "w", most).claimed) == most
    return [query["sql"] for query in seen if not query["sql"].startswith(("BEGIN", "COMMIT"))]


def test_a_claim_of_one_text_and_of_forty_cost_the_same_statements(business_hours):
    topic = make.a_topic()
    number = make.a_number(topic)
    make.many_opted_in_contacts(topic, 41)
    make.a_running_campaign(topic, number)
    one, forty = statements_of_a_claim(number, 1), statements_of_a_claim(number, 40)
    assert len(one) == len(forty) <= 24, "\n".join(forty)


def test_a_claim_writes_each_texts_own_decision_and_attempt(business_hours):
    topic = make.a_topic()
    number = make.a_number(topic, parts_per_second=10)
    make.many_opted_in_contacts(topic, 3)
    campaign = make.a_running_campaign(topic, number)
    batch = claim(number.pk, "w")
    for message, claimed in zip(
        campaign.messages.order_by("pk"),
        sorted(batch.claimed, key=lambda each: each.message),
        strict=True,
    ):
        event = message.contact.events.get()
        assert (message.status, message.worker) == (MessageStatus.SENDING, "w")
        assert (message.authorised_by, message.clearance["a"]) == (event, event.pk)
        assert (message.claimed_at, message.settled_at) == (batch.at, None)
        attempt = message.attempts.get()
        assert (attempt.ordinal, attempt.outcome) == (claimed.ordinal, AttemptOutcome.BEGUN)
        assert (attempt.at, attempt.worker) == (claimed.leaves_at, "w")
        assert claimed.text.to == message.contact.number


def test_records_travel_as_they_are():
    records = [
        {
            "id": 1,
            "words": 'Ça "va"? \\ 100 % {x} 😀',
            "at": datetime(2026, 3, 1, 12, 0, 0, 5, UTC),
        },
        {"id": 2, "words": None, "at": None},
    ]
    found = statements.rows(
        "SELECT * FROM json_to_recordset(%(all)s::json) AS r(id int, words text, at timestamptz)",
        all=statements.many(records),
    )
    assert found == [tuple(record.values()) for record in records]


def test_what_has_no_place_in_a_statement_is_refused():
    with pytest.raises(TypeError):
        statements.many([{"id": object()}])


def test_whole_records_are_those_of_the_orm(business_hours):
    topic = make.a_topic(opt_in_keywords=["JOIN", "GO"])
    number = make.a_number(topic)
    make.an_opted_in_contact(topic)
    make.a_running_campaign(topic, number)
    for model in (Topic, OriginationNumber, Campaign, Message, Contact):
        by_orm = list(model.objects.order_by("pk"))
        assert by_orm
        found = statements.records(model, "ORDER BY id")
        values = [
            {f.attname: getattr(each, f.attname) for f in model._meta.fields} for each in found
        ]
        assert values == [
            {f.attname: getattr(each, f.attname) for f in model._meta.fields} for each in by_orm
        ]
