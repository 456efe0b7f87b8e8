"""Acts of leaving that replies which came late had recorded anew: each is still one act."""

from datetime import UTC, datetime, timedelta

import pytest

from campaigns import revocations
from campaigns.models import Message
from campaigns.revocation_clock import AIM
from campaigns.revocations import Which
from campaigns.vocabulary import MessageKind, MessageStatus
from consent.models import OptInEvent, Subscription
from consent.vocabulary import EventKind, Standing
from tests.builders import a_contact, a_topic, an_event, an_opted_in_contact
from tests.campaigns.heard import text

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 3, 17, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
MARCH = Which(datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC))


def is_acknowledged(reply, moment):
    """Let the text that acknowledges a STOP have left."""
    rows = Message.objects.filter(answers=reply, kind=MessageKind.STOP_CONFIRMATION)
    assert rows.update(
        status=MessageStatus.ACCEPTED,
        amazon_message_id="amz",
        clearance={},
        exemption="opt_out_confirmation",
        settled_at=moment,
    )


def the_figures():
    together, *_ = revocations.figures_by_road(MARCH, AIM)
    return together.count, together.acknowledged, together.within_aim


def test_a_stop_recorded_anew_is_counted_once_and_as_acknowledged_when_it_was(at, topic, number):
    contact, moment = a_contact(), NOON - 3 * SECOND
    stop = text(contact, "STOP", identity="c", at=moment)
    is_acknowledged(stop, NOON + 9 * SECOND)
    for day, identity in ((2, "b"), (3, "a")):
        at(NOON + timedelta(days=day))
        text(contact, "JOIN", identity=identity, at=moment)

    assert Subscription.objects.get().standing == Standing.OPTED_OUT
    assert OptInEvent.objects.filter(corrects__kind=EventKind.OPTED_OUT).count() == 2
    [act] = revocations.newest(MARCH, 10)
    assert (act.reply, act.topics, act.received_at) == (stop.pk, 1, NOON - 3 * SECOND)
    assert (act.honoured_at, act.acknowledged_at) == (NOON, NOON + 9 * SECOND)
    assert act.acknowledged_in == 9 * SECOND
    assert the_figures() == (1, 1, 1)


def test_a_stop_that_came_back_keeps_its_acknowledgement(at, topic, number):
    contact = an_opted_in_contact(topic)
    stop = text(contact, "STOP", at=NOON - 3 * SECOND)
    is_acknowledged(stop, NOON + 9 * SECOND)
    at(NOON + timedelta(days=2))
    text(contact, "STOP", at=NOON - 30 * SECOND)
    text(contact, "JOIN", at=NOON - 10 * SECOND)
    first, last = sorted(revocations.in_order(MARCH), key=lambda act: act.received_at)
    assert (last.reply, last.honoured_at, last.acknowledged_in) == (stop.pk, NOON, 9 * SECOND)
    assert (first.acknowledged_at, first.acknowledged_in) == (NOON + 9 * SECOND, timedelta(0))


def test_a_stop_of_two_topics_is_one_act_where_one_of_them_is_recorded_anew(at, topic, number):
    number.topics.add(other := a_topic("example-offers", opt_in_keywords=["OFFERS"]))
    contact = an_opted_in_contact(topic)
    an_event(contact, EventKind.OPTED_OUT, other, occurred_at=NOON - timedelta(days=1))
    stop = text(contact, "STOP", at=NOON - 3 * SECOND)
    is_acknowledged(stop, NOON + 9 * SECOND)
    at(NOON + timedelta(days=2))
    text(contact, "OFFERS", at=NOON - 5 * SECOND)

    [act] = [act for act in revocations.in_order(MARCH) if act.reply]
    assert (act.reply, act.topics, act.honoured_at) == (stop.pk, 2, NOON)
    assert act.acknowledged_in == 9 * SECOND


def test_a_stop_whose_place_an_earlier_one_takes_stays_acknowledged(at, topic, number):
    contact = an_opted_in_contact(topic)
    later = text(contact, "STOP", at=NOON - 3 * SECOND)
    is_acknowledged(later, NOON + 9 * SECOND)
    at(NOON + timedelta(minutes=1))
    first = text(contact, "STOP", at=NOON - 30 * SECOND)

    [act] = revocations.newest(MARCH, 10)
    assert (act.reply, act.received_at) == (first.pk, NOON - 30 * SECOND)
    assert (act.honoured_at, act.acknowledged_at) == (
        NOON + timedelta(minutes=1),
        NOON + 9 * SECOND,
    )
    # They had been told before it reached us
    assert act.acknowledged_in == timedelta(0)
    together, _ = revocations.figures_by_road(MARCH, AIM)
    assert together.acknowledged_in.longest == 0
    assert the_figures() == (1, 1, 1)


def test_a_stop_that_nobody_was_told_of_is_not_acknowledged_by_a_later_one(at, topic, number):
    contact = an_opted_in_contact(topic)
    text(contact, "STOP", at=NOON - 3 * SECOND)
    at(NOON + timedelta(days=2))
    an_event(contact, EventKind.OPTED_IN, topic)
    again = text(contact, "STOP", at=NOON + timedelta(days=2))
    is_acknowledged(again, NOON + timedelta(days=2, seconds=9))

    newest, first = revocations.newest(MARCH, 10)
    assert (first.acknowledged_at, newest.acknowledged_in) == (None, 9 * SECOND)
    assert the_figures() == (2, 1, 1)


def test_texts_that_are_not_out_acknowledge_nothing(at, topic, number):
    contact = an_opted_in_contact(topic)
    text(contact, "STOP", at=NOON - 3 * SECOND)
    at(NOON + timedelta(minutes=1))
    text(contact, "STOP", at=NOON - 30 * SECOND)
    assert the_figures() == (1, 0, 0)
