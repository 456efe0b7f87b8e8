"""How much a revocation ends: by what was said, by the brand's setting, by the law of the day."""

from datetime import UTC, datetime
from itertools import count

import pytest

from campaigns import replies
from campaigns.models import Message
from campaigns.vocabulary import Meaning, MessageKind, MessageStatus, ReplyState
from consent import clock
from consent.models import OptInEvent, Subscription, Suppression
from consent.vocabulary import EventKind, LegalBasis, MessageClass, Standing, StopScope
from tests.builders import a_brand, a_contact, a_number, a_topic, an_event, an_opted_in_contact

pytestmark = pytest.mark.django_db
_serial = count(1)
K = MessageKind
IN, OUT = Standing.OPTED_IN, Standing.OPTED_OUT


def text(contact, body, to="12345", **more):
    return replies.receive(
        {
            "originationNumber": contact.number,
            "destinationNumber": to,
            "messageBody": body,
            "inboundMessageId": f"scope-{next(_serial)}",
            **more,
        }
    )


def standing(contact, topic):
    row = Subscription.objects.filter(contact=contact, topic=topic).first()
    return Standing(row.standing) if row else Standing.UNKNOWN


def told(contact, topic, number):
    """Send a text about a topic; return it as Amazon knows it."""
    serial = next(_serial)
    return Message.objects.create(
        contact=contact,
        topic=topic,
        origination_number=number,
        kind=K.ANSWER,
        body="News",
        parts=1,
        priority=5,
        status=MessageStatus.ACCEPTED,
        amazon_message_id=f"told-{serial}",
        exemption="answer",
        clearance={},
        claimed_at=clock.now(),
        due_at=clock.now(),
        created_at=clock.now(),
    )


def members_of(*topics):
    member = an_opted_in_contact(topics[0])
    for each in topics[1:]:
        an_event(member, EventKind.OPTED_IN, each, basis=LegalBasis.EXPRESS)
    return member


def two_of(brand, **fields):
    one = a_topic("example-one", brand=brand, opt_in_keywords=["ONE"], **fields)
    two = a_topic("example-two", brand=brand, opt_in_keywords=["TWO"], **fields)
    return one, two


def test_a_stop_to_an_offer_ends_all_promotional_topics_of_that_brand_there():
    ours, theirs = a_brand(), a_brand("Other Ltd")
    one, two = two_of(ours)
    other = a_topic("other-offers", brand=theirs, opt_in_keywords=[])
    number = a_number(one, two, other)
    member = members_of(one, two, other)
    told(member, one, number)
    text(member, "STOP")
    assert [standing(member, each) for each in (one, two, other)] == [OUT, OUT, IN]


def test_where_several_brands_may_be_meant_and_none_was_texted_last_all_end():
    one, two = two_of(a_brand())
    other = a_topic("other-offers", brand=a_brand("Other Ltd"), opt_in_keywords=[])
    a_number(one, two, other)
    member = members_of(one, two, other)
    text(member, "STOP")
    assert [standing(member, each) for each in (one, two, other)] == [OUT] * 3


def test_a_brand_may_have_a_stop_end_one_topic_and_the_answer_says_what_stays():
    one, two = two_of(a_brand(stop_scope=StopScope.ONE_TOPIC))
    number = a_number(one, two)
    member = members_of(one, two)
    first = told(member, one, number)
    told(member, two, number)
    text(member, "STOP", previousPublishedMessageId=first.amazon_message_id)
    assert [standing(member, each) for each in (one, two)] == [OUT, IN]
    body = Message.objects.get(kind=K.STOP_CONFIRMATION).body
    assert body.startswith("STOP: You're unsubscribed from Example Corp. one. Other texts that you")
    assert "STOP ALL" in body


def test_a_stop_that_names_a_topic_ends_that_one():
    one, two = two_of(a_brand())
    a_number(one, two)
    member = members_of(one, two)
    text(member, "Stop two please")
    assert [standing(member, each) for each in (one, two)] == [IN, OUT]


