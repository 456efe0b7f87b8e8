"""Acts of leaving, as the records tell them: when received, honoured, acknowledged, due."""

from datetime import UTC, datetime, timedelta
from itertools import count
from zoneinfo import ZoneInfo

import pytest

from campaigns import replies, revocations
from campaigns.house_policy import rulebook_in_force
from campaigns.models import Message
from campaigns.revocation_clock import AIM
from campaigns.revocations import HelpFigures, RoadFigures, Spread, Which
from campaigns.vocabulary import MessageKind, MessageStatus
from consent.models import ContactImport, Evidence
from consent.vocabulary import EventKind, Source
from tests import builders as make

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 3, 17, 0, tzinfo=UTC)
NEW_YORK = ZoneInfo("America/New_York")
MARCH = Which(datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC))
approx = pytest.approx
_serial = count(1)


def text(contact, body, *, published_at):
    return replies.receive(
        {
            "originationNumber": contact.number,
            "destinationNumber": "12345",
            "messageBody": body,
            "inboundMessageId": f"in-{next(_serial)}",
        },
        published_at=published_at,
    )


def is_out(reply, kind, moment):
    Message.objects.filter(answers=reply, kind=kind).update(
        status=MessageStatus.ACCEPTED,
        amazon_message_id="amz",
        clearance={},
        exemption="help",
        settled_at=moment,
    )


def leaves_by_phone(contact, topic, *, said_at, **fields):
    return make.an_event(
        contact, EventKind.OPTED_OUT, topic, source=Source.PHONE_CALL, occurred_at=said_at, **fields
    )


def test_a_stop_is_one_act_however_many_topics_it_ends(at, topic, number):
    other = make.a_topic("example-news", opt_in_keywords=["NEWS"])
    number.topics.add(other)
    contact = make.an_opted_in_contact(topic)
    make.an_event(contact, EventKind.OPTED_IN, other, occurred_at=make.LONG_AGO)
    reply = text(contact, "STOP", published_at=NOON - timedelta(seconds=4))
    is_out(reply, MessageKind.STOP_CONFIRMATION, NOON + timedelta(seconds=9))
    [act] = revocations.newest(MARCH, 10)
    assert (act.contact, act.road, act.topics, act.reply) == (
        contact.pk,
        Source.REPLY,
        2,
        reply.pk,
    )
    assert (act.received_at, act.honoured_at) == (NOON - timedelta(seconds=4), NOON)
    assert (act.took, act.acknowledged_in) == (timedelta(seconds=4), timedelta(seconds=9))
    assert act.due(rulebook_in_force(NOON), NEW_YORK) == datetime(
        2026, 3, 17, 11, 59, 56, tzinfo=NEW_YORK
    )


def test_a_clock_of_amazons_ahead_of_ours_makes_no_negative_time(at, topic, number):
    text(make.an_opted_in_contact(topic), "STOP", published_at=NOON + timedelta(minutes=3))
    [act] = revocations.newest(MARCH, 10)
    assert (act.took, act.acknowledged_in) == (timedelta(0), None)


def test_an_act_outlives_its_evidence(at, topic, number):
    text(make.an_opted_in_contact(topic), "STOP", published_at=NOON - timedelta(seconds=4))
    Evidence.objects.all().delete()
    [act] = revocations.newest(MARCH, 10)
    assert (act.received_at, act.reply) == (NOON - timedelta(seconds=4), None)


def barred_and_confirmed(contact, topic, at, *, lifted=False):
    """Bar a contact by a reply, and record as its opt-out what a person says two days later."""
    given = make.some_evidence(form_fields={"inboundMessageId": "in-barred"})
    make.an_event(contact, EventKind.SUPPRESSED, topic, source=Source.REPLY, evidence=given)
    at(NOON + timedelta(days=1))
    if lifted:
        make.an_event(contact, EventKind.SUPPRESSION_LIFTED, topic, source=Source.STAFF)
    at(NOON + timedelta(days=2))
    make.an_event(
        contact,
        EventKind.OPTED_OUT,
        topic,
        source=Source.REPLY,
        evidence=given,
        occurred_at=NOON - timedelta(seconds=1),
    )
    make.an_event(contact, EventKind.SUPPRESSION_LIFTED, topic, source=Source.STAFF)


def test_what_was_barred_at_once_was_honoured_then_whenever_it_is_confirmed(at, topic):
    barred_and_confirmed(make.an_opted_in_contact(topic), topic, at)
    [act] = revocations.newest(MARCH, 10)
    assert (act.honoured_at, act.took) == (NOON, timedelta(seconds=1))


def test_a_bar_that_was_lifted_between_honoured_nothing(at, topic):
    barred_and_confirmed(make.an_opted_in_contact(topic), topic, at, lifted=True)
    [act] = revocations.newest(MARCH, 10)
    assert act.took == timedelta(days=2, seconds=1)


