"""The endpoint while the database is away or locked, and under deliveries at once."""

import threading
import time

import pytest
from django.db import connection

from campaigns.models import DeadLetter, Message, Reply
from campaigns.vocabulary import MessageKind
from consent.models import OptInEvent
from consent.vocabulary import EventKind
from tests.builders import an_opted_in_contact
from tests.campaigns.inbound.amazon import a_notification, a_payload
from tests.campaigns.inbound.posting import post, read
from tests.embedded import a_superuser

pytestmark = pytest.mark.django_db


@pytest.mark.django_db(transaction=True)
def test_a_database_that_is_away_has_amazon_come_again(amazon, topic, settings):
    message = a_notification(a_payload())
    port = connection.settings_dict["PORT"]
    connection.close()
    connection.settings_dict["PORT"] = 1
    try:
        assert post(message).status_code == 503
    finally:
        connection.settings_dict["PORT"] = port
        connection.close()
    assert post(message).status_code == 200
    read()
    assert (Reply.objects.count(), DeadLetter.objects.count()) == (1, 0)


@pytest.mark.django_db(transaction=True)
def test_whoever_holds_the_contact_for_long_does_not_hold_up_the_answer(amazon, topic):
    member = an_opted_in_contact(topic)
    message = a_notification(a_payload(member.number))
    with a_superuser(connection.settings_dict["NAME"]) as other:
        other.execute("SELECT 1 FROM consent_contact WHERE id = %s FOR UPDATE", [member.pk])
        begun = time.monotonic()
        assert post(message).status_code == 200
        assert time.monotonic() - begun < 15
    read()
    assert (Reply.objects.count(), DeadLetter.objects.count()) == (1, 0)


@pytest.mark.django_db(transaction=True)
def test_a_table_that_is_locked_for_long_has_amazon_come_again(amazon, topic):
    message = a_notification(a_payload())
    with a_superuser(connection.settings_dict["NAME"]) as other:
        other.execute("LOCK TABLE campaigns_inboundtext")
        begun = time.monotonic()
        assert post(message).status_code == 503
        assert time.monotonic() - begun < 15
    assert post(message).status_code == 200
    read()
    assert (Reply.objects.count(), DeadLetter.objects.count()) == (1, 0)


@pytest.mark.django_db(transaction=True)
def test_deliveries_at_once_act_once(amazon, topic):
    member = an_opted_in_contact(topic)
    message = a_notification(a_payload(member.number))
    answers = []

    def deliver():
        answers.append(post(message).status_code)
        connection.close()

    threads = [threading.Thread(target=deliver) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [200] * 6
    read()
    assert OptInEvent.objects.filter(kind=EventKind.OPTED_OUT).count() == 1
    assert Message.objects.filter(kind=MessageKind.STOP_CONFIRMATION).count() == 1