@pytest.mark.parametrize("words", ["STOP ALL", "Wrong number", "unsubscribe me from everything"])
def test_who_means_everything_leaves_everything_now_and_later(words):
    one, two = two_of(a_brand())
    a_number(one)
    a_number(two, number="54321")
    member = members_of(one, two)
    text(member, words)
    assert [standing(member, each) for each in (one, two, None)] == [OUT] * 3
    assert OptInEvent.objects.filter(kind=EventKind.OPTED_OUT).count() == 1

    text(member, words)
    assert OptInEvent.objects.filter(kind=EventKind.OPTED_OUT).count() == 1
    assert Message.objects.filter(kind=K.STOP_CONFIRMATION).count() == 1


@pytest.mark.parametrize(
    ("day", "ended"),
    [
        (datetime(2027, 1, 20, 12, tzinfo=UTC), [OUT, IN, IN]),
        (datetime(2027, 2, 2, 12, tzinfo=UTC), [OUT, OUT, OUT]),
    ],
)
def test_a_stop_to_information_follows_the_rule_in_force_that_day(settings, tmp_path, day, ended):
    settings.CLOCK_FILE = str(tmp_path / "clock")
    brand = a_brand()
    one, two = two_of(brand, message_class=MessageClass.TRANSACTIONAL, double_opt_in=False)
    offers = a_topic("example-offers", brand=brand)
    number = a_number(one, two)
    a_number(offers, number="54321")
    member = members_of(offers, one, two)
    (tmp_path / "clock").write_text(str((day - clock.now()).total_seconds()))
    told(member, one, number)
    text(member, "STOP")
    assert [standing(member, each) for each in (one, two, offers)] == ended


def test_a_stop_to_a_number_that_a_topic_has_left_still_ends_that_topic():
    one, two = two_of(a_brand())
    number = a_number(one, two)
    member = members_of(one, two)
    message = told(member, one, number)
    number.topics.remove(one)
    text(member, "STOP", previousPublishedMessageId=message.amazon_message_id)
    assert [standing(member, each) for each in (one, two)] == [OUT, OUT]


# ---- suppress first, ask later


@pytest.mark.parametrize("words", ["enough", "I'm reporting you to the FCC", "no more!!"])
def test_what_probably_revokes_bars_at_once_and_waits_for_a_person(words):
    one, two = two_of(a_brand())
    a_number(one, two)
    member = members_of(one, two)
    reply = text(member, words)
    assert (reply.meaning, reply.state) == (Meaning.PROBABLY_STOP, ReplyState.NEEDS_PERSON)
    barred = Suppression.objects.filter(contact=member).values_list("topic", flat=True)
    assert set(barred) == {one.pk, two.pk}
    assert [standing(member, each) for each in (one, two)] == [IN, IN]
    assert not Message.objects.exists()


def test_a_bar_of_staff_is_left_as_it_is():
    one, two = two_of(a_brand())
    a_number(one, two)
    member = members_of(one, two)
    theirs = an_event(member, EventKind.SUPPRESSED, one, note="Court order")
    text(member, "enough")
    text(member, "enough already")
    rows = dict(Suppression.objects.filter(contact=member).values_list("topic", "event"))
    assert rows[one.pk] == theirs.pk
    assert set(rows) == {one.pk, two.pk}


# ---- answers of machines


def test_the_same_words_over_and_over_are_acted_on_but_no_longer_answered():
    topic = a_topic(message_class=MessageClass.TRANSACTIONAL, double_opt_in=False)
    a_number(topic)
    machine = a_contact()
    for _ in range(4):
        text(machine, "STOP")
        an_event(machine, EventKind.OPTED_IN, topic)
    assert Message.objects.filter(kind=K.STOP_CONFIRMATION).count() == 3
    text(machine, "STOP")
    assert standing(machine, topic) is OUT
