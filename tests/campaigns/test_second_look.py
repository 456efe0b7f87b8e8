"""A person confirms or lifts what a reply barred; each may be undone by the other."""

from itertools import count

import pytest

from campaigns import replies, second_look
from campaigns.models import Message
from campaigns.vocabulary import MessageKind, ReplyState, Verdict
from consent.models import OptInEvent, Subscription, Suppression
from consent.vocabulary import EventKind, Standing
from tests.builders import a_contact, a_number, a_topic, a_user, an_event, an_opted_in_contact

pytestmark = pytest.mark.django_db
_serial = count(1)


def text(contact, body, to="12345"):
    return replies.receive(
        {
            "originationNumber": contact.number,
            "destinationNumber": to,
            "messageBody": body,
            "inboundMessageId": f"look-{next(_serial)}",
        }
    )


def standing(contact, topic):
    return Subscription.objects.get(contact=contact, topic=topic).standing


@pytest.fixture
def topic():
    topic = a_topic()
    a_number(topic)
    return topic


@pytest.fixture
def officer():
    return a_user()


def test_confirming_opts_out_as_of_when_it_came_in_and_lifts_the_bar(topic, officer):
    member = an_opted_in_contact(topic)
    reply = text(member, "enough")
    second_look.confirm(reply, officer.pk, "She wants no more")

    assert standing(member, topic) == Standing.OPTED_OUT
    event = OptInEvent.objects.get(kind=EventKind.OPTED_OUT)
    assert (event.occurred_at, event.recorded_by, event.note) == (
        reply.received_at,
        officer,
        "She wants no more",
    )
    assert event.evidence.words_received == "enough"
    assert not Suppression.objects.exists()
    reply.refresh_from_db()
    assert (reply.state, reply.verdict, reply.settled_by, reply.settled_note) == (
        ReplyState.SETTLED,
        Verdict.CONFIRMED,
        officer,
        "She wants no more",
    )
    assert Message.objects.get().kind == MessageKind.STOP_CONFIRMATION


def test_what_is_confirmed_after_five_minutes_is_not_acknowledged(
    topic, officer, settings, tmp_path
):
    settings.CLOCK_FILE = str(tmp_path / "clock")
    reply = text(an_opted_in_contact(topic), "enough")
    (tmp_path / "clock").write_text("360")
    second_look.confirm(reply, officer.pk, "Yes")
    assert not Message.objects.exists()


def test_lifting_brings_back_what_was_barred_and_nothing_else(topic, officer):
    member = an_opted_in_contact(topic)
    an_event(member, EventKind.SUPPRESSED, a_topic("example-news"), note="Court order")
    reply = text(member, "enough")
    assert second_look.barred_by(reply) == [topic]
    second_look.lift(reply, officer.pk, "It was about pizza")

    assert [row.reason for row in Suppression.objects.all()] == ["Court order"]
    assert standing(member, topic) == Standing.OPTED_IN
    lifted = OptInEvent.objects.get(kind=EventKind.SUPPRESSION_LIFTED)
    assert (lifted.recorded_by, lifted.note) == (officer, "It was about pizza")
    reply.refresh_from_db()
    assert (reply.state, reply.verdict) == (ReplyState.SETTLED, Verdict.LIFTED)


def test_each_decision_may_be_undone_by_the_other(topic, officer):
    member = an_opted_in_contact(topic)
    reply = text(member, "enough")
    second_look.confirm(reply, officer.pk, "Yes")
    second_look.lift(reply, officer.pk, "No, it was about pizza")
    assert standing(member, topic) == Standing.OPTED_IN
    assert OptInEvent.objects.filter(kind=EventKind.OPTED_OUT).count() == 1

    second_look.confirm(reply, officer.pk, "Yes after all")
    assert standing(member, topic) == Standing.OPTED_OUT
    second_look.lift(reply, officer.pk, "No")
    assert standing(member, topic) == Standing.OPTED_IN


def test_a_decision_is_made_once(topic, officer):
    reply = text(an_opted_in_contact(topic), "enough")
    second_look.lift(reply, officer.pk, "No")
    with pytest.raises(second_look.AlreadyDecided):
        second_look.lift(reply, officer.pk, "No")
    second_look.confirm(reply, officer.pk, "Yes")
    with pytest.raises(second_look.AlreadyDecided):
        second_look.confirm(reply, officer.pk, "Yes")


def test_a_person_may_find_a_revocation_where_the_software_did_not(topic, officer):
    member = an_opted_in_contact(topic)
    reply = text(member, "My cousin has this phone these days")
    with pytest.raises(second_look.AlreadyDecided):
        second_look.lift(reply, officer.pk, "Bars nothing")
    second_look.confirm(reply, officer.pk, "Another owner")
    assert standing(member, topic) == Standing.OPTED_OUT


def test_what_the_software_acted_on_is_not_decided_again(topic, officer):
    reply = text(an_opted_in_contact(topic), "STOP")
    for decide in (second_look.confirm, second_look.lift):
        with pytest.raises(second_look.AlreadyDecided):
            decide(reply, officer.pk, "Again")


def test_what_came_to_a_number_that_is_not_ours_ends_nothing(topic, officer):
    reply = text(a_contact(), "enough", to="99999")
    assert not Suppression.objects.exists()
    with pytest.raises(second_look.AlreadyDecided):
        second_look.confirm(reply, officer.pk, "Yes")
