"""End User Messaging: one POST for one text, synchronous reasons, an end to each text's life."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from botocore.session import get_session

from campaigns.gateways import wire
from campaigns.gateways.eum import FAULTS, REJECTED_CONFLICTS, EumGateway
from campaigns.gateways.protocol import HandOver, OutboundText
from campaigns.vocabulary import AccountFault as F
from campaigns.vocabulary import AttemptOutcome as O
from consent import clock

TEXT = OutboundText(
    to="+12125550100", body="Hello", origination_number="12345", promotional=True, message=7
)
MODEL = get_session().get_service_model("pinpoint-sms-voice-v2")


def gateway_at(address):
    return EumGateway(region="us-east-1", endpoint=address, connections=2)


def test_a_text_says_all_that_the_records_say(stub_eum):
    text = replace(
        TEXT,
        promotional=False,
        max_price=Decimal("0.05"),
        entity_id="110100",
        template_id="110700",
        configuration_set="alerts",
    )
    became = gateway_at(stub_eum.address).publish(text)
    assert (became.outcome, len(became.amazon_message_id)) == (O.ACCEPTED, 36)
    assert stub_eum.requests == [
        {
            "DestinationPhoneNumber": "+12125550100",
            "OriginationIdentity": "12345",
            "MessageBody": "Hello",
            "MessageType": "TRANSACTIONAL",
            "Context": {"message": "7"},
            "MaxPrice": "0.05000",
            "ConfigurationSetName": "alerts",
            "DestinationCountryParameters": {
                "IN_ENTITY_ID": "110100",
                "IN_TEMPLATE_ID": "110700",
            },
            "TimeToLive": 259200,
        }
    ]


def test_amazon_drops_a_text_at_the_end_of_its_hours(stub_eum):
    gateway_at(stub_eum.address).publish(
        replace(TEXT, expires_at=clock.now() + timedelta(seconds=90))
    )
    (asked,) = stub_eum.requests
    assert 60 <= asked["TimeToLive"] <= 90


@pytest.mark.parametrize("seconds", [4, 0, -60])
def test_a_text_whose_hours_are_as_good_as_over_is_not_sent_at_all(stub_eum, seconds):
    late = replace(TEXT, expires_at=clock.now() + timedelta(seconds=seconds))
    became = gateway_at(stub_eum.address).publish(late)
    assert became == HandOver(O.WITHDRAWN, "WindowCloses")
    assert stub_eum.requests == []


def test_a_dry_run_says_that_it_is_one(stub_eum):
    assert gateway_at(stub_eum.address).dry_run(TEXT).outcome == O.ACCEPTED
    assert stub_eum.requests[0]["DryRun"] is True


def rejected(code):
    return HandOver(O.REJECTED, code)


def fault(code, what):
    return HandOver(O.ACCOUNT_FAULT, code, fault=what)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        *((f"400 {code} {reason}", fault(reason, what)) for (code, reason), what in FAULTS.items()),
        *(
            (f"400 ConflictException {reason}", rejected(reason))
            for reason in sorted(REJECTED_CONFLICTS)
        ),
        ("400 ValidationException PRICE_OVER_THRESHOLD", rejected("PRICE_OVER_THRESHOLD")),
        (
            "400 ValidationException DESTINATION_COUNTRY_BLOCKED",
            rejected("DESTINATION_COUNTRY_BLOCKED"),
        ),
        ("400 ValidationException SENDER_ID_NOT_REGISTERED", rejected("SENDER_ID_NOT_REGISTERED")),
        (
            "400 ValidationException INVALID_IDENTITY_FOR_DESTINATION_COUNTRY",
            rejected("INVALID_IDENTITY_FOR_DESTINATION_COUNTRY"),
        ),
        ("400 ValidationException", rejected("ValidationException")),
        (
            "400 ResourceNotFoundException",
            fault("ResourceNotFoundException", F.NO_ORIGINATION),
        ),
        ("400 ThrottlingException", HandOver(O.THROTTLED, "ThrottlingException")),
        ("400 AccessDeniedException", fault("AccessDeniedException", F.PERMISSION)),
        (
            "400 UnrecognizedClientException",
            fault("UnrecognizedClientException", F.CREDENTIALS),
        ),
        ("400 InvalidSignatureException", fault("InvalidSignatureException", F.CREDENTIALS)),
        ("400 ExpiredTokenException", fault("ExpiredTokenException", F.CREDENTIALS)),
        ("500 InternalServerException", HandOver(O.UNCONFIRMED, "InternalServerException")),
        ("400 ConflictException KEYWORD_MISMATCH", HandOver(O.UNCONFIRMED, "KEYWORD_MISMATCH")),
        ("400 ConflictException NEVER_HEARD_OF", HandOver(O.UNCONFIRMED, "NEVER_HEARD_OF")),
        (
            "400 ServiceQuotaExceededException DAILY_DESTINATION_CALL_LIMIT",
            HandOver(O.UNCONFIRMED, "DAILY_DESTINATION_CALL_LIMIT"),
        ),
        ("400 AccessDeniedException NEVER_HEARD_OF", HandOver(O.UNCONFIRMED, "NEVER_HEARD_OF")),
        ("400 NeverHeardOf", HandOver(O.UNCONFIRMED, "NeverHeardOf")),
        ("cut", HandOver(O.UNCONFIRMED, "ConnectionClosedError")),
    ],
)
def test_every_refusal_is_one_post_and_one_outcome(stub_eum, answer, expected):
    stub_eum.behaviour = lambda request: answer
    assert gateway_at(stub_eum.address).publish(TEXT) == expected
    assert len(stub_eum.requests) == 1


def test_a_read_timeout_is_one_post_and_unconfirmed(stub_eum, monkeypatch):
    monkeypatch.setattr(wire, "READ_TIMEOUT", 0.3)
    stub_eum.behaviour = lambda request: "slow"
    assert gateway_at(stub_eum.address).publish(TEXT) == HandOver(O.UNCONFIRMED, "ReadTimeoutError")
    assert len(stub_eum.requests) == 1


def test_every_reason_is_one_that_amazon_knows():
    """botocore's model is Amazon's own; a reason that it lacks would never be matched."""
    known = {
        name: set(MODEL.shape_for(f"{name}Reason").enum)
        for name in (
            *("ConflictException", "ServiceQuotaExceededException"),
            "AccessDeniedException",
        )
    }
    assert {pair for pair in FAULTS if pair[1] not in known[pair[0]]} == set()
    assert known["ConflictException"] >= REJECTED_CONFLICTS


def test_the_stub_speaks_as_amazons_model_says(stub_eum):
    asked = MODEL.operation_model("SendTextMessage")
    assert (MODEL.metadata["protocol"], MODEL.metadata["jsonVersion"]) == ("json", "1.0")
    assert set(asked.output_shape.members) >= {"MessageId"}
    assert {error.name for error in asked.error_shapes} >= {code for code, _ in FAULTS}
    gateway_at(stub_eum.address).publish(TEXT)
    assert set(stub_eum.requests[0]) <= set(asked.input_shape.members)
