"""The whole road over sockets: the web form, the question, YES, the welcome, STOP, HELP."""

import time

import pytest

from consent.models import Subscription
from consent.vocabulary import MessageClass, Place, Standing
from tests.builders import a_disclosure, a_number, a_phone, a_topic
from tests.consent.opt_in_pages.solving import solved

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.e2e]


def bodies(aws, phone, count):
    """Wait until a phone has got so many texts, and a moment longer for one too many."""
    deadline = time.monotonic() + 25
    while time.monotonic() < deadline:
        found = [one["message"] for one in aws.texts() if one["phone_number"] == phone]
        if len(found) >= count:
            break
        time.sleep(0.1)
    time.sleep(0.5)
    return [one["message"] for one in aws.texts() if one["phone_number"] == phone]


def test_from_the_form_to_stop(client, running_worker, running_consumer, aws):
    topic, phone = a_topic(), a_phone()
    a_number(topic)
    form = {
        "number": phone,
        "agree": "on",
        "version": a_disclosure(topic).pk,
        "not_robot": solved(client),
    }
    assert client.post("/join/example-alerts/", form).status_code == 302
    assert [text[:26] for text in bodies(aws, phone, 1)] == ["Text YES to join Example C"]

    aws.reply(phone, "12345", "Yes", times=3)
    assert [text[:20] for text in bodies(aws, phone, 2)[1:]] == ["You're subscribed to"]
    assert Subscription.objects.get().standing == Standing.OPTED_IN

    aws.reply(phone, "12345", "STOP", times=3)
    assert [text[:18] for text in bodies(aws, phone, 3)[2:]] == ["STOP: You're unsub"]
    assert Subscription.objects.get().standing == Standing.OPTED_OUT

    aws.reply(phone, "12345", "HELP")
    assert [text[:18] for text in bodies(aws, phone, 4)[3:]] == ["HELP: Example Corp"]
    for process in (running_worker, running_consumer):
        assert phone.removeprefix("+") not in process.said()


def test_by_keyword(running_worker, running_consumer, aws):
    topic, phone = a_topic(), a_phone()
    a_number(topic)
    a_disclosure(topic, place=Place.KEYWORD)
    aws.reply(phone, "12345", "join")
    assert len(bodies(aws, phone, 1)) == 1
    aws.reply(phone, "12345", "YES!")
    assert [text[:20] for text in bodies(aws, phone, 2)[1:]] == ["You're subscribed to"]


def test_a_topic_that_asks_once_welcomes_at_once(client, running_worker, aws):
    topic = a_topic(message_class=MessageClass.TRANSACTIONAL, double_opt_in=False)
    a_number(topic)
    phone = a_phone()
    form = {
        "number": phone,
        "agree": "on",
        "version": a_disclosure(topic).pk,
        "not_robot": solved(client),
    }
    assert client.post("/join/example-alerts/", form).status_code == 302
    assert [text[:20] for text in bodies(aws, phone, 1)] == ["You're subscribed to"]
