"""The ledger refers to what exists, and what it refers to stays."""

import pytest
from django.db import IntegrityError, connection, transaction

from consent.models import (
    ContactImport,
    OptInEvent,
)
from consent.vocabulary import EventKind, LegalBasis, Source
from tests.builders import a_contact, a_topic, an_event


@pytest.mark.django_db
@pytest.mark.parametrize("column", ["contact_id", "topic_id", "recorded_by_id", "disclosure_id"])
def test_an_event_that_refers_to_nothing_is_refused_by_the_database(column):
    event = an_event(a_contact(), EventKind.OPTED_IN, a_topic())
    values = {
        name: getattr(event, name)
        for name in ("contact_id", "topic_id", "recorded_by_id", "disclosure_id")
    } | {column: 999_999}
    with pytest.raises(IntegrityError, match=f"consent_optinevent.{column} names no row"):
        OptInEvent.objects.create(
            kind=EventKind.OPTED_IN,
            source=Source.STAFF,
            legal_basis=LegalBasis.EXPRESS,
            occurred_at=event.occurred_at,
            recorded_at=event.recorded_at,
            **values,
        )


@pytest.mark.django_db
def test_a_correction_of_nothing_is_refused_by_the_database():
    event = an_event(a_contact(), EventKind.OPTED_IN, a_topic())
    with pytest.raises(IntegrityError, match=r"consent_optinevent\.corrects_id names no row"):
        an_event(event.contact, EventKind.CORRECTED, event.topic, corrects=event.pk + 1000)


@pytest.mark.django_db
def test_what_an_event_refers_to_is_not_deleted():
    topic = a_topic()
    an_event(a_contact(), EventKind.OPTED_IN, topic)
    with (
        pytest.raises(IntegrityError, match=r"is still named by consent_optinevent\.topic_id"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("DELETE FROM consent_topic WHERE id = %s", [topic.pk])
    assert ContactImport.objects.count() == 0
