"""What nears its limit is told of once, to those who may act, by ids alone."""

from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.auth.models import Group
from django.core import mail
from django.core.management import call_command

from campaigns import open_revocations, revocation_alerts, tasks
from campaigns.models import DeadLetter, LimitAlert, Message
from campaigns.open_revocations import Urgency, Waits
from campaigns.vocabulary import MessageKind, MessageStatus, ReplyState
from consent import clock
from tests import builders as make

pytestmark = pytest.mark.django_db

TUESDAY = datetime(2026, 3, 3, 17, 0, tzinfo=UTC)


@pytest.fixture
def at(monkeypatch):
    def set_clock(moment):
        monkeypatch.setattr(clock, "now", lambda: moment)

    set_clock(TUESDAY)
    return set_clock


@pytest.fixture
def officer(at):
    call_command("setup_roles", verbosity=0)
    person = make.a_user("officer", email="officer@example.com")
    person.groups.add(Group.objects.get(name="Compliance officers"))
    make.a_user("author", email="author@example.com")
    return person


@pytest.fixture
def number():
    return make.a_number(make.a_topic())


def a_reply(number, received_at, **fields):
    return make.a_reply(number=number, body="please be so kind", received_at=received_at, **fields)


def a_text_owed(number, created_at, kind=MessageKind.STOP_CONFIRMATION, **fields):
    reply = a_reply(number, created_at, state=ReplyState.ACTED, meaning="stop")
    return Message.objects.create(
        contact=reply.contact,
        origination_number=number,
        kind=kind,
        body="STOP: bye",
        answers=reply,
        due_at=created_at,
        created_at=created_at,
        **fields,
    )


def a_letter(arrived_at):
    return DeadLetter.objects.create(
        road="sqs",
        reference=f"sqs-{DeadLetter.objects.count()}",
        payload="{",
        reason="not readable",
        arrived_at=arrived_at,
        tried_at=arrived_at,
    )


def told():
    return [(each.reply_id, each.message_id) for each in LimitAlert.objects.order_by("pk")]


def test_a_dead_letter_ages_like_a_reply_and_is_mailed_about_once(at, officer):
    letter = a_letter(TUESDAY - timedelta(days=4, seconds=1))
    a_letter(TUESDAY - timedelta(days=1))
    assert [revocation_alerts.alert() for _ in range(2)] == [1, 0]
    assert [each.letter for each in LimitAlert.objects.all()] == [letter]
    assert f"Dead letter #{letter.pk}: due Fri Mar 13" in mail.outbox[0].body


def test_a_reply_that_waits_two_business_days_is_mailed_about_once(at, officer, number):
    friday = a_reply(number, TUESDAY - timedelta(days=4))  # Friday noon until Tuesday noon
    a_reply(number, TUESDAY - timedelta(days=1))
    assert revocation_alerts.alert() == 0
    at(TUESDAY + timedelta(seconds=1))
    assert revocation_alerts.alert() == 1
    assert revocation_alerts.alert() == 0
    [sent] = mail.outbox
    assert sent.bcc == ["officer@example.com"]
    assert sent.subject == "Clock of revocations: 1 near the limit"
    assert f"Reply #{friday.pk}: due Fri Mar 13, 12:00 EDT" in sent.body
    assert "/admin/campaigns/reply/clock/" in sent.body
    for personal in (friday.contact.number[2:], friday.body):
        assert personal not in sent.body
    assert told() == [(friday.pk, None)]


def test_a_stop_that_nobody_confirmed_within_five_minutes_is_mailed_about(at, officer, number):
    late = a_text_owed(number, TUESDAY - timedelta(minutes=5, seconds=1))
    a_text_owed(number, TUESDAY - timedelta(minutes=4))
    helped = a_text_owed(number, TUESDAY - timedelta(hours=1), MessageKind.HELP_REPLY)
    a_text_owed(number, TUESDAY - timedelta(hours=1), status=MessageStatus.CANCELLED)
    tasks.alert_revocations()
    assert told() == [(None, helped.pk), (None, late.pk)]
    assert "Confirmations of STOP that are not out: 1" in mail.outbox[0].body


def test_addresses_of_the_settings_are_told_too(at, officer, number, settings):
    settings.ALERT_EMAILS = ["legal@example.com", "officer@example.com"]
    assert revocation_alerts.recipients() == ["legal@example.com", "officer@example.com"]


def test_with_nobody_to_tell_nothing_counts_as_told(at, number, caplog):
    a_reply(number, TUESDAY - timedelta(days=9))
    assert revocation_alerts.alert() == 0
    assert "nobody to tell" in caplog.text
    assert told() == []


def test_a_mail_server_that_is_away_is_tried_again(at, officer, number, settings):
    reply = a_reply(number, TUESDAY - timedelta(days=9))
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    assert revocation_alerts.alert() == 0
    assert told() == []
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert revocation_alerts.alert() == 1
    assert told() == [(reply.pk, None)]


def test_two_workers_tell_of_an_item_once(at, officer, number):
    a_reply(number, TUESDAY - timedelta(days=9))
    found = open_revocations.to_tell(TUESDAY, clock.now().tzinfo, 2)
    assert [len(open_revocations.claim(found, TUESDAY)) for _ in range(2)] == [1, 0]


def test_what_is_open_is_told_apart_by_what_it_waits_for_and_how_long(at, number):
    likely = a_reply(number, TUESDAY - timedelta(days=3), meaning="stop")
    unread = a_reply(number, TUESDAY - timedelta(days=20))
    fresh = a_reply(None, TUESDAY)
    a_reply(number, TUESDAY, state=ReplyState.SETTLED, settled_by=make.a_user(), settled_at=TUESDAY)
    owed = a_text_owed(number, TUESDAY)
    replies = list(open_revocations.waiting_replies())
    assert replies == [likely, unread, fresh]
    zone = clock.now().tzinfo
    items = open_revocations.items(
        replies, open_revocations.texts_owed(), moment=TUESDAY, zone=zone, alert_after=2
    )
    assert [(each.waits, each.urgency(TUESDAY), each.reply or each.message) for each in items] == [
        (Waits.UNREAD, Urgency.PAST, unread),
        (Waits.ACKNOWLEDGEMENT, Urgency.IN_TIME, owed),
        (Waits.LIKELY, Urgency.IN_TIME, likely),
        (Waits.UNREAD, Urgency.IN_TIME, fresh),
    ]
    brand = make.a_brand("Another")
    assert list(open_revocations.waiting_replies(brand=brand.pk)) == []
    assert list(open_revocations.texts_owed(brand=brand.pk)) == []
