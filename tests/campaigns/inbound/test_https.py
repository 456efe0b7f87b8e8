"""The endpoint as SNS meets it: what is signed is kept, then read, once."""

import json
import time

import pytest

from campaigns.models import DeadLetter, InboundText, Message, Reply
from campaigns.vocabulary import DeadLetterState, MessageKind
from consent.models import OptInEvent, Subscription
from consent.vocabulary import EventKind, Standing
from tests.builders import an_opted_in_contact
from tests.campaigns.inbound.amazon import PATH, a_notification, a_payload
from tests.campaigns.inbound.posting import post, read

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("version", ["1", "2"])
def test_a_signed_stop_is_kept_when_it_is_answered_and_in_the_ledger_when_it_is_read(
    amazon, topic, version, caplog
):
    member = an_opted_in_contact(topic)
    message = a_notification(a_payload(member.number, "Stop."), version=version)
    assert post(message).status_code == 200
    kept = InboundText.objects.get()
    assert (kept.sender, json.loads(kept.payload)) == (member.number, message)
    assert (kept.road, kept.reference) == ("https", message["MessageId"])
    read()
    assert not InboundText.objects.exists()
    reply = Reply.objects.get()
    assert (reply.contact, reply.body) == (member, "Stop.")
    assert reply.published_at.isoformat()[:19] == message["Timestamp"][:19]
    assert Subscription.objects.get().standing == Standing.OPTED_OUT
    assert member.number not in caplog.text


@pytest.mark.parametrize("kind", ["application/json", "text/plain", "image/png", "", "multipart/x"])
def test_the_content_type_says_nothing(amazon, topic, kind):
    assert post(a_notification(a_payload()), content_type=kind).status_code == 200
    read()
    assert Reply.objects.count() == 1


def test_what_comes_again_acts_once(amazon, topic):
    member = an_opted_in_contact(topic)
    message = a_notification(a_payload(member.number))
    assert [post(message).status_code for _ in range(3)] == [200, 200, 200]
    read()
    assert post(message).status_code == 200
    again = a_notification(json.loads(message["Message"]))  # published anew, another MessageId
    assert post(again).status_code == 200
    read()
    assert OptInEvent.objects.filter(kind=EventKind.OPTED_OUT).count() == 1
    assert Message.objects.filter(kind=MessageKind.STOP_CONFIRMATION).count() == 1
    assert amazon.asked == [PATH]


def test_what_is_signed_and_no_reply_becomes_a_dead_letter(amazon, topic, caplog):
    message = a_notification("STOP said +12125550133")
    assert [post(message).status_code for _ in range(2)] == [200, 200]
    letter = DeadLetter.objects.get()
    assert (letter.road, letter.reference, letter.tries) == ("https", message["MessageId"], 2)
    assert (letter.state, letter.reason) == (DeadLetterState.WAITING, "not JSON")
    assert json.loads(letter.payload) == message
    assert "5550133" not in caplog.text


@pytest.mark.e2e
def test_a_request_wakes_a_reader_without_any_beat(running_worker, amazon, topic):
    member = an_opted_in_contact(topic)
    for said in ("hello", "STOP"):
        assert post(a_notification(a_payload(member.number, said))).status_code == 200
        ends = time.monotonic() + 60
        while not Reply.objects.filter(body=said).exists():
            assert time.monotonic() < ends
            time.sleep(0.05)
    assert not InboundText.objects.exists()
    assert Subscription.objects.get().standing == Standing.OPTED_OUT
