"""START after STOP, and the answer to a STOP's acknowledgement that asks what to keep."""

from datetime import timedelta

import pytest

from campaigns import outbox
from campaigns.clearance_facts import Decisions, facts_for
from campaigns.models import Message
from campaigns.vocabulary import Meaning, MessageKind, ReplyState
from consent import clock
from consent.models import Evidence, OptInEvent, Subscription
from consent.vocabulary import EventKind, LegalBasis, MessageClass, Source, Standing
from tests.builders import (
    a_brand,
    a_contact,
    a_number,
    a_topic,
    an_event,
    an_opted_in_contact,
    the_wording,
)
from tests.campaigns.heard import sent, standing, text

pytestmark = pytest.mark.django_db
K = MessageKind


def refusals_of_law(contact, topic):
    audit = outbox.enqueue(kind=K.LIST_AUDIT, contact=contact, topic=topic)
    decision, _ = Decisions(clock.now()).of(facts_for([audit])[audit.pk])
    refused = [each.code for each in decision.verdicts if each.outcome == "refuse"]
    return [code for code in refused if code.startswith("us.")]


def test_start_after_stop_is_a_fresh_opt_in_with_the_reply_as_evidence(topic, number):
    member = an_opted_in_contact(topic)
    former = Subscription.objects.get(contact=member, topic=topic).authorised_by
    text(member, "STOP")
    reply = text(member, "Start!")

    assert (reply.meaning, reply.state) == (Meaning.START, ReplyState.ACTED)
    row = Subscription.objects.get(contact=member, topic=topic)
    assert row.standing == Standing.OPTED_IN
    event = row.authorised_by
    assert (event.kind, event.source, row.confirmed) == (EventKind.CONFIRMED, Source.REPLY, True)
    assert event.pk != former.pk
    assert row.requested_by.source == Source.REPLY
    assert event.legal_basis == LegalBasis.EXPRESS_WRITTEN
    assert event.disclosure == the_wording(topic)
    assert Evidence.objects.get(event=event).words_received == "Start!"
    assert sent(member) == [K.STOP_CONFIRMATION, K.WELCOME]
    who_stayed = an_opted_in_contact(topic)
    assert refusals_of_law(member, topic) == refusals_of_law(who_stayed, topic) == []


def test_start_brings_back_only_what_a_stop_ended_in_time(topic, number, settings, tmp_path):
    settings.CLOCK_FILE = str(tmp_path / "clock")
    member = an_opted_in_contact(topic)
    text(member, "STOP")
    (tmp_path / "clock").write_text(str(settings.START_AFTER_STOP_DAYS * 86_400 + 60))
    assert text(member, "START").state == ReplyState.NEEDS_PERSON
    assert standing(member, topic) is Standing.OPTED_OUT


def test_start_does_not_undo_an_opt_out_that_came_by_letter(topic, number):
    member = an_opted_in_contact(topic)
    an_event(member, EventKind.OPTED_OUT, topic, source=Source.LETTER)
    assert text(member, "START").state == ReplyState.NEEDS_PERSON
    assert standing(member, topic) is Standing.OPTED_OUT


def test_start_brings_nobody_in_who_never_agreed(topic, number):
    stranger, asked = a_contact(), a_contact()
    an_event(asked, EventKind.REQUESTED, topic)
    for who in (stranger, asked):
        text(who, "STOP")
        assert text(who, "START").state == ReplyState.NEEDS_PERSON
        assert standing(who, topic) is Standing.OPTED_OUT


def test_start_does_not_bring_back_a_topic_that_is_closed_or_moved_away(topic, number):
    closed, moved = a_topic("example-shut"), a_topic("example-moved")
    number.topics.add(closed, moved)
    member = an_opted_in_contact(topic)
    for each in (closed, moved):
        an_event(member, EventKind.OPTED_IN, each)
    text(member, "STOP")
    closed.open = False
    closed.save()
    number.topics.remove(moved)
    text(member, "START")
    assert [standing(member, each) for each in (topic, closed, moved)] == [
        Standing.OPTED_IN,
        Standing.OPTED_OUT,
        Standing.OPTED_OUT,
    ]


