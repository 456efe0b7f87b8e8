"""The endpoint as SNS meets it: signed with our own key, certificates over a socket."""

import json
import threading
import time
from datetime import timedelta

import psycopg
import pytest
from django.db import connection
from django.test import Client
from hypothesis import HealthCheck, given
from hypothesis import settings as effort
from hypothesis import strategies as st

from campaigns import arrivals
from campaigns.inbound import https
from campaigns.models import DeadLetter, InboundText, Message, Reply
from campaigns.vocabulary import DeadLetterState, MessageKind
from consent import clock
from consent.models import OptInEvent, Subscription
from consent.vocabulary import EventKind, Standing
from tests.builders import a_number, a_topic, an_opted_in_contact
from tests.campaigns.inbound.amazon import (
    PATH,
    TOPIC,
    Amazon,
    a_certificate,
    a_key,
    a_notification,
    a_payload,
    a_subscription,
    as_body,
    pem_of,
    refusal,
)
from tests.embedded import servers

pytestmark = pytest.mark.django_db
PLACE = "/inbound/sns/"


@pytest.fixture
def amazon(settings):
    amazon = Amazon()
    settings.AWS_ENDPOINT_URL = amazon.address
    settings.INBOUND_TOPIC_ARNS = [TOPIC]
    yield amazon
    amazon.stop()


@pytest.fixture
def topic():
    topic = a_topic()
    a_number(topic)
    return topic


def post(body, **more):
    body = body if isinstance(body, bytes) else as_body(body)
    more = {"content_type": "text/plain; charset=UTF-8", **more}
    return Client(enforce_csrf_checks=True, raise_request_exception=False).post(PLACE, body, **more)


def read():
    """Read what was kept, as a reader beside the endpoint does."""
    while arrivals.take_waiting().texts:
        pass


def in_the_log(caplog):
    return "\n".join(record.getMessage() for record in caplog.records)


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


@pytest.mark.parametrize(
    ("bend", "why"),
    [
        (lambda m: {**m, "Message": m["Message"].replace("STOP", "YES!")}, "does not fit"),
        (lambda m: {**m, "Signature": "AAAA"}, "does not fit"),
        (lambda m: {**m, "SignatureVersion": "1"}, "does not fit"),
        (lambda m: {**m, "Subject": "added"}, "does not fit"),
        (lambda m: {**m, "TopicArn": TOPIC + "2"}, "not a topic of ours"),
        (lambda m: {**m, "SigningCertURL": "https://evil.example/x.pem"}, "where Amazon keeps"),
        (lambda m: {**m, "Type": "Else"}, "unknown type"),
        (lambda m: {key: m[key] for key in m if key != "Signature"}, "Signature is missing"),
        (lambda m: a_notification(a_payload(), key=a_key("stranger")), "does not fit"),
        (
            lambda m: a_notification(
                a_payload(), Timestamp=(clock.now() - timedelta(minutes=76)).isoformat()
            ),
            "not of this hour",
        ),
        (
            lambda m: a_notification(
                a_payload(), Timestamp=(clock.now() + timedelta(minutes=6)).isoformat()
            ),
            "not of this hour",
        ),
        (lambda m: a_notification(a_payload(), SigningCertURL=None), "SigningCertURL is missing"),
        (lambda m: json.loads(m["Message"]), "Type is missing"),
    ],
)
def test_what_amazon_did_not_sign_for_us_is_refused_and_logged_without_content(
    amazon, topic, bend, why, caplog
):
    answer = post(bend(a_notification(a_payload())))
    assert (answer.status_code, answer.content) == (403, b"")
    assert not InboundText.objects.exists()
    read()
    assert not Reply.objects.exists()
    assert not DeadLetter.objects.exists()
    assert why in in_the_log(caplog)
    for said in ("555", "STOP", "evil", "stranger", "arn:"):
        assert said not in in_the_log(caplog)


def test_raw_delivery_is_refused_for_nobody_signed_it(amazon, topic):
    body = as_body(a_payload())
    assert post(body, headers={"x-amz-sns-rawdelivery": "true"}).status_code == 403


