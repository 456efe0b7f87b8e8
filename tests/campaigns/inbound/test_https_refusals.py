"""What the endpoint refuses: not signed for us, stale, too large, not asked for."""

import json
from datetime import timedelta

import pytest
from django.test import Client

from campaigns.inbound import https
from campaigns.models import DeadLetter, InboundText, Reply
from consent import clock
from tests.campaigns.inbound.amazon import (
    PATH,
    TOPIC,
    a_certificate,
    a_key,
    a_notification,
    a_payload,
    as_body,
    pem_of,
)
from tests.campaigns.inbound.posting import PLACE, in_the_log, post, read

pytestmark = pytest.mark.django_db


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
