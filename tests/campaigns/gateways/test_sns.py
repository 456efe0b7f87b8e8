"""One POST for one publish, whatever happens; what may have been sent is unconfirmed (P4)."""

import socket

import pytest

from campaigns.gateways import sns
from campaigns.gateways.protocol import HandOver, OutboundText
from campaigns.gateways.sns import SnsGateway
from campaigns.vocabulary import AttemptOutcome as O

TEXT = OutboundText(to="+12125550100", body="Hello", origination_number="12345", promotional=True)


def gateway_at(address):
    return SnsGateway(region="us-east-1", endpoint=address, connections=2)


def posts(stub):
    return sum(stub.posts.values())


def test_an_accepted_text_has_amazons_id_and_all_its_attributes(stub_sns):
    became = gateway_at(stub_sns.address).publish(TEXT)
    assert (became.outcome, became.code) == (O.ACCEPTED, "")
    assert len(became.amazon_message_id) == 36
    (sent,) = stub_sns.requests
    attributes = {
        value: sent[name.replace(".Name", ".Value.StringValue")]
        for name, value in sent.items()
        if name.endswith(".Name")
    }
    assert attributes == {
        "AWS.SNS.SMS.SMSType": "Promotional",
        "AWS.MM.SMS.OriginationNumber": "12345",
    }


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("400 Throttling", HandOver(O.THROTTLED, "Throttling")),
        ("400 ThrottlingException", HandOver(O.THROTTLED, "ThrottlingException")),
        ("429 Throttled", HandOver(O.THROTTLED, "Throttled")),
        ("400 KMSThrottling", HandOver(O.THROTTLED, "KMSThrottling")),
        ("400 InvalidParameter", HandOver(O.REJECTED, "InvalidParameter")),
        ("400 ParameterValueInvalid", HandOver(O.REJECTED, "ParameterValueInvalid")),
        ("403 AuthorizationError", HandOver(O.ACCOUNT_FAULT, "AuthorizationError")),
        ("403 InvalidClientTokenId", HandOver(O.ACCOUNT_FAULT, "InvalidClientTokenId")),
        ("403 ExpiredToken", HandOver(O.ACCOUNT_FAULT, "ExpiredToken")),
        ("500 InternalError", HandOver(O.UNCONFIRMED, "InternalError")),
        ("503 ServiceUnavailable", HandOver(O.UNCONFIRMED, "ServiceUnavailable")),
        ("400 NeverHeardOf", HandOver(O.UNCONFIRMED, "NeverHeardOf")),
        ("cut", HandOver(O.UNCONFIRMED, "ConnectionClosedError")),
    ],
)
def test_every_failure_is_one_post_and_one_outcome(stub_sns, answer, expected):
    stub_sns.behaviour = lambda phone, nth: answer
    assert gateway_at(stub_sns.address).publish(TEXT) == expected
    assert posts(stub_sns) == 1


def test_a_read_timeout_is_one_post_and_unconfirmed(stub_sns, monkeypatch):
    monkeypatch.setattr(sns, "READ_TIMEOUT", 0.3)
    stub_sns.behaviour = lambda phone, nth: "slow"
    became = gateway_at(stub_sns.address).publish(TEXT)
    assert became == HandOver(O.UNCONFIRMED, "ReadTimeoutError")
    assert posts(stub_sns) == 1


def test_what_could_not_connect_never_left():
    with socket.socket() as nobody_listens:
        nobody_listens.bind(("127.0.0.1", 0))
        port = nobody_listens.getsockname()[1]
        became = gateway_at(f"http://127.0.0.1:{port}").publish(TEXT)
    assert became == HandOver(O.NEVER_LEFT, "EndpointConnectionError")


def test_a_text_shows_neither_number_nor_words_in_logs():
    assert repr(TEXT) == "OutboundText(...)"
