"""Claim, publish once, record: what each outcome leaves behind."""

from collections import Counter

import pytest

from campaigns import audience, sending
from campaigns.claiming import claim
from campaigns.models import Message, SendAttempt
from campaigns.vocabulary import AttemptOutcome, CampaignStatus, MessageStatus
from consent import clock
from consent.vocabulary import EventKind
from tests import builders as make
from tests.campaigns.sent_texts import an_audit, attempts, statuses

pytestmark = pytest.mark.django_db(transaction=True)
S = MessageStatus


def test_a_campaign_reaches_everybody_once_and_is_finished(business_hours, aws, topic, number):
    people = [make.an_opted_in_contact(topic) for _ in range(12)]
    campaign = make.a_running_campaign(topic, number, text="{brand}: hello.")
    assert sending.send_due(number.pk) is False
    audience.finish_exhausted()

    texts = aws.texts()
    assert sorted(text["phone_number"] for text in texts) == sorted(p.number for p in people)
    assert {text["message"] for text in texts} == {"Example Corp.: hello."}
    ids = set(Message.objects.values_list("amazon_message_id", flat=True))
    assert ids == {text["message_id"] for text in texts}
    campaign.refresh_from_db()
    assert campaign.status == CampaignStatus.FINISHED


def test_an_accepted_message_names_its_event_and_both_ends_of_its_attempt(
    business_hours, stub_sns, topic, number
):
    message = an_audit(topic, number)
    sending.send_due(number.pk)
    message.refresh_from_db()
    standing = message.contact.subscriptions.get(topic=topic)
    assert message.status == S.ACCEPTED
    assert message.authorised_by_id == standing.authorised_by_id
    assert message.clearance["o"] == "clear"
    assert attempts(message) == [(1, "begun", ""), (1, "accepted", "")]


def test_refused_and_held_messages_keep_their_reasons(business_hours, stub_sns, topic, number):
    unsure = make.a_contact()  # nobody knows what wording they agreed to
    for contact in (unsure, make.a_contact()):
        make.an_event(contact, EventKind.REQUESTED, topic)
        make.an_event(contact, EventKind.CONFIRMED, topic)
    nobody = make.a_contact()
    farther = make.an_opted_in_contact(topic, "+18085550100")  # Honolulu sleeps at 10 New York
    for contact in (unsure, nobody, farther):
        make.a_list_audit(contact, topic, number)
    sending.send_due(number.pk)
    told = {m.contact_id: (m.status, m.reason_code) for m in Message.objects.all()}
    assert told[unsure.pk] == (S.REFUSED, "us.pewc.elements")
    assert told[nobody.pk] == (S.REFUSED, "standing")
    assert told[farther.pk] == (S.HELD, "house.hours")
    held = Message.objects.get(contact=farther)
    assert (held.due_at - clock.now()).total_seconds() == pytest.approx(4 * 3600, abs=60)
    assert stub_sns.posts == Counter()


@pytest.mark.parametrize(
    ("answer", "status", "outcome"),
    [
        ("400 InvalidParameter", S.REJECTED, AttemptOutcome.REJECTED),
        ("500 InternalError", S.UNCONFIRMED, AttemptOutcome.UNCONFIRMED),
        ("cut", S.UNCONFIRMED, AttemptOutcome.UNCONFIRMED),
        ("400 Throttling", S.QUEUED, AttemptOutcome.THROTTLED),
        ("403 AuthorizationError", S.QUEUED, AttemptOutcome.ACCOUNT_FAULT),
    ],
)
def test_what_amazon_says_decides_what_becomes_of_a_message(
    business_hours, stub_sns, topic, number, answer, status, outcome
):
    stub_sns.behaviour = lambda phone, nth: answer
    message = an_audit(topic, number)
    sending.send_due(number.pk, seconds=1)
    message.refresh_from_db()
    assert message.status == status
    assert attempts(message)[1][:2] == (1, outcome)
    assert sum(stub_sns.posts.values()) == 1


def test_a_throttled_message_goes_out_later_and_once(business_hours, stub_sns, topic, number):
    stub_sns.behaviour = lambda phone, nth: "400 Throttling" if nth == 0 else ""
    message = an_audit(topic, number)
    sending.send_due(number.pk, seconds=1)
    Message.objects.update(due_at=clock.now())
    sending.send_due(number.pk, seconds=5)
    message.refresh_from_db()
    assert message.status == S.ACCEPTED
    assert attempts(message) == [
        (1, "begun", ""),
        (1, "throttled", "Throttling"),
        (2, "begun", ""),
        (2, "accepted", ""),
    ]


def test_an_account_fault_stops_the_number_for_minutes(business_hours, stub_sns, topic, number):
    stub_sns.behaviour = lambda phone, nth: "403 AuthorizationError"
    for _ in range(30):
        an_audit(topic, number)
    assert sending.send_due(number.pk) is False
    tried = sum(stub_sns.posts.values())
    assert tried <= 16
    assert sending.send_due(number.pk) is False
    assert sending.numbers_with_due() == []
    assert sum(stub_sns.posts.values()) == tried
    assert statuses() == {S.QUEUED: 30}


def test_an_answer_that_comes_after_the_sweep_still_settles(
    business_hours, stub_sns, topic, number
):
    from campaigns.gateways.protocol import HandOver
    from campaigns.recording import Result, record

    message = an_audit(topic, number)
    claim(number.pk, "w")
    Message.objects.update(status=S.UNCONFIRMED, lease_until=None)
    result = Result(
        message.pk, 1, HandOver(AttemptOutcome.ACCEPTED, amazon_message_id="abc"), clock.now()
    )
    record([result], "w")
    record([result], "w")
    message.refresh_from_db()
    assert (message.status, message.amazon_message_id) == (S.ACCEPTED, "abc")
    assert SendAttempt.objects.filter(message=message).count() == 2


@pytest.mark.parametrize("lost", ["while publishing", "before the hand-over"])
def test_a_lost_database_connection_loses_no_outcome(
    business_hours, stub_sns, topic, number, monkeypatch, lost
):
    """As when PostgreSQL is restarted: outcomes are recorded once it is back."""

    def cut_connections():
        from django.db import connections

        other = connections.create_connection("default")
        with other.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        other.close()

    def answer(phone, nth):
        if nth == 0:
            cut_connections()
        return ""

    def claim_then_lose(*given):
        batch = claim(*given)
        if batch.claimed and not stub_sns.posts:
            cut_connections()
        return batch

    people = [make.an_opted_in_contact(topic) for _ in range(3)]
    for contact in people:
        make.a_list_audit(contact, topic, number)
    if lost == "while publishing":
        stub_sns.behaviour = answer
    else:
        monkeypatch.setattr(sending, "claim", claim_then_lose)
        sending.send_due(number.pk)
        assert statuses() == {S.QUEUED: 3}
        monkeypatch.undo()
    sending.send_due(number.pk)
    assert statuses() == {S.ACCEPTED: 3}
    assert max(stub_sns.posts.values()) == 1
