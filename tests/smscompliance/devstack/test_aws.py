"""The AWS stand-in, spoken to as the product speaks to Amazon: boto3 over a socket."""

import json
import time
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import boto3
import pytest

from smscompliance.devstack.aws import StandIn
from smscompliance.devstack.carrier import parts

SHORT_CODE, PHONE = "55501", "+12025550143"


@pytest.fixture
def stand_in(tmp_path):
    started = StandIn(tmp_path, delay=(0, 0))
    started.start()
    yield started
    started.stop()


def amazon(stand_in, name):
    return boto3.client(
        name,
        region_name="us-east-1",
        endpoint_url=stand_in.address,
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )


def ask(stand_in, path, content=None, **headers):
    body = None if content is None else json.dumps(content).encode()
    headers.setdefault("Content-Type", "application/json")
    with urlopen(Request(stand_in.address + path, body, headers), timeout=5) as answer:
        return json.load(answer)


def publish(stand_in, message="Sale ends Friday & Saturday: 20% off é", number=PHONE):
    return amazon(stand_in, "sns").publish(
        PhoneNumber=number,
        Message=message,
        MessageAttributes={
            "AWS.SNS.SMS.SMSType": {"DataType": "String", "StringValue": "Promotional"},
            "AWS.MM.SMS.OriginationNumber": {"DataType": "String", "StringValue": SHORT_CODE},
        },
    )["MessageId"]


def logged(stand_in, group, count=1):
    """Return the records of a log group once there are `count` of them."""
    for _ in range(100):
        events = amazon(stand_in, "logs").filter_log_events(logGroupName=group)["events"]
        if len(events) >= count:
            return [json.loads(event["message"]) for event in events]
        time.sleep(0.05)
    raise AssertionError(f"{len(events)} of {count} events in {group}")


def received(stand_in):
    """Take what waits in the inbound queue and return the two-way payloads."""
    sqs = amazon(stand_in, "sqs")
    url = ask(stand_in, "/devstack/health")["inbound_queue_url"]
    found = []
    while batch := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        for message in batch:
            found.append(json.loads(message["Body"]))
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return found


def test_a_published_text_is_on_its_phone_with_its_attributes(stand_in):
    message_id = publish(stand_in)

    (text,) = ask(stand_in, "/devstack/texts?after=0")["texts"]
    assert text["message_id"] == message_id
    assert text["phone_number"] == PHONE
    assert text["message"] == "Sale ends Friday & Saturday: 20% off é"
    assert text["attributes"] == {
        "AWS.SNS.SMS.SMSType": "Promotional",
        "AWS.MM.SMS.OriginationNumber": SHORT_CODE,
    }
    assert ask(stand_in, f"/devstack/texts?after={text['n']}")["texts"] == []


def test_a_publish_that_amazon_refuses_reaches_no_phone(stand_in):
    sns = amazon(stand_in, "sns")
    with pytest.raises(sns.exceptions.InvalidParameterException):
        sns.publish(PhoneNumber=PHONE, Message="x" * 1601)
    assert ask(stand_in, "/devstack/texts")["texts"] == []


def test_texts_come_in_order_and_page_by_page(stand_in):
    sent = [publish(stand_in, f"Text {count}") for count in range(5)]
    first = ask(stand_in, "/devstack/texts?after=0&limit=3")["texts"]
    rest = ask(stand_in, f"/devstack/texts?after={first[-1]['n']}")["texts"]
    assert [text["message_id"] for text in first + rest] == sent


