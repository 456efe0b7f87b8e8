"""A fault of the account stops the sender, spends no message, and ends when Amazon takes a text."""

from collections import Counter

import pytest

from campaigns import sending, stops
from campaigns.models import AmazonBlock, Message, SendingStop
from campaigns.remedies import REMEDIES
from campaigns.vocabulary import AccountFault, MessageStatus
from consent import clock
from consent.vocabulary import EventKind, Source
from tests import builders as make

pytestmark = pytest.mark.django_db(transaction=True)
S = MessageStatus
F = AccountFault


@pytest.fixture
def topic():
    return make.a_topic()


@pytest.fixture
def number(topic):
    return make.a_number(topic)


def audits(topic, number, count):
    for _ in range(count):
        make.a_list_audit(make.an_opted_in_contact(topic), topic, number)


def statuses():
    return dict(Counter(Message.objects.values_list("status", flat=True)))


def posts(stub):
    return sum(stub.posts.values())


def test_every_fault_has_words_and_a_remedy():
    assert set(REMEDIES) == set(AccountFault)
    assert all(each.trouble and each.remedy for each in REMEDIES.values())


def test_a_fault_of_the_account_stops_every_number_and_spends_no_message(
    business_hours, stub_sns, topic, number
):
    stub_sns.behaviour = lambda phone, nth: "403 InvalidClientTokenId"
    other_topic = make.a_topic("example-news")
    other = make.a_number(other_topic, number="54321")
    audits(topic, number, 3)
    audits(other_topic, other, 3)
    sending.send_due(number.pk)
    tried = posts(stub_sns)
    assert sending.send_due(other.pk) is False
    assert posts(stub_sns) == tried
    assert statuses() == {S.QUEUED: 6}
    (held,) = stops.holding()
    assert (held.fault, held.code, held.origination_number) == (
        F.CREDENTIALS,
        "InvalidClientTokenId",
        None,
    )
    assert held.retry_at == held.seen_at + stops.BETWEEN_TRIES


def test_a_fault_of_one_number_leaves_the_others_alone(business_hours, stub_sns, topic, number):
    stub_sns.behaviour = lambda phone, nth: "400 UserError" if nth == 0 else ""
    other_topic = make.a_topic("example-news")
    other = make.a_number(other_topic, number="54321")
    audits(topic, number, 1)
    audits(other_topic, other, 2)
    sending.send_due(number.pk)
    sending.send_due(other.pk)
    assert statuses() == {S.QUEUED: 1, S.ACCEPTED: 2}
    assert [each.origination_number for each in stops.holding()] == [number]
    assert sending.numbers_with_due() == []


def test_trying_again_tries_one_text_and_goes_on_when_amazon_takes_it(
    business_hours, stub_sns, topic, number
):
    stub_sns.behaviour = lambda phone, nth: "403 AuthorizationError"
    audits(topic, number, 5)
    sending.send_due(number.pk)
    tried, boss = posts(stub_sns), make.a_user("boss")
    (held,) = stops.holding()

    stops.try_again(held, by=boss)
    assert sending.numbers_with_due() == [number.pk]
    sending.send_due(number.pk)
    assert posts(stub_sns) == tried + 1
    assert sending.numbers_with_due() == []
    assert statuses() == {S.QUEUED: 5}

    stub_sns.behaviour = lambda phone, nth: ""
    stops.try_again(held, by=boss)
    sending.send_due(number.pk)
    assert statuses() == {S.ACCEPTED: 5}
    held.refresh_from_db()
    assert (held.tried_by, stops.holding()) == (boss, [])
    with pytest.raises(stops.CannotRetry):
        stops.try_again(held, by=boss)


def test_what_may_heal_by_itself_is_tried_after_a_while_and_the_rest_is_not(
    business_hours, stub_sns, topic, number
):
    audits(topic, number, 1)
    stop = stops.stop(F.SPEND, number_id=number.pk)
    assert stop.retry_at is None
    assert sending.send_due(number.pk) is False
    stops.stop(F.PERMISSION, number_id=number.pk)
    assert sending.send_due(number.pk) is False
    SendingStop.objects.update(retry_at=clock.now())
    sending.send_due(number.pk)
    assert statuses() == {S.ACCEPTED: 1}


def test_a_second_fault_of_the_account_is_the_same_stop(topic, number):
    first = stops.stop(F.CREDENTIALS, number_id=number.pk, code="ExpiredToken")
    second = stops.stop(F.SPEND, number_id=number.pk, code="No quota left for account")
    assert first.pk == second.pk
    assert [(each.fault, each.code) for each in stops.holding()] == [
        (F.SPEND, "No quota left for account")
    ]


def test_end_user_messaging_says_the_fault_at_once(business_hours, stub_eum, topic):
    number = make.a_number(topic, gateway="eum")
    stub_eum.behaviour = lambda request: (
        "400 ServiceQuotaExceededException MONTHLY_SPEND_LIMIT_REACHED_FOR_TEXT"
    )
    audits(topic, number, 1)
    sending.send_due(number.pk)
    assert [each.fault for each in stops.holding()] == [F.SPEND]
    assert statuses() == {S.QUEUED: 1}


def test_whom_end_user_messaging_refuses_as_opted_out_is_opted_out_here(
    business_hours, stub_eum, topic
):
    number = make.a_number(topic, gateway="eum")
    audits(topic, number, 1)
    stub_eum.behaviour = lambda request: "400 ConflictException DESTINATION_PHONE_NUMBER_OPTED_OUT"
    sending.send_due(number.pk)
    assert statuses() == {S.REJECTED: 1}
    contact = Message.objects.get().contact
    event = contact.events.order_by("-pk")[0]
    assert (event.kind, event.source, event.topic) == (EventKind.OPTED_OUT, Source.AMAZON, None)
    assert list(AmazonBlock.objects.values_list("contact", flat=True)) == [contact.pk]
