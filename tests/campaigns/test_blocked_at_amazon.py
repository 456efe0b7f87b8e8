"""No text is handed over to whom Amazon blocks: it lets go of them first, or they are left out."""

from datetime import timedelta

import pytest
from django.db import transaction

from campaigns import outbox, sending, unblocking
from campaigns.clearance_facts import Ask, facts_of
from campaigns.explanation import explain
from campaigns.gateways import account
from campaigns.models import AmazonBlock, Message, OriginationNumber
from campaigns.vocabulary import MessageKind
from campaigns.vocabulary import MessageStatus as S
from consent import clock
from consent.models import Topic
from consent.vocabulary import EventKind, MessageClass, Source
from tests import builders as make
from tests.campaigns.at_amazon import agree, amazon, block, text, texts_to

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("aws", "business_hours"),
]


@pytest.mark.parametrize(
    "source", [Source.WEB_FORM, Source.PAPER_FORM, Source.POINT_OF_SALE, Source.STAFF, Source.OTHER]
)
def test_a_campaign_waits_until_amazon_has_let_go_of_who_agreed_anew_by_any_road(
    aws, topic, number, blocked, source
):
    before = len(texts_to(aws, blocked))
    if source == Source.WEB_FORM:  # where a topic promotes, YES by text comes after the form
        informs = {"message_class": MessageClass.TRANSACTIONAL}
        Topic.objects.update(double_opt_in=False, **informs)
        OriginationNumber.objects.update(**informs)
    agree(blocked, topic, source)
    campaign = make.a_running_campaign(topic, number)
    row = campaign.messages.get()
    assert (row.status, row.clearance["o"], block().ask_at) == (S.QUEUED, "clear", None)
    sending.send_due(number.pk)
    row.refresh_from_db()
    assert (row.status, len(texts_to(aws, blocked))) == (S.QUEUED, before)
    assert row.due_at > clock.now()
    assert (block().ask_at, block().asking_since) != (None, None)
    assert unblocking.sweep() == {number.pk}
    assert amazon(aws)["opted_out"] == []
    sending.send_due(number.pk)
    row.refresh_from_db()
    assert (row.status, len(texts_to(aws, blocked))) == (S.ACCEPTED, before + 1)


def test_others_of_the_campaign_do_not_wait_for_who_is_blocked(aws, topic, number, blocked):
    agree(blocked, topic)
    others = [make.an_opted_in_contact(topic) for _ in range(5)]
    campaign = make.a_running_campaign(topic, number)
    sending.send_due(number.pk)
    found = dict(campaign.messages.values_list("contact", "status"))
    assert found == {blocked.pk: S.QUEUED} | {each.pk: S.ACCEPTED for each in others}


def test_nobody_is_taken_off_for_a_text_that_waits_for_its_hours(
    aws, topic, number, blocked, business_hours
):
    agree(blocked, topic)
    shift = float(business_hours.read_text())
    business_hours.write_text(str(shift + 14 * 3600))  # past midnight
    make.a_running_campaign(topic, number)
    sending.send_due(number.pk)
    assert Message.objects.get(kind=MessageKind.CAMPAIGN).status == S.HELD
    assert block().ask_at is None


def test_where_amazon_may_not_be_asked_yet_a_campaign_leaves_the_person_out_and_says_why(
    aws, topic, number, blocked
):
    moment = clock.now()
    AmazonBlock.objects.update(opted_in_at=moment - timedelta(days=3))
    agree(blocked, topic)
    row = make.a_running_campaign(topic, number).messages.get()
    until = f"{moment + timedelta(days=27):%B %-d, %Y}"
    sentence = f"Amazon blocks this number until {until}: no text reaches it."
    assert (row.status, row.reason_code, row.clearance["g"]) == (
        S.REFUSED,
        "amazon",
        f"until {until}",
    )
    found = explain(blocked, topic)
    assert (found.clearance.code, found.clearance.sentence) == ("amazon", sentence)
    assert found.blocked_at_amazon is True
    assert found.possible_at is not None
    assert timedelta(0) <= found.possible_at - (moment + timedelta(days=27)) < timedelta(days=4)
    AmazonBlock.objects.update(opted_in_at=moment - timedelta(days=31))
    assert explain(blocked, topic).clearance.outcome == "clear"


