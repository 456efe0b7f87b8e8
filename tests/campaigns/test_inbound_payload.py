"""Reading what Amazon delivers: what is said, by whom, when; and what is no inbound text at all."""

import json
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.inbound_payload import Unreadable, read_envelope, read_payload, sender_of

PAYLOAD = {
    "originationNumber": "+14255550182",
    "destinationNumber": "+12125550101",
    "messageKeyword": "KEYWORD_UNSPECIFIED",
    "messageBody": "EXAMPLE",
    "inboundMessageId": "cae173d2-66b9-564c-8309-21f858e9fb84",
    "previousPublishedMessageId": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
}


def envelope(**fields):
    return json.dumps(
        {
            "Type": "Notification",
            "Message": json.dumps(PAYLOAD),
            "Timestamp": "2026-11-20T15:04:05.678Z",
            **fields,
        }
    )


def test_an_envelope_gives_its_payload_and_the_moment_it_was_published():
    assert read_envelope(envelope()) == (
        PAYLOAD,
        datetime(2026, 11, 20, 15, 4, 5, 678000, tzinfo=UTC),
    )


@pytest.mark.parametrize("stamp", ["yesterday", "2026-11-20T15:04:05"])
def test_a_moment_that_cannot_be_placed_is_no_moment(stamp):
    assert read_envelope(envelope(Timestamp=stamp))[1] is None


@pytest.mark.parametrize(
    "body",
    [
        "",
        "not json",
        "[]",
        "null",
        "[" * 100_000,
        "{}",
        envelope(Type="SubscriptionConfirmation"),
        envelope(Message="STOP"),
        envelope(Message=json.dumps(["STOP"])),
        envelope(Message=None),
    ],
)
def test_what_is_no_notification_is_unreadable(body):
    with pytest.raises(Unreadable):
        read_envelope(body)


def test_a_payload_says_who_said_what_to_whom():
    said = read_payload(PAYLOAD)
    assert said.inbound_message_id == PAYLOAD["inboundMessageId"]
    assert said.sender.e164 == "+14255550182"
    assert said.sender.state == "WA"
    assert said.destination == "+12125550101"
    assert said.body == "EXAMPLE"
    assert said.previous_message_id == PAYLOAD["previousPublishedMessageId"]


@pytest.mark.parametrize(
    "change",
    [
        {"inboundMessageId": None},
        {"inboundMessageId": " "},
        {"inboundMessageId": "x" * 101},
        {"originationNumber": None},
        {"originationNumber": 14255550182},
        {"destinationNumber": ""},
        {"destinationNumber": "1" * 21},
        {"messageBody": None},
        {"messageBody": 7},
    ],
)
def test_a_payload_with_a_hole_is_unreadable_and_says_so_without_quoting(change):
    with pytest.raises(Unreadable) as caught:
        read_payload(PAYLOAD | change)
    assert "1425" not in str(caught.value)
    assert "EXAMPLE" not in str(caught.value)


def test_what_postgresql_cannot_keep_is_dropped():
    assert read_payload(PAYLOAD | {"messageBody": "ST\0OP\ud800"}).body == "STOP?"


@pytest.mark.parametrize(
    "sender", ["12345", "227263", "+12345", "AMAZON", "0123456789", "\uff11" * 10]
)
def test_nobody_is_there_to_answer(sender):
    assert sender_of(sender) is None


@pytest.mark.parametrize(
    ("sender", "e164"),
    [
        ("+14255550182", "+14255550182"),
        ("14255550182", "+14255550182"),
        ("+447420500600", "+447420500600"),
        ("+19995550182", "+19995550182"),  # an area code that our tables do not know yet
    ],
)
def test_whoever_texted_us_has_a_number(sender, e164):
    assert sender_of(sender).e164 == e164


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(), st.lists, max_leaves=5))
def test_nothing_but_unreadable_is_ever_raised(junk):
    for name in PAYLOAD:
        with suppress(Unreadable):
            read_payload(PAYLOAD | {name: junk})


@given(st.text())
def test_any_text_at_all_is_read_or_unreadable(text):
    with suppress(Unreadable):
        read_envelope(text)
