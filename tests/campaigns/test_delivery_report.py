"""Amazon's delivery events, as its pages and real logs show them, read into a closed set."""

import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from campaigns.delivery_report import IN_WORDS, Unreadable, outcome_of, read_report
from campaigns.vocabulary import ReceiptOutcome as R

DELIVERED = (
    '{"notification":{"messageId":"0eb79b44-d9bd-5938-b0cf-c1e572815b74",'
    '"timestamp":"2022-03-08 19:05:32.271"},"delivery":{"numberOfMessageParts":1,'
    '"destination":"+16175550123","priceInUSD":0.00831,"smsType":"Transactional",'
    '"providerResponse":"Delivered","dwellTimeMs":105,"dwellTimeMsUntilDeviceAck":336},'
    '"status":"SUCCESS"}'
)
NO_QUOTA = (
    '{"notification":{"messageId":"m-1","timestamp":"2026-09-09 19:09:37.3"},"delivery":'
    '{"destination":"+16175550123","smsType":"Promotional","providerResponse":'
    '"No quota left for account","dwellTimeMs":174},"status":"FAILURE"}'
)


def test_all_that_amazon_tells_is_read():
    report = read_report(DELIVERED)
    assert report.amazon_message_id == "0eb79b44-d9bd-5938-b0cf-c1e572815b74"
    assert report.destination == "+16175550123"
    assert (report.success, report.outcome) == (True, R.DELIVERED)
    assert report.published_at == datetime(2022, 3, 8, 19, 5, 32, 271000, tzinfo=UTC)
    assert (report.parts, report.price, report.carrier) == (1, Decimal("0.00831"), "")
    assert (report.dwell_ms, report.to_phone_ms) == (105, 336)


def test_an_early_failure_has_neither_price_nor_parts_and_an_odd_fraction():
    report = read_report(NO_QUOTA)
    assert (report.success, report.outcome) == (False, R.NO_QUOTA)
    assert (report.parts, report.price, report.to_phone_ms) == (None, None, None)
    assert report.published_at == datetime(2026, 9, 9, 19, 9, 37, 300000, tzinfo=UTC)


@pytest.mark.parametrize(
    ("success", "words", "outcome"),
    [
        (True, "Message has been accepted by phone carrier", R.CARRIER_TOOK_IT),
        (True, "Message has been accepted by phone", R.DELIVERED),
        (True, "Delivered", R.DELIVERED),
        (False, "Phone number is opted out", R.OPTED_OUT),
        (False, "+15555555555 is opted out", R.OPTED_OUT),
        (False, "Phone has blocked SMS", R.PHONE_BLOCKED),
        (False, "Invalid phone number", R.INVALID_NUMBER),
        (False, "Phone is on a blocked list", R.BLOCK_LIST),
        (False, "Destination is on a blocked list", R.BLOCK_LIST),
        (False, "Blocked as spam by phone carrier", R.SPAM),
        (False, "Phone carrier has blocked this message", R.CARRIER_BLOCKED),
        (False, "Message body is invalid", R.INVALID_TEXT),
        (False, "Phone carrier is currently unreachable/unavailable", R.CARRIER_UNREACHABLE),
        (False, "Phone is currently unreachable/unavailable", R.PHONE_UNREACHABLE),
        (False, "This delivery would exceed max price", R.MAX_PRICE),
        (False, "Unknown error attempting to reach phone", R.UNKNOWN_ERROR),
        (False, "No quota left for account", R.NO_QUOTA),
        (False, "Sandboxed account unable to send to number.", R.SANDBOX),
        (False, "No origination entities available to send", R.NO_ORIGINATION),
        (
            False,
            "Cannot deliver message to the specified destination country",
            R.COUNTRY_BLOCKED,
        ),
        (False, "Unhandled provider", R.UNKNOWN_ERROR),
        (False, "Message delivery TTL has expired", R.EXPIRED),
        (False, "Quantum fluctuation", R.OTHER),
        (False, "Delivered", R.OTHER),
        (True, "No quota left for account", R.OTHER),
        (False, "", R.OTHER),
    ],
)
def test_every_response_string_is_sorted(success, words, outcome):
    assert outcome_of(success, words) == outcome
    assert outcome_of(success, words.upper() + " ..") == outcome


def test_every_outcome_has_plain_words():
    assert set(IN_WORDS) == set(R)


@pytest.mark.parametrize(
    ("words", "kept"),
    [
        ("+15555555555 is opted out", "[number] is opted out"),
        ("Phone 1 (555) 555-0123 is gone", "Phone [number] is gone"),
        ("+1617555XXXX is opted out", "[number] is opted out"),
        ("Error 5012 at carrier", "Error 5012 at carrier"),
    ],
)
def test_numbers_are_taken_out_of_what_is_kept(words, kept):
    said = json.loads(NO_QUOTA)
    said["delivery"]["providerResponse"] = words
    assert read_report(json.dumps(said)).provider_response == kept


@pytest.mark.parametrize(
    "message",
    [
        "not JSON",
        "[]",
        "null",
        '{"notification":{},"delivery":{},"status":"SUCCESS"}',
        '{"notification":"x","delivery":[],"status":"SUCCESS"}',
        DELIVERED.replace('"+16175550123"', "null"),
        DELIVERED.replace('"SUCCESS"', "7"),
    ],
)
def test_what_is_no_report_is_refused_without_naming_a_number(message):
    with pytest.raises(Unreadable) as refused:
        read_report(message)
    assert "617555" not in str(refused.value)


@pytest.mark.parametrize("price", ["-1", "1e30", "true", '"0.1"', "null", "[]"])
def test_a_price_that_is_none_is_left_out(price):
    assert read_report(DELIVERED.replace("0.00831", price)).price is None