def test_a_refusal_of_amazon_refuses_the_text_that_waited(aws, topic, number, blocked):
    agree(blocked, topic)
    campaign = make.a_running_campaign(topic, number)
    sending.send_due(number.pk)
    account.opt_in(blocked.number)  # by somebody else in the account
    amazon(aws, opt_out=[blocked.number])
    assert unblocking.sweep() == {number.pk}
    assert block().refused_at is not None
    sending.send_due(number.pk)
    row = campaign.messages.get()
    assert (row.status, row.reason_code) == (S.REFUSED, "amazon")
    assert amazon(aws)["calls"]["OptInPhoneNumber"] == 2


def test_a_keyword_from_the_phone_itself_has_its_question_wait_for_amazon(
    aws, topic, number, blocked
):
    before = len(texts_to(aws, blocked))
    text(blocked, "JOIN")
    with transaction.atomic():
        question = outbox.ask_for_confirmation(
            blocked.events.filter(kind=EventKind.REQUESTED).last()
        )
    sending.send_due(number.pk)
    question.refresh_from_db()
    assert (question.status, len(texts_to(aws, blocked))) == (S.QUEUED, before)
    assert unblocking.sweep() == {number.pk}
    assert amazon(aws)["opted_out"] == []
    sending.send_due(number.pk)
    question.refresh_from_db()
    assert (question.status, len(texts_to(aws, blocked))) == (S.ACCEPTED, before + 1)


def test_a_request_by_form_takes_nobody_off_and_its_question_is_not_handed_over(
    aws, topic, number, blocked
):
    before = len(texts_to(aws, blocked))
    event = make.an_event(
        blocked, EventKind.REQUESTED, topic, disclosure=make.the_wording(topic).pk
    )
    with transaction.atomic():
        question = outbox.ask_for_confirmation(event)
    sending.send_due(number.pk)
    question.refresh_from_db()
    assert (question.status, question.reason_code) == (S.REFUSED, "amazon")
    assert question.clearance["g"] == "until they agree anew"
    assert unblocking.sweep() == set()
    assert len(texts_to(aws, blocked)) == before
    assert "OptInPhoneNumber" not in amazon(aws)["calls"]
    assert outbox.requests_without_text() == []


def test_an_answer_to_help_is_tried_all_the_same(aws, topic, number, blocked):
    before = len(texts_to(aws, blocked))
    text(blocked, "HELP")
    sending.send_due(number.pk)
    answer = Message.objects.get(kind=MessageKind.HELP_REPLY)
    assert (answer.status, len(texts_to(aws, blocked))) == (S.ACCEPTED, before + 1)
    assert block().ask_at is None


def test_facts_of_the_past_know_the_block_from_when_it_was_seen(aws, topic, number, blocked):
    ask = Ask(MessageKind.CAMPAIGN, blocked.pk, topic.pk, number.pk)
    seen = block().seen_at
    for moment, blocks in ((seen - timedelta(seconds=1), 0), (seen, 1), (clock.now(), 1)):
        (facts,) = facts_of([ask], as_of=moment)
        assert len(facts.on_amazons_list) == blocks
    agree(blocked, topic)
    (then,), (now,) = (facts_of([ask], as_of=each) for each in (seen, clock.now()))
    assert [each.on_amazons_list[0].agreed_since for each in (then, now)] == [False, True]
    assert facts_of([ask])[0].on_amazons_list == now.on_amazons_list
    AmazonBlock.objects.update(left_at=clock.now())
    assert facts_of([ask])[0].on_amazons_list == ()