def test_a_stale_request_costs_amazon_no_question(amazon, topic):
    post(a_notification(a_payload(), Timestamp="2020-01-01T00:00:00.000Z"))
    post(a_notification(a_payload(), TopicArn=TOPIC + "2"))
    assert amazon.asked == []


def test_too_large_a_body_is_refused_unread(amazon, topic, caplog):
    for body in (b"x" * (https.LARGEST + 1), b"x" * 5_000_000):
        assert post(body).status_code == 413
    assert post(b"{}", CONTENT_LENGTH="99999999999").status_code == 413
    assert post(b"{}", CONTENT_LENGTH="many").status_code in {403, 413}
    assert "too large" in in_the_log(caplog)


def test_without_topics_of_ours_there_is_no_such_page(amazon, settings):
    settings.INBOUND_TOPIC_ARNS = []
    assert post(a_notification(a_payload())).status_code == 404


def test_only_a_post_is_heard(amazon):
    answer = Client().get(PLACE)
    assert (answer.status_code, answer["Allow"]) == (405, "POST")


@pytest.mark.parametrize("fault", [(500, {}, b""), (302, {"Location": "/"}, b"")])
def test_a_certificate_that_cannot_be_had_is_no_reason_to_lose_a_reply(amazon, topic, fault):
    good, amazon.answers[PATH] = amazon.answers[PATH], fault
    message = a_notification(a_payload())
    assert post(message).status_code == 503
    amazon.answers[PATH] = good
    assert post(message).status_code == 200


def test_a_certificate_that_amazon_does_not_have_is_a_forgers(amazon, topic):
    del amazon.answers[PATH]
    assert post(a_notification(a_payload())).status_code == 403


def test_a_certificate_for_another_name_is_refused(amazon, topic):
    amazon.answers[PATH] = (200, {}, pem_of(a_certificate(names=["evil.example"])))
    assert post(a_notification(a_payload())).status_code == 403


def test_what_is_signed_and_no_reply_becomes_a_dead_letter(amazon, topic, caplog):
    message = a_notification("STOP said +12125550133")
    assert [post(message).status_code for _ in range(2)] == [200, 200]
    letter = DeadLetter.objects.get()
    assert (letter.road, letter.reference, letter.tries) == ("https", message["MessageId"], 2)
    assert (letter.state, letter.reason) == (DeadLetterState.WAITING, "not JSON")
    assert json.loads(letter.payload) == message
    assert "5550133" not in caplog.text


def test_a_subscription_of_our_topic_is_confirmed_by_the_call(amazon):
    assert post(a_subscription(Token="tok-1")).status_code == 200
    (asked,) = amazon.confirmed
    assert "Action=ConfirmSubscription" in asked
    assert "Token=tok-1" in asked
    assert "AuthenticateOnUnsubscribe=true" in asked
    assert amazon.asked == [PATH]  # the address in the request was not visited


@pytest.mark.parametrize(
    "message",
    [
        lambda: a_subscription(TopicArn=TOPIC + "2"),
        lambda: a_subscription(key=a_key("stranger")),
        lambda: {**a_subscription(), "Token": "another"},
        lambda: a_subscription(Timestamp="2020-01-01T00:00:00.000Z"),
    ],
)
def test_nobody_elses_subscription_is_confirmed(amazon, message):
    assert post(message()).status_code == 403
    assert amazon.confirmed == []


@pytest.mark.parametrize(
    ("status", "code", "answer"),
    [(400, "InvalidParameter", 403), (403, "AuthorizationError", 503), (500, "InternalError", 503)],
)
def test_amazon_comes_again_unless_its_token_is_dead(amazon, status, code, answer):
    amazon.confirms_with = (status, refusal(code))
    assert post(a_subscription()).status_code == answer


def test_the_end_of_a_subscription_is_told_and_nothing_is_visited(amazon, caplog):
    assert post(a_subscription(kind="UnsubscribeConfirmation")).status_code == 200
    assert amazon.confirmed == []
    assert "no longer posts here" in in_the_log(caplog)


