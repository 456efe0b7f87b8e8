"""What could not be read is kept, tried again, and settled once."""

import json

import pytest
from django.db import connection

from campaigns import dead_letters
from campaigns.dead_letters import Settled, StillDead
from campaigns.models import DeadLetter, Reply
from campaigns.vocabulary import DeadLetterState, InboundRoad
from consent.models import Subscription
from consent.vocabulary import Standing
from tests.builders import a_number, a_topic, a_user, an_opted_in_contact
from tests.campaigns.inbound.amazon import a_payload

pytestmark = pytest.mark.django_db


def a_letter(text="not JSON", reference="id-1"):
    dead_letters.keep(InboundRoad.SQS, reference, text, "not JSON")
    return DeadLetter.objects.get(reference=reference)


def an_envelope(payload, at="2026-03-06T19:53:21.424Z"):
    return json.dumps({"Type": "Notification", "Message": json.dumps(payload), "Timestamp": at})


def test_a_delivery_that_comes_again_is_the_same_letter():
    first = a_letter()
    again = a_letter()
    assert (again.pk, again.tries, again.arrived_at) == (first.pk, 2, first.arrived_at)


def test_what_a_database_cannot_keep_is_left_out():
    assert a_letter("a\0b").payload == "ab"


def test_what_can_be_read_by_now_is_taken_with_its_effects():
    topic = a_topic()
    a_number(topic)
    member, officer = an_opted_in_contact(topic), a_user()
    letter = a_letter(an_envelope(a_payload(member.number)))
    reply = dead_letters.retry(letter.pk, by=officer)
    letter.refresh_from_db()
    assert (letter.state, letter.payload, letter.settled_by) == ("taken", "", officer)
    assert (reply.contact, letter.tries) == (member, 2)
    assert Subscription.objects.get().standing == Standing.OPTED_OUT
    with pytest.raises(Settled):
        dead_letters.retry(letter.pk, by=officer)
    assert Reply.objects.count() == 1


def test_what_still_cannot_be_read_stays_with_the_try_counted():
    letter = a_letter()
    with pytest.raises(StillDead, match="not JSON"):
        dead_letters.retry(letter.pk, by=a_user())
    letter.refresh_from_db()
    assert (letter.state, letter.tries, letter.payload) == (DeadLetterState.WAITING, 2, "not JSON")


def test_what_the_software_fails_on_stays_and_says_so_without_content():
    letter = a_letter(an_envelope(a_payload()))
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE campaigns_reply ADD CONSTRAINT none CHECK (false) NOT VALID")
    with pytest.raises(StillDead, match="the software failed on it: "):
        dead_letters.retry(letter.pk, by=a_user())
    letter.refresh_from_db()
    assert letter.state == DeadLetterState.WAITING
    assert "555" not in letter.reason
    assert not Reply.objects.exists()


def test_a_dismissed_letter_holds_nothing_and_stays_dismissed():
    letter, officer = a_letter(), a_user()
    dead_letters.dismiss(letter.pk, by=officer)
    letter.refresh_from_db()
    assert (letter.state, letter.payload, letter.settled_by) == ("dismissed", "", officer)
    with pytest.raises(Settled):
        dead_letters.dismiss(letter.pk, by=officer)
    with pytest.raises(Settled):
        dead_letters.retry(letter.pk, by=officer)