def test_a_delivered_text_is_logged_as_success(stand_in):
    message_id = publish(stand_in)
    group, _ = ask(stand_in, "/devstack/health")["log_groups"]
    (record,) = logged(stand_in, group)
    assert group == "sns/us-east-1/123456789012/DirectPublishToPhoneNumber"
    assert record["status"] == "SUCCESS"
    assert record["notification"]["messageId"] == message_id
    assert record["delivery"]["destination"] == PHONE
    assert record["delivery"]["providerResponse"] == "Delivered"
    assert record["delivery"]["smsType"] == "Promotional"
    assert record["delivery"]["numberOfMessageParts"] == 1
    assert record["delivery"]["priceInUSD"] == 0.00645
    assert sorted(record["delivery"]) == [
        "destination", "dwellTimeMs", "dwellTimeMsUntilDeviceAck", "mcc", "mnc",
        "numberOfMessageParts", "phoneCarrier", "priceInUSD", "providerResponse", "smsType",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("switched_off", "Phone is currently unreachable/unavailable"),
        ("blocked", "Phone has blocked SMS"),
        ("spam", "Blocked as spam by phone carrier"),
        ("invalid", "Invalid phone number"),
        ("opted_out", "Phone number is opted out"),
    ],
)
def test_a_handset_set_to_fail_is_logged_as_failure(stand_in, answer, words):
    ask(stand_in, "/devstack/handsets", {"phone_number": PHONE, "answer": answer})
    message_id = publish(stand_in)
    _, group = ask(stand_in, "/devstack/health")["log_groups"]
    (record,) = logged(stand_in, group)
    assert group.endswith("DirectPublishToPhoneNumber/Failure")
    assert record["status"] == "FAILURE"
    assert record["notification"]["messageId"] == message_id
    assert record["delivery"]["providerResponse"] == words


def test_a_reply_travels_through_the_topic_to_the_queue(stand_in):
    sent = ask(
        stand_in,
        "/devstack/replies",
        {"from": PHONE, "to": SHORT_CODE, "body": "YES", "previous_message_id": "an-id"},
    )
    (envelope,) = received(stand_in)
    assert envelope["Type"] == "Notification"
    assert envelope["TopicArn"] == ask(stand_in, "/devstack/health")["inbound_topic_arn"]
    assert json.loads(envelope["Message"]) == {
        "originationNumber": PHONE,
        "destinationNumber": SHORT_CODE,
        "messageKeyword": "KEYWORD_UNSPECIFIED",
        "messageBody": "YES",
        "inboundMessageId": sent["inbound_message_id"],
        "previousPublishedMessageId": "an-id",
    }


def test_a_reply_delivered_five_times_bears_one_id(stand_in):
    ask(stand_in, "/devstack/replies", {"from": PHONE, "to": "55501", "body": "STOP", "times": 5})
    ids = [json.loads(envelope["Message"])["inboundMessageId"] for envelope in received(stand_in)]
    assert len(ids) == 5
    assert len(set(ids)) == 1


def test_phones_and_logs_survive_a_restart(stand_in, tmp_path):
    publish(stand_in)
    ask(stand_in, "/devstack/replies", {"from": PHONE, "to": SHORT_CODE, "body": "HELP"})
    group, _ = ask(stand_in, "/devstack/health")["log_groups"]
    before = logged(stand_in, group)
    handsets = ask(stand_in, "/devstack/handsets")
    stand_in.stop()
    with (tmp_path / "texts.jsonl").open("a") as journal:
        journal.write('{"kind":"text","n":99,"at":"2026-')  # a kill in the middle of a write

    again = StandIn(tmp_path, delay=(0, 0))
    again.start()
    try:
        assert ask(again, "/devstack/handsets") == handsets
        assert logged(again, group) == before
        assert [json.loads(one["Message"])["messageBody"] for one in received(again)] == ["HELP"]
        publish(again, "Second")
        assert [text["message"] for text in ask(again, "/devstack/texts")["texts"]][1:] == [
            "Second"
        ]
        assert len(logged(again, group, count=2)) == 2
    finally:
        again.stop()


def test_envelopes_and_records_tell_the_demo_clocks_time(tmp_path):
    clock = tmp_path / "clock"
    clock.write_text(str(40 * 24 * 3600))
    stand_in = StandIn(tmp_path, delay=(0, 0), clock_file=str(clock))
    stand_in.start()
    try:
        publish(stand_in)
        ask(stand_in, "/devstack/replies", {"from": PHONE, "to": SHORT_CODE, "body": "YES"})
        today = stand_in.now().strftime("%Y-%m-%d")
        (record,) = logged(stand_in, stand_in.carrier.groups[0])
        (envelope,) = received(stand_in)
        assert record["notification"]["timestamp"].startswith(today)
        assert envelope["Timestamp"].startswith(today)
    finally:
        stand_in.stop()