@pytest.mark.django_db(transaction=True)
def test_a_database_that_is_away_has_amazon_come_again(amazon, topic, settings):
    message = a_notification(a_payload())
    port = connection.settings_dict["PORT"]
    connection.close()
    connection.settings_dict["PORT"] = 1
    try:
        assert post(message).status_code == 503
    finally:
        connection.settings_dict["PORT"] = port
        connection.close()
    assert post(message).status_code == 200
    read()
    assert (Reply.objects.count(), DeadLetter.objects.count()) == (1, 0)


@pytest.mark.django_db(transaction=True)
def test_whoever_holds_the_contact_for_long_does_not_hold_up_the_answer(amazon, topic):
    member = an_opted_in_contact(topic)
    message = a_notification(a_payload(member.number))
    with psycopg.connect(
        host="127.0.0.1",
        port=servers()["postgres_port"],
        user="postgres",
        password=servers()["superuser_password"],
        dbname=connection.settings_dict["NAME"],
    ) as other:
        other.execute("SELECT 1 FROM consent_contact WHERE id = %s FOR UPDATE", [member.pk])
        begun = time.monotonic()
        assert post(message).status_code == 200
        assert time.monotonic() - begun < 15
    read()
    assert (Reply.objects.count(), DeadLetter.objects.count()) == (1, 0)


@pytest.mark.django_db(transaction=True)
def test_a_table_that_is_locked_for_long_has_amazon_come_again(amazon, topic):
    message = a_notification(a_payload())
    with psycopg.connect(
        host="127.0.0.1",
        port=servers()["postgres_port"],
        user="postgres",
        password=servers()["superuser_password"],
        dbname=connection.settings_dict["NAME"],
    ) as other:
        other.execute("LOCK TABLE campaigns_inboundtext")
        begun = time.monotonic()
        assert post(message).status_code == 503
        assert time.monotonic() - begun < 15
    assert post(message).status_code == 200
    read()
    assert (Reply.objects.count(), DeadLetter.objects.count()) == (1, 0)


@pytest.mark.django_db(transaction=True)
def test_deliveries_at_once_act_once(amazon, topic):
    member = an_opted_in_contact(topic)
    message = a_notification(a_payload(member.number))
    answers = []

    def deliver():
        answers.append(post(message).status_code)
        connection.close()

    threads = [threading.Thread(target=deliver) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [200] * 6
    read()
    assert OptInEvent.objects.filter(kind=EventKind.OPTED_OUT).count() == 1
    assert Message.objects.filter(kind=MessageKind.STOP_CONFIRMATION).count() == 1


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


FUZZ = effort(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@FUZZ
@given(body=st.binary(max_size=2000), kind=st.text(max_size=20))
def test_any_bytes_are_answered_with_a_refusal(amazon, body, kind):
    kind = "".join(mark for mark in kind if mark.isprintable() and mark.isascii())
    assert post(body, content_type=kind).status_code == 403


SAID = st.one_of(
    st.text(max_size=60), st.none(), st.integers(), st.lists(st.text(max_size=3), max_size=2)
)


@FUZZ
@given(
    payload=st.fixed_dictionaries(
        {},
        optional={
            "originationNumber": SAID | st.just("+12125550101"),
            "destinationNumber": SAID | st.just("12345"),
            "messageBody": SAID,
            "inboundMessageId": SAID,
            "previousPublishedMessageId": SAID,
        },
    )
)
def test_whatever_is_published_is_taken_or_kept(amazon, topic, payload):
    message = a_notification(json.dumps(payload))
    before = Reply.objects.count() + DeadLetter.objects.count()
    assert post(message).status_code == 200
    read()
    after = Reply.objects.count() + DeadLetter.objects.count()
    assert before <= after <= before + 1


@FUZZ
@given(said=st.text(st.characters(), max_size=200))
def test_whatever_is_said_is_taken(amazon, topic, said):
    message = a_notification(a_payload(body=said))
    assert post(message).status_code == 200
    read()
    taken = json.loads(message["Message"])["inboundMessageId"]
    assert Reply.objects.filter(inbound_message_id=taken).count() == 1
