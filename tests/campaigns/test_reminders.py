"""List audits: everyone opted in, every so many months, spread over business days."""

from datetime import UTC, datetime, timedelta

import pytest

from campaigns import reminders
from campaigns.models import Message
from campaigns.vocabulary import MessageKind, MessageStatus
from consent import clock
from consent.vocabulary import EventKind
from tests import builders as make

pytestmark = pytest.mark.django_db

TUESDAY = datetime(2026, 3, 3, 15, 0, tzinfo=UTC)


@pytest.fixture
def at(monkeypatch):
    """Set the clock."""

    def set_clock(moment):
        monkeypatch.setattr(clock, "now", lambda: moment)

    set_clock(TUESDAY)
    return set_clock


@pytest.fixture
def topic():
    return make.a_topic(reminder_months=6)


@pytest.fixture
def number(topic):
    return make.a_number(topic)


def joined(at, topic, when=make.LONG_AGO):
    """Make a contact that asked at that moment, agreed an hour later, and was recorded then."""
    at(when + timedelta(hours=1))
    contact = make.an_opted_in_contact(topic, at=when)
    at(TUESDAY)
    return contact


def audits():
    return list(Message.objects.order_by("pk").values_list("contact", flat=True))


def accepted(moment):
    event = Message.objects.first().contact.subscriptions.get().authorised_by
    Message.objects.update(
        status=MessageStatus.ACCEPTED,
        amazon_message_id="abc",
        authorised_by=event,
        clearance={"o": "clear"},
        settled_at=moment,
    )


def test_who_agreed_six_months_ago_is_reminded_in_the_topics_words(at, topic, number):
    contact = joined(at, topic, datetime(2025, 9, 3, 13, 59, tzinfo=UTC))
    assert reminders.schedule_list_audits() == [number.pk]
    (message,) = Message.objects.all()
    assert (message.contact, message.kind, message.priority) == (
        contact,
        MessageKind.LIST_AUDIT,
        7,
    )
    assert message.body == (
        "Example Corp. alerts: you're still subscribed. 2 msgs/month. Msg & data rates may apply. "
        "Reply HELP for help, STOP to unsubscribe."
    )


def test_who_agreed_a_day_later_is_not_yet_reminded(at, topic, number):
    joined(at, topic, datetime(2025, 9, 4, 13, 59, tzinfo=UTC))
    assert reminders.schedule_list_audits() == []


def test_a_list_of_old_consents_is_not_reminded_on_the_day_it_comes(at, topic, number):
    contact = make.an_opted_in_contact(topic)
    assert reminders.schedule_list_audits() == []
    at(_weekday(TUESDAY + timedelta(days=185)))
    reminders.schedule_list_audits()
    assert audits() == [contact.pk]


def test_nobody_is_reminded_twice_however_often_it_is_asked(at, topic, number):
    contact = joined(at, topic)
    for _ in range(3):
        reminders.schedule_list_audits()
    assert audits() == [contact.pk]
    accepted(TUESDAY)
    for days in (1, 31, 150):
        at(_weekday(TUESDAY + timedelta(days=days)))
        reminders.schedule_list_audits()
    assert audits() == [contact.pk]


def test_the_next_audit_is_counted_from_the_last_one_that_was_accepted(at, topic, number):
    contact = joined(at, topic)
    reminders.schedule_list_audits()
    accepted(TUESDAY + timedelta(days=20))
    at(_weekday(datetime(2026, 9, 10, 15, tzinfo=UTC)))
    reminders.schedule_list_audits()
    assert audits() == [contact.pk]
    at(_weekday(datetime(2026, 9, 24, 15, tzinfo=UTC)))
    reminders.schedule_list_audits()
    assert audits() == [contact.pk, contact.pk]


def test_a_refused_audit_is_tried_again_after_a_month_not_at_the_next_tick(at, topic, number):
    contact = joined(at, topic)
    reminders.schedule_list_audits()
    Message.objects.update(status=MessageStatus.REFUSED, clearance={"o": "refuse"})
    at(TUESDAY + timedelta(days=1))
    reminders.schedule_list_audits()
    assert audits() == [contact.pk]
    at(TUESDAY + timedelta(days=35))
    reminders.schedule_list_audits()
    assert audits() == [contact.pk, contact.pk]


@pytest.mark.parametrize("kind", [EventKind.OPTED_OUT, None])
def test_only_who_is_opted_in_is_reminded(at, topic, number, kind):
    if kind:
        make.an_event(joined(at, topic), kind, topic)
    else:
        make.an_event(make.a_contact(), EventKind.REQUESTED, topic, occurred_at=make.LONG_AGO)
    reminders.schedule_list_audits()
    assert audits() == []


@pytest.mark.parametrize("change", [{"reminder_months": None}, {"open": False}])
def test_topics_that_remind_nobody(at, topic, number, change):
    joined(at, topic)
    type(topic).objects.filter(pk=topic.pk).update(**change)
    assert reminders.schedule_list_audits() == []


def test_a_topic_without_a_number_waits(at, topic):
    joined(at, topic)
    assert reminders.schedule_list_audits() == []


def test_nothing_is_written_on_a_weekend(at, topic, number):
    joined(at, topic)
    at(datetime(2026, 3, 7, 15, 0, tzinfo=UTC))
    assert reminders.schedule_list_audits() == []


def test_many_are_spread_over_the_months_business_days(at, topic, number, monkeypatch):
    monkeypatch.setattr(reminders, "LEAST_SHARE", 2)
    at(make.LONG_AGO + timedelta(hours=1))
    make.many_opted_in_contacts(topic, 60)
    at(TUESDAY)
    per_day = []
    for day in range(40):
        at(TUESDAY + timedelta(days=day))
        before = Message.objects.count()
        reminders.schedule_list_audits()
        reminders.schedule_list_audits()
        per_day.append(Message.objects.count() - before)
    assert sum(per_day) == 60
    assert [count for count in per_day if count] == [3] * 20
    assert len(set(audits())) == 60


def _weekday(moment):
    return moment + timedelta(days={5: 2, 6: 1}.get(moment.weekday(), 0))
