from datetime import timedelta

import pytest

from campaigns.clearance import Promise
from campaigns.clearance_grounds import grounds_of
from campaigns.clearance_history import sent_before, texts_of
from campaigns.models import Message, OriginationNumber
from campaigns.vocabulary import MessageKind, MessageStatus
from consent import clock
from consent.models import OptInEvent
from consent.vocabulary import EventKind, FrequencyUnit, LegalBasis, Source
from tests.builders import LONG_AGO, a_brand, a_contact, a_disclosure, a_number, a_topic, an_event

pytestmark = pytest.mark.django_db
S = MessageStatus
MONTHLY = Promise(2, FrequencyUnit.MONTH)


def a_text(contact, topic, *, status=S.QUEUED, kind=MessageKind.LIST_AUDIT, **fields) -> Message:
    number = OriginationNumber.objects.for_topic(topic) or a_number(topic)
    return Message.objects.create(
        contact=contact,
        topic=topic,
        origination_number=number,
        kind=kind,
        body="Still subscribed.",
        status=status,
        created_at=clock.now(),
        clearance={},
        exemption="answer",
        amazon_message_id="x" if status == S.ACCEPTED else "",
        **{"due_at": clock.now(), **fields},
    )


def test_a_confirmation_rests_on_the_disclosure_of_its_request() -> None:
    topic, contact = a_topic(), a_contact()
    disclosure = a_disclosure(topic)
    an_event(contact, EventKind.REQUESTED, topic, occurred_at=LONG_AGO, disclosure=disclosure.pk)
    an_event(
        contact,
        EventKind.CONFIRMED,
        topic,
        source=Source.REPLY,
        occurred_at=LONG_AGO + timedelta(hours=1),
    )
    confirmed = OptInEvent.objects.get(kind=EventKind.CONFIRMED)
    ground = grounds_of([confirmed.pk])[confirmed.pk]
    assert (ground.basis, ground.consented_at) == (
        LegalBasis.EXPRESS_WRITTEN,
        confirmed.occurred_at,
    )
    assert (ground.disclosure_lacks, ground.promise) == ((), MONTHLY)


def test_a_topic_that_promises_anew_leaves_old_consents_what_they_were_promised() -> None:
    topic, contact = a_topic(), a_contact()
    event = an_event(contact, EventKind.OPTED_IN, topic, disclosure=a_disclosure(topic).pk)
    type(topic).objects.update(frequency_count=8)
    ground = grounds_of([event.pk])[event.pk]
    assert (ground.disclosure_lacks, ground.promise) == ((), MONTHLY)


def test_a_keyword_without_a_disclosure_proves_no_wording() -> None:
    topic, contact = a_topic(), a_contact()
    an_event(contact, EventKind.OPTED_IN, topic, source=Source.KEYWORD, occurred_at=LONG_AGO)
    event = OptInEvent.objects.get()
    ground = grounds_of([event.pk])[event.pk]
    assert (ground.disclosure_lacks, ground.promise) == (None, None)


def test_a_paper_form_was_proven_when_it_came_and_keeps_the_topics_promise() -> None:
    topic, contact = a_topic(), a_contact()
    an_event(contact, EventKind.OPTED_IN, topic, source=Source.PAPER_FORM, occurred_at=LONG_AGO)
    event = OptInEvent.objects.get()
    ground = grounds_of([event.pk])[event.pk]
    assert (ground.disclosure_lacks, ground.promise) == ((), MONTHLY)


def test_texts_that_wait_count_against_later_ones_alone() -> None:
    topic, contact, now = a_topic(), a_contact(), clock.now()
    gone = a_text(
        contact, topic, status=S.ACCEPTED, claimed_at=now, settled_at=now, lease_until=now
    )
    first = a_text(contact, topic, due_at=now + timedelta(hours=1))
    second = a_text(contact, topic, due_at=now + timedelta(hours=2))
    a_text(contact, topic, kind=MessageKind.HELP_REPLY)
    a_text(contact, topic, status=S.CANCELLED)
    texts = texts_of([contact.pk], clock.now())[contact.pk]
    assert {pk for pk, *_ in texts} == {gone.pk, first.pk, second.pk}
    assert sent_before(texts, message=first.pk) == (now,)
    assert sent_before(texts, message=second.pk) == (now, first.due_at)
    assert sent_before(texts, message=None, topic=topic.pk) == (now, first.due_at, second.due_at)
    assert sent_before(texts, message=None, topic=topic.pk + 1) == ()


def test_texts_of_a_brand_count_over_all_its_topics() -> None:
    topic, sister, contact, now = a_topic(), a_topic("example-news"), a_contact(), clock.now()
    rival = a_topic("rival-news", brand=a_brand("Rival Inc."))
    a_number(topic, sister)
    a_number(rival, number="54321")
    due = [a_text(contact, each, due_at=now).due_at for each in (topic, sister)]
    a_text(contact, rival, due_at=now)
    texts = texts_of([contact.pk], clock.now())[contact.pk]
    assert sent_before(texts, message=None, brand=topic.brand_id) == tuple(due)
    assert len(sent_before(texts, message=None)) == 3


def test_any_number_of_contacts_costs_the_same_queries(django_assert_num_queries) -> None:
    topic = a_topic()
    contacts = [a_contact() for _ in range(3)]
    for contact in contacts:
        an_event(contact, EventKind.OPTED_IN, topic, occurred_at=LONG_AGO)
    events = list(OptInEvent.objects.values_list("pk", flat=True))
    for some in (1, 3):
        with django_assert_num_queries(3):
            grounds_of(events[:some])
            texts_of([contact.pk for contact in contacts[:some]], clock.now())
