"""One POST for one publish, whatever happens; what may have been sent is unconfirmed (P4)."""

import socket
from dataclasses import replace
from decimal import Decimal

import pytest
from botocore.exceptions import NoCredentialsError, PartialCredentialsError
from botocore.parsers import ResponseParserError

from campaigns.gateways import wire
from campaigns.gateways.protocol import HandOver, OutboundText
from campaigns.gateways.sns import SnsGateway
from campaigns.vocabulary import AccountFault as F
from campaigns.vocabulary import AttemptOutcome as O

TEXT = OutboundText(to="+12125550100", body="Hello", origination_number="12345", promotional=True)

KINDS = ("DataType", "StringValue")


def gateway_at(address):
    return SnsGateway(region="us-east-1", endpoint=address, connections=2, timeout=0.5)


@pytest.fixture(params=["by boto3", "by us"])
def gateway(request, stub_sns):
    """Give a gateway whose next text boto3 posts, as it does the first, or we ourselves."""
    made = gateway_at(stub_sns.address)
    if request.param == "by us":
        made.publish(replace(TEXT, to="+12125550199", body="First"))
        stub_sns.posts.clear()
        stub_sns.requests.clear()
    return made


def posts(stub):
    return sum(stub.posts.values())


def attributes_in(stub):
    (sent,) = stub.requests
    return {
        value: tuple(sent[name.replace(".Name", f".Value.{kind}")] for kind in KINDS)
        for name, value in sent.items()
        if name.endswith(".Name")
    }


def test_an_accepted_text_has_amazons_id_and_all_its_attributes(stub_sns, gateway):
    became = gateway.publish(TEXT)
    assert (became.outcome, became.code) == (O.ACCEPTED, "")
    assert len(became.amazon_message_id) == 36
    assert attributes_in(stub_sns) == {
        "AWS.SNS.SMS.SMSType": ("String", "Promotional"),
        "AWS.MM.SMS.OriginationNumber": ("String", "12345"),
    }


def test_a_text_to_india_says_entity_template_price_and_sender(stub_sns, gateway):
    text = replace(
        TEXT,
        to="+911234567890",
        origination_number="EXAMPLE",
        is_sender_id=True,
        promotional=False,
        max_price=Decimal("0.04500"),
        entity_id="110100",
        template_id="110700",
    )
    gateway.publish(text)
    assert attributes_in(stub_sns) == {
        "AWS.SNS.SMS.SMSType": ("String", "Transactional"),
        "AWS.SNS.SMS.SenderID": ("String", "EXAMPLE"),
        "AWS.SNS.SMS.MaxPrice": ("Number", "0.04500"),
        "AWS.MM.SMS.EntityId": ("String", "110100"),
        "AWS.MM.SMS.TemplateId": ("String", "110700"),
    }


def fault(code, what):
    return HandOver(O.ACCOUNT_FAULT, code, fault=what)


def rejected(code):
    return HandOver(O.REJECTED, code)


