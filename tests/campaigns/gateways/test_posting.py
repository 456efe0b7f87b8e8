"""What we post ourselves is what boto3 would have posted, signed as Amazon checks it."""

import hashlib
import hmac
from dataclasses import replace
from decimal import Decimal
from urllib.parse import parse_qsl

import pytest

from campaigns.gateways.protocol import OutboundText
from campaigns.gateways.sns import SnsGateway

PLAIN = OutboundText(to="+12125550100", body="Hello", origination_number="12345", promotional=True)
TEXTS = {
    "plain": PLAIN,
    "letters of all kinds": replace(PLAIN, body="Ça va? 100 % & más = 5 € +1/2 «ok» 😀\nBye~*"),
    "to India": replace(
        PLAIN,
        to="+911234567890",
        origination_number="EXAMPL",
        is_sender_id=True,
        promotional=False,
        max_price=Decimal("0.04500"),
        entity_id="110100",
        template_id="110700",
    ),
}
# Each call's own, whoever makes it
OWN = {"Authorization", "X-Amz-Date", "amz-sdk-invocation-id"}


@pytest.fixture(autouse=True)
def credentials(monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "EXAMPLEKEY")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "example-secret")
    monkeypatch.delenv("AWS_SESSION_TOKEN", raising=False)


def a_gateway(stub):
    return SnsGateway(region="us-east-1", endpoint=stub.address, connections=2)


def fields_of(body):
    return parse_qsl(body.decode(), keep_blank_values=True)


def posted_twice(stub, text):
    """Post by boto3, which shows how, and then by ourselves."""
    gateway = a_gateway(stub)
    for _ in range(2):
        gateway.publish(text)
    return stub.posted


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_we_post_what_boto3_posts(stub_sns, text):
    (by_boto3, its_body), (by_us, our_body) = posted_twice(stub_sns, text)
    assert sorted(fields_of(our_body)) == sorted(fields_of(its_body))
    assert by_us.keys() == by_boto3.keys()
    assert {name for name in by_us if by_us[name] != by_boto3[name]} <= OWN
    assert by_us["amz-sdk-invocation-id"] != by_boto3["amz-sdk-invocation-id"]


def test_a_text_of_its_own_goes_into_each_post(stub_sns):
    gateway = a_gateway(stub_sns)
    for text in TEXTS.values():
        gateway.publish(PLAIN)
        gateway.publish(text)
        fields = dict(fields_of(stub_sns.posted[-1][1]))
        assert (fields["PhoneNumber"], fields["Message"]) == (text.to, text.body)


@pytest.mark.parametrize("token", ["", "example-token"])
def test_both_are_signed_as_amazon_checks_it(stub_sns, monkeypatch, token):
    if token:
        monkeypatch.setenv("AWS_SESSION_TOKEN", token)
    for head, body in posted_twice(stub_sns, PLAIN):
        assert head.get("X-Amz-Security-Token", "") == token
        assert head["Authorization"].rpartition("Signature=")[2] == signature_of(head, body)


def test_new_credentials_are_used_from_the_next_post_on(stub_sns):
    gateway = a_gateway(stub_sns)
    gateway.publish(PLAIN)
    gateway._posting._credentials.access_key = "RENEWEDKEY"
    gateway._posting._credentials.token = "renewed-token"
    gateway.publish(PLAIN)
    head, _ = stub_sns.posted[1]
    assert "Credential=RENEWEDKEY/" in head["Authorization"]
    assert head["X-Amz-Security-Token"] == "renewed-token"


def signature_of(head, body):
    """Sign as Amazon describes it (Signature Version 4), from what came over the wire."""
    named = head["Authorization"].partition("SignedHeaders=")[2].partition(",")[0]
    scope = head["Authorization"].partition("Credential=EXAMPLEKEY/")[2].partition(",")[0]
    lower = {name.lower(): " ".join(value.split()) for name, value in head.items()}
    canonical = "\n".join(
        [
            *("POST", "/", ""),
            *(f"{name}:{lower[name]}" for name in named.split(";")),
            *("", named, hashlib.sha256(body).hexdigest()),
        ]
    )
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    to_sign = "\n".join(["AWS4-HMAC-SHA256", lower["x-amz-date"], scope, digest])
    key = b"AWS4example-secret"
    for part in [*scope.split("/"), to_sign]:
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return key.hex()
