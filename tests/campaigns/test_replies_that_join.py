"""JOIN and YES: what people ask for, and what they confirm."""

from datetime import timedelta

import pytest

from campaigns import outbox
from campaigns.models import Message, Reply
from campaigns.vocabulary import Meaning, MessageKind, ReplyState
from consent import clock
from consent.models import Evidence, OptInEvent, Subscription
from consent.vocabulary import EventKind, LegalBasis, MessageClass, Place, Source, Standing
from tests.builders import (
    a_contact,
    a_disclosure,
    a_number,
    a_phone,
    a_topic,
    a_user,
    an_event,
    an_opted_in_contact,
)
from tests.campaigns.heard import asked, reach_the_phone, sent, standing, text

pytestmark = pytest.mark.django_db
K = MessageKind


def test_a_keyword_asks_for_yes_with_the_reply_as_evidence(topic, number):
    disclosure = a_disclosure(topic, place=Place.KEYWORD, wording="Text JOIN to 12345.")
    reply = text(a_phone(), "Join!")

    assert (reply.meaning, reply.state) == (Meaning.KEYWORD, ReplyState.ACTED)
    event = OptInEvent.objects.get()
    assert (event.kind, event.source) == (EventKind.REQUESTED, Source.KEYWORD)
    assert event.legal_basis == LegalBasis.EXPRESS_WRITTEN
    assert event.disclosure == disclosure
    evidence = Evidence.objects.get(event=event)
    assert (evidence.words_shown, evidence.words_received) == ("Text JOIN to 12345.", "Join!")
    message = Message.objects.get()
    assert message.kind == K.CONFIRMATION_REQUEST
    assert (message.about_event, message.answers) == (event, reply)
    assert message.body.startswith("Text YES to join Example Corp. alerts.")
    assert outbox.ask_for_confirmation(event) == message  # the sweep finds it done


def test_a_keyword_joins_a_topic_that_asks_once_at_once():
    topic = a_topic(
        message_class=MessageClass.TRANSACTIONAL, double_opt_in=False, opt_in_keywords=["NEWS"]
    )
    a_number(topic)
    contact = a_contact()
    text(contact, "news")
    assert standing(contact, topic) is Standing.OPTED_IN
    assert sent(contact) == [K.WELCOME]


def test_a_member_who_texts_the_keyword_again_is_told_that_they_are_in(topic, number):
    member = an_opted_in_contact(topic)
    text(member, "JOIN")
    assert standing(member, topic) is Standing.OPTED_IN
    assert sent(member) == [K.WELCOME]


def test_of_two_topics_with_one_keyword_the_open_one_is_joined(number):
    closed, opened = a_topic("example-shut", open=False), a_topic("example-open")
    number.topics.set([closed, opened])
    contact = a_contact()
    text(contact, "JOIN")
    assert (standing(contact, closed), standing(contact, opened)) == (
        Standing.UNKNOWN,
        Standing.PENDING,
    )


def test_the_keyword_of_a_closed_topic_is_for_a_person(topic, number):
    topic.open = False
    topic.save()
    contact = a_contact()
    assert text(contact, "JOIN").state == ReplyState.NEEDS_PERSON
    assert sent(contact) == []


def test_the_keyword_of_another_number_is_only_words_here(topic, number):
    elsewhere = a_topic("example-offers", opt_in_keywords=["OFFERS"])
    a_number(elsewhere, number="54321")
    assert text(a_phone(), "OFFERS").meaning == Meaning.OTHER


def test_a_keyword_texted_all_day_is_for_a_person_in_the_end(topic, number):
    contact = a_contact()
    states = [text(contact, "JOIN").state for _ in range(4)]
    assert states == [ReplyState.ACTED] * 3 + [ReplyState.NEEDS_PERSON]


# ---- YES


def test_yes_confirms_with_the_words_of_the_question_and_welcomes(topic, number):
    contact = a_contact()
    question = asked(contact, topic)
    reply = text(contact, "yes")

    assert reply.state == ReplyState.ACTED
    row = Subscription.objects.get(contact=contact, topic=topic)
    assert (row.standing, row.confirmed) == (Standing.OPTED_IN, True)
    event = row.authorised_by
    assert (event.kind, event.legal_basis) == (EventKind.CONFIRMED, LegalBasis.EXPRESS_WRITTEN)
    evidence = Evidence.objects.get(event=event)
    assert (evidence.words_shown, evidence.words_received) == (question.body, "yes")
    welcome = Message.objects.get(kind=K.WELCOME)
    assert (welcome.about_event, welcome.answers) == (event, reply)
    assert welcome.body.startswith("You're subscribed to Example Corp. alerts.")


def test_yes_to_several_questions_answers_the_last_one(number, topic):
    other = a_topic("example-offers", opt_in_keywords=[])
    number.topics.add(other)
    contact = a_contact()
    asked(contact, other, hours_ago=1)
    asked(contact, topic, hours_ago=2)  # asked first, though its row is the newer

    text(contact, "YES")
    assert standing(contact, other) is Standing.OPTED_IN
    assert standing(contact, topic) is Standing.PENDING
    text(contact, "YES")
    assert standing(contact, topic) is Standing.OPTED_IN


def test_yes_to_nothing_is_for_a_person(topic, number):
    contact, member = a_contact(), an_opted_in_contact(topic)
    for who in (contact, member):
        assert text(who, "YES").state == ReplyState.NEEDS_PERSON
        assert sent(who) == []