def test_what_came_by_phone_counts_from_when_it_was_said(at, topic):
    contact = make.an_opted_in_contact(topic)
    leaves_by_phone(contact, None, said_at=NOON - timedelta(days=1))
    [act] = revocations.newest(MARCH, 10)
    assert (act.road, act.topics, act.took) == (Source.PHONE_CALL, None, timedelta(days=1))


def test_lists_of_somebody_elses_opt_outs_are_no_acts(at, topic):
    contact = make.an_opted_in_contact(topic)
    brought = ContactImport.objects.create(file_name="old.csv", uploaded_at=NOON)
    leaves_by_phone(contact, topic, said_at=NOON, contact_import=brought.pk)
    assert revocations.newest(MARCH, 10) == []


def test_roads_and_brands_are_told_apart(at, topic, number):
    elsewhere = make.a_topic("acme-offers", brand=make.a_brand("Acme"), opt_in_keywords=["A"])
    text(make.an_opted_in_contact(topic), "STOP", published_at=NOON)
    leaves_by_phone(make.an_opted_in_contact(elsewhere), elsewhere, said_at=NOON)
    leaves_by_phone(make.an_opted_in_contact(elsewhere), None, said_at=NOON)

    def roads(**only):
        which = Which(MARCH.since, MARCH.until, **only)
        return [act.road.value for act in revocations.in_order(which)]

    assert roads() == ["reply", "phone_call", "phone_call"]
    assert roads(road=Source.REPLY) == ["reply"]
    assert roads(brand=topic.brand_id) == ["reply", "phone_call"]
    assert roads(brand=elsewhere.brand_id) == ["phone_call", "phone_call"]
    # Who left everything had to do with the other topic alone
    assert roads(topics=(topic.pk,)) == ["reply"]
    assert roads(topics=(elsewhere.pk,)) == ["phone_call", "phone_call"]
    assert roads(topics=(topic.pk, elsewhere.pk)) == roads()
    assert roads(topics=()) == []


def test_figures_are_medians_and_percentiles_by_road(at, topic, number):
    for seconds in (1, 2, 3, 4, 100):
        reply = text(
            make.an_opted_in_contact(topic),
            "STOP",
            published_at=NOON - timedelta(seconds=seconds),
        )
        is_out(reply, MessageKind.STOP_CONFIRMATION, NOON + timedelta(seconds=10 * seconds))
    leaves_by_phone(make.an_opted_in_contact(topic), topic, said_at=NOON - timedelta(hours=1))
    by_reply = RoadFigures(
        Source.REPLY, 5, 5, 4, Spread(3, approx(80.8), 100), Spread(30, approx(808), 1000)
    )
    by_phone = RoadFigures(Source.PHONE_CALL, 1, 0, 0, Spread(3600, 3600, 3600), None)
    found = revocations.figures_by_road(MARCH, AIM)
    assert found[1:] == [by_phone, by_reply]
    together = found[0]
    assert (together.road, together.count, together.acknowledged) == (None, 6, 5)
    assert together.honoured_in.longest == 3600
    assert revocations.by_day(MARCH, "America/New_York") == {NOON.date(): 6}


def test_a_month_without_acts_has_no_figures(at):
    assert revocations.figures_by_road(MARCH, AIM) == []
    assert revocations.help_figures(MARCH, AIM) == HelpFigures(0, 0, 0, None)


def test_only_what_was_honoured_after_ten_business_days_is_late(at, topic):
    in_time, too_late = make.an_opted_in_contact(topic), make.an_opted_in_contact(topic)
    at(datetime(2026, 3, 16, 14, 0, tzinfo=UTC))
    leaves_by_phone(in_time, topic, said_at=datetime(2026, 3, 2, 15, 1, tzinfo=UTC))
    at(datetime(2026, 3, 16, 14, 2, tzinfo=UTC))
    leaves_by_phone(too_late, topic, said_at=datetime(2026, 3, 2, 15, 1, tzinfo=UTC))
    late = revocations.late(MARCH, rulebook_in_force(NOON), NEW_YORK)
    assert [act.contact for act in late] == [too_late.pk]


def test_help_is_timed_from_amazons_stamp_to_the_answer(at, topic, number):
    for seconds in (2, 400):
        reply = text(make.a_contact(), "HELP", published_at=NOON - timedelta(seconds=1))
        is_out(reply, MessageKind.HELP_REPLY, NOON + timedelta(seconds=seconds - 1))
    text(make.a_contact(), "HELP", published_at=NOON)
    found = revocations.help_figures(MARCH, AIM)
    assert found == HelpFigures(3, 2, 1, Spread(201, approx(380.1), 400))