# Every code that Publish may answer with, and those of its sister calls, with their status
CODES = [
    ("400 InvalidParameter", rejected("InvalidParameter")),
    ("400 ParameterValueInvalid", rejected("ParameterValueInvalid")),
    ("400 ValidationException", rejected("ValidationException")),
    ("404 NotFound", rejected("NotFound")),
    ("400 EndpointDisabled", rejected("EndpointDisabled")),
    ("400 PlatformApplicationDisabled", rejected("PlatformApplicationDisabled")),
    ("400 KMSAccessDenied", rejected("KMSAccessDenied")),
    ("400 KMSDisabled", rejected("KMSDisabled")),
    ("400 KMSInvalidState", rejected("KMSInvalidState")),
    ("400 KMSNotFound", rejected("KMSNotFound")),
    ("403 KMSOptInRequired", rejected("KMSOptInRequired")),
    ("400 OptedOut", rejected("OptedOut")),
    ("404 ResourceNotFound", rejected("ResourceNotFound")),
    ("400 VerificationException", rejected("VerificationException")),
    ("400 KMSThrottling", HandOver(O.THROTTLED, "KMSThrottling")),
    ("400 Throttling", HandOver(O.THROTTLED, "Throttling")),
    ("400 ThrottlingException", HandOver(O.THROTTLED, "ThrottlingException")),
    ("429 Throttled", HandOver(O.THROTTLED, "Throttled")),
    ("429 ThrottledException", HandOver(O.THROTTLED, "ThrottledException")),
    ("400 RequestLimitExceeded", HandOver(O.THROTTLED, "RequestLimitExceeded")),
    ("429 TooManyRequestsException", HandOver(O.THROTTLED, "TooManyRequestsException")),
    ("403 AuthorizationError", fault("AuthorizationError", F.PERMISSION)),
    ("403 AccessDenied", fault("AccessDenied", F.PERMISSION)),
    ("403 InvalidSecurity", fault("InvalidSecurity", F.CREDENTIALS)),
    ("403 ExpiredToken", fault("ExpiredToken", F.CREDENTIALS)),
    ("403 InvalidClientTokenId", fault("InvalidClientTokenId", F.CREDENTIALS)),
    ("403 SignatureDoesNotMatch", fault("SignatureDoesNotMatch", F.CREDENTIALS)),
    ("400 UserError", fault("UserError", F.NO_ORIGINATION)),
    ("500 InternalError", HandOver(O.UNCONFIRMED, "InternalError")),
    ("503 ServiceUnavailable", HandOver(O.UNCONFIRMED, "ServiceUnavailable")),
    ("400 NeverHeardOf", HandOver(O.UNCONFIRMED, "NeverHeardOf")),
    ("cut", HandOver(O.UNCONFIRMED, "ConnectionClosedError")),
]


@pytest.mark.parametrize(("answer", "expected"), CODES, ids=[answer for answer, _ in CODES])
def test_every_failure_is_one_post_and_one_outcome(stub_sns, gateway, answer, expected):
    stub_sns.behaviour = lambda phone, nth: answer
    assert gateway.publish(TEXT) == expected
    assert posts(stub_sns) == 1


def test_a_read_timeout_is_one_post_and_unconfirmed(stub_sns, gateway):
    stub_sns.behaviour = lambda phone, nth: "slow"
    became = gateway.publish(TEXT)
    assert became == HandOver(O.UNCONFIRMED, "ReadTimeoutError")
    assert posts(stub_sns) == 1


@pytest.mark.parametrize(
    "failure", [NoCredentialsError(), PartialCredentialsError(provider="env", cred_var="a key")]
)
def test_who_has_no_credentials_asks_nobody(stub_sns, failure):
    assert wire.of_failure(failure) == fault(type(failure).__name__, F.CREDENTIALS)


def test_an_answer_that_cannot_be_read_is_unconfirmed(stub_sns):
    broken = ResponseParserError()
    assert wire.of_failure(broken) == HandOver(O.UNCONFIRMED, "ResponseParserError")


def test_an_answer_that_is_none_is_unconfirmed(stub_sns, gateway):
    """As a proxy on the way may give it: a page of its own."""
    stub_sns.behaviour = lambda phone, nth: "502 <Bad gateway"
    assert gateway.publish(TEXT) == HandOver(O.UNCONFIRMED, "ResponseParserError")
    assert posts(stub_sns) == 1


def test_what_could_not_connect_never_left():
    with socket.socket() as nobody_listens:
        nobody_listens.bind(("127.0.0.1", 0))
        port = nobody_listens.getsockname()[1]
        became = gateway_at(f"http://127.0.0.1:{port}").publish(TEXT)
    assert became == HandOver(O.NEVER_LEFT, "EndpointConnectionError")


def test_a_text_shows_neither_number_nor_words_in_logs():
    assert repr(TEXT) == "OutboundText(...)"
