"""In which order and how fast texts leave."""

from itertools import pairwise

import pytest

from campaigns import outbox, pacing, sending
from campaigns.models import OriginationNumber
from campaigns.vocabulary import Exemption, MessageKind
from consent import clock
from consent.vocabulary import EventKind
from tests import builders as make
from tests.campaigns.sent_texts import an_audit

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_most_urgent_go_first(business_hours, stub_sns, topic, number, settings):
    settings.SEND_THREADS = 1
    audit = an_audit(topic, number)
    stop = make.a_contact()
    event = make.an_event(stop, EventKind.OPTED_OUT, topic)
    answer = outbox.enqueue(
        kind=MessageKind.STOP_CONFIRMATION, contact=stop, topic=topic, about_event=event
    )
    sending.send_due(number.pk)
    assert [phone for _, phone in stub_sns.arrivals] == [stop.number, audit.contact.number]
    answer.refresh_from_db()
    assert answer.exemption == Exemption.OPT_OUT_CONFIRMATION


def test_one_person_gets_one_text_a_second(business_hours, stub_sns, topic, number):
    contact = make.an_opted_in_contact(topic)
    for _ in range(3):
        make.a_list_audit(contact, topic, number)
    sending.send_due(number.pk)
    times = [at for at, _ in stub_sns.arrivals]
    assert len(times) == 2  # as many as the topic promised a month; the third waits
    assert min(b - a for a, b in pairwise(times)) > 0.9


def test_texts_leave_at_the_numbers_pace(business_hours, stub_sns, topic, number):
    an_audit(topic, number)  # whatever a process does for the first time has been done then
    sending.send_due(number.pk)
    stub_sns.arrivals.clear()
    OriginationNumber.objects.update(parts_per_second=10)
    for _ in range(21):
        an_audit(topic, number)
    sending.send_due(number.pk)
    times = [at for at, _ in stub_sns.arrivals]
    assert len(times) == 21
    assert times[-1] - times[0] == pytest.approx(2, abs=0.4)


def test_slots_follow_each_other_whoever_takes_them(topic, number):
    from django.db import transaction

    moment = clock.now()
    with transaction.atomic():
        first = pacing.reserve(pacing.hold(number.pk), [1, 3, 1], moment)
    with transaction.atomic():
        second = pacing.reserve(pacing.hold(number.pk), [1], moment)
    seconds = [(at - moment).total_seconds() for at in first + second]
    assert seconds == pytest.approx([0, 0.01, 0.04, 0.05])