def test_start_of_somebody_suppressed_waits_for_a_person(topic, number):
    member = an_opted_in_contact(topic)
    an_event(member, EventKind.SUPPRESSED, source=Source.STAFF)
    text(member, "STOP")
    assert text(member, "START").state == ReplyState.NEEDS_PERSON
    assert K.WELCOME not in sent(member)


def test_a_start_that_its_stop_came_after_is_taken_up_again(topic, number):
    member, moment = an_opted_in_contact(topic), clock.now() - timedelta(minutes=1)
    start = text(member, "START", at=moment + timedelta(seconds=5))
    assert start.state == ReplyState.NEEDS_PERSON
    text(member, "STOP", at=moment)
    start.refresh_from_db()
    assert start.state == ReplyState.ACTED
    assert standing(member, topic) is Standing.OPTED_IN


def test_a_stop_that_a_later_start_overtook_ends_nothing(topic, number):
    member, moment = an_opted_in_contact(topic), clock.now() - timedelta(minutes=1)
    text(member, "STOP", at=moment)
    text(member, "START", at=moment + timedelta(seconds=9))
    text(member, "STOP", at=moment + timedelta(seconds=4))
    assert standing(member, topic) is Standing.OPTED_IN


@pytest.fixture
def asking():
    """A brand whose STOP reply asks which topics to keep, and a member of two."""
    brand = a_brand(stop_asks_which=True)
    alerts = a_topic(brand=brand)
    offers = a_topic("example-offers", brand=brand, opt_in_keywords=["OFFERS"])
    a_number(alerts, offers)
    member = an_opted_in_contact(alerts)
    an_event(member, EventKind.OPTED_IN, offers)
    return member, alerts, offers


@pytest.mark.parametrize("words", ["KEEP alerts", "alerts", "keep Alerts!"])
def test_the_one_confirmation_asks_which_to_keep_and_an_answer_restores_it(asking, words):
    member, alerts, offers = asking
    text(member, "STOP")
    question = Message.objects.get()
    assert question.body.endswith("To keep one, reply KEEP and its name: alerts, offers.")
    assert (standing(member, alerts), standing(member, offers)) == (Standing.OPTED_OUT,) * 2

    assert text(member, words).state == ReplyState.ACTED
    assert (standing(member, alerts), standing(member, offers)) == (
        Standing.OPTED_IN,
        Standing.OPTED_OUT,
    )
    event = OptInEvent.objects.latest("pk")
    assert event.evidence.words_shown == question.body


def test_an_answer_that_comes_too_late_restores_nothing(asking, settings, tmp_path):
    settings.CLOCK_FILE = str(tmp_path / "clock")
    member, alerts, offers = asking
    text(member, "STOP")
    (tmp_path / "clock").write_text(str(settings.KEEP_AFTER_STOP_HOURS * 3600 + 60))
    assert text(member, "KEEP alerts").state == ReplyState.NEEDS_PERSON
    assert (standing(member, alerts), standing(member, offers)) == (Standing.OPTED_OUT,) * 2


def test_a_brand_that_does_not_ask_restores_nothing_by_name(topic, number):
    member = an_opted_in_contact(topic)
    text(member, "STOP")
    assert text(member, "keep alerts").state == ReplyState.NEEDS_PERSON
    assert standing(member, topic) is Standing.OPTED_OUT


def test_transactional_topics_come_back_on_the_ground_that_they_had():
    topic = a_topic(message_class=MessageClass.TRANSACTIONAL, double_opt_in=False)
    a_number(topic)
    member = a_contact()
    an_event(member, EventKind.OPTED_IN, topic, basis=LegalBasis.EXPRESS)
    text(member, "STOP")
    text(member, "START")
    row = Subscription.objects.get(contact=member, topic=topic)
    assert (row.standing, row.legal_basis) == (Standing.OPTED_IN, LegalBasis.EXPRESS)