def test_reset_forgets_texts_replies_and_records(stand_in):
    publish(stand_in)
    ask(stand_in, "/devstack/replies", {"from": PHONE, "to": SHORT_CODE, "body": "YES"})
    group, _ = stand_in.carrier.groups
    logged(stand_in, group)

    ask(stand_in, "/devstack/reset", {})

    assert ask(stand_in, "/devstack/texts")["texts"] == []
    assert ask(stand_in, "/devstack/handsets")["handsets"] == []
    assert received(stand_in) == []
    assert amazon(stand_in, "logs").filter_log_events(logGroupName=group)["events"] == []
    ask(stand_in, "/devstack/replies", {"from": PHONE, "to": SHORT_CODE, "body": "after"})
    assert len(received(stand_in)) == 1


@pytest.mark.parametrize(
    "headers", [{"Host": "evil.example"}, {"Origin": "https://evil.example"}, {"Origin": "null"}]
)
def test_pages_of_other_places_are_refused(stand_in, headers):
    with pytest.raises(HTTPError) as refusal:
        ask(stand_in, "/devstack/texts", **headers)
    assert refusal.value.code == 403


def test_nonsense_is_refused_without_harm(stand_in):
    for path, content in [
        ("/devstack/replies", {"from": "call me", "to": "55501", "body": "YES"}),
        ("/devstack/replies", {"handset": 77, "to": "55501", "body": "YES"}),
        ("/devstack/handsets", {"phone_number": PHONE, "answer": "on_fire"}),
        ("/devstack/replies", {}),
    ]:
        with pytest.raises(HTTPError) as refusal:
            ask(stand_in, path, content)
        assert refusal.value.code == 400
    assert ask(stand_in, "/devstack/handsets")["handsets"] == []


@pytest.mark.parametrize(
    ("message", "count"),
    [("a" * 160, 1), ("a" * 161, 2), ("€" * 80, 1), ("€" * 81, 2), ("ж" * 70, 1), ("ж" * 71, 2)],
)
def test_parts_are_counted_as_carriers_bill_them(message, count):
    assert parts(message) == count


def test_a_text_sent_by_end_user_messaging_reaches_its_phone_too(stand_in):
    sent = amazon(stand_in, "pinpoint-sms-voice-v2").send_text_message(
        DestinationPhoneNumber=PHONE,
        OriginationIdentity=SHORT_CODE,
        MessageBody="Hello",
        MessageType="TRANSACTIONAL",
        TimeToLive=60,
    )
    (text,) = ask(stand_in, "/devstack/texts")["texts"]
    assert (text["message_id"], text["phone_number"], text["message"]) == (
        *(sent["MessageId"], PHONE, "Hello"),
    )
    assert text["attributes"]["AWS.MM.SMS.OriginationNumber"] == SHORT_CODE
    assert text["attributes"]["AWS.SNS.SMS.SMSType"] == "Transactional"


def test_end_user_messaging_checks_a_dry_run_and_sends_nothing(stand_in):
    client = amazon(stand_in, "pinpoint-sms-voice-v2")
    assert client.send_text_message(DestinationPhoneNumber=PHONE, MessageBody="Hello", DryRun=True)[
        "MessageId"
    ]
    with pytest.raises(client.exceptions.ValidationException):
        client.send_text_message(DestinationPhoneNumber=PHONE, MessageBody=" ", DryRun=True)
    assert ask(stand_in, "/devstack/texts")["texts"] == []


@pytest.mark.parametrize("dry", [True, False])
def test_end_user_messaging_refuses_who_is_on_the_opt_out_list(stand_in, dry):
    ask(stand_in, "/devstack/account", {"opt_out": [PHONE]})
    client = amazon(stand_in, "pinpoint-sms-voice-v2")
    with pytest.raises(client.exceptions.ConflictException) as refused:
        client.send_text_message(DestinationPhoneNumber=PHONE, MessageBody="Hello", DryRun=dry)
    assert refused.value.response["Reason"] == "DESTINATION_PHONE_NUMBER_OPTED_OUT"
    assert ask(stand_in, "/devstack/texts")["texts"] == []