def test_yes_after_the_request_lapsed_is_for_a_person_swept_or_not(topic, number):
    contact = a_contact()
    asked(contact, topic, hours_ago=72.1)
    assert text(contact, "YES").state == ReplyState.NEEDS_PERSON
    assert standing(contact, topic) is Standing.PENDING


def test_yes_before_the_question_was_sent_answers_nothing(topic, number):
    contact = a_contact()
    outbox.ask_for_confirmation(an_event(contact, EventKind.REQUESTED, topic))
    assert text(contact, "YES").state == ReplyState.NEEDS_PERSON
    assert standing(contact, topic) is Standing.PENDING


def test_yes_to_a_question_from_before_a_stop_answers_nothing(topic, number):
    contact = a_contact()
    asked(contact, topic)
    text(contact, "STOP")
    text(contact, "JOIN")  # its own question is still on the way
    assert text(contact, "YES").state == ReplyState.NEEDS_PERSON
    assert standing(contact, topic) is Standing.PENDING

    reach_the_phone(Message.objects.filter(kind=K.CONFIRMATION_REQUEST).latest("pk"))
    text(contact, "YES")
    assert standing(contact, topic) is Standing.OPTED_IN


def test_what_a_later_stop_overtook_is_recorded_where_it_was_said_and_answered_by_nobody(
    topic, number
):
    contact, moment = a_contact(), clock.now()
    asked(contact, topic)
    text(contact, "STOP", at=moment)
    text(contact, "YES", at=moment - timedelta(seconds=4))
    text(contact, "JOIN", at=moment - timedelta(seconds=2))
    assert standing(contact, topic) is Standing.OPTED_OUT
    assert sent(contact) == [K.CONFIRMATION_REQUEST, K.STOP_CONFIRMATION]
    events = OptInEvent.objects.order_by("occurred_at").values_list("kind", "occurred_at")
    assert list(events)[1:] == [
        (EventKind.CONFIRMED, moment - timedelta(seconds=4)),
        (EventKind.REQUESTED, moment - timedelta(seconds=2)),
        (EventKind.OPTED_OUT, moment),
    ]


def test_a_yes_that_a_late_stop_was_said_before_confirms_nothing_any_more(topic, number):
    contact, moment = a_contact(), clock.now() - timedelta(minutes=1)
    asked(contact, topic)
    text(contact, "JOIN", at=moment + timedelta(seconds=5))
    yes = text(contact, "YES", at=moment + timedelta(seconds=9))
    assert (yes.state, standing(contact, topic)) == (ReplyState.ACTED, Standing.OPTED_IN)

    stop = text(contact, "STOP", at=moment)
    yes.refresh_from_db()
    assert (yes.state, standing(contact, topic)) == (ReplyState.NEEDS_PERSON, Standing.PENDING)
    corrected = OptInEvent.objects.get(kind=EventKind.CORRECTED)
    assert (corrected.corrects.kind, corrected.source) == (EventKind.CONFIRMED, Source.SYSTEM)
    assert corrected.occurred_at == corrected.corrects.occurred_at
    assert corrected.note == f"Reply #{stop.pk}, sent before it, came later"


def test_a_yes_that_its_keyword_came_after_is_taken_up_again(topic, number):
    contact, moment = a_contact(), clock.now() - timedelta(minutes=1)
    reach_the_phone(
        outbox.enqueue(kind=K.CONFIRMATION_REQUEST, contact=contact, topic=topic, number=number),
        moment,
    )
    yes = text(contact, "YES", at=moment + timedelta(seconds=9))
    assert yes.state == ReplyState.NEEDS_PERSON
    text(contact, "JOIN", at=moment - timedelta(seconds=9))
    yes.refresh_from_db()
    assert (yes.state, standing(contact, topic)) == (ReplyState.ACTED, Standing.OPTED_IN)
    assert sent(contact) == [K.CONFIRMATION_REQUEST, K.WELCOME]


def test_what_a_person_has_decided_is_not_weighed_again(topic, number):
    contact, moment = a_contact(), clock.now() - timedelta(minutes=1)
    asked(contact, topic)
    yes = text(contact, "YES", at=moment)
    Reply.objects.filter(pk=yes.pk).update(
        state=ReplyState.SETTLED, settled_by=a_user(), settled_at=clock.now()
    )
    text(contact, "STOP", at=moment - timedelta(seconds=9))
    text(contact, "JOIN", at=moment - timedelta(seconds=5))
    assert not OptInEvent.objects.filter(kind=EventKind.CORRECTED).exists()


def test_of_two_replies_stamped_alike_the_later_id_was_said_later(topic, number):
    moment = clock.now() - timedelta(minutes=1)
    for first, second, ends in (
        ("STOP", "JOIN", Standing.PENDING),
        ("JOIN", "STOP", Standing.OPTED_OUT),
    ):
        contact = a_contact()
        text(contact, second, identity=f"{contact.pk}-b", at=moment)
        text(contact, first, identity=f"{contact.pk}-a", at=moment)
        assert standing(contact, topic) is ends


def test_yes_to_another_number_confirms_nothing(topic, number):
    a_number(number="54321")
    contact = a_contact()
    asked(contact, topic)
    assert text(contact, "YES", to="54321").state == ReplyState.NEEDS_PERSON
    assert standing(contact, topic) is Standing.PENDING
