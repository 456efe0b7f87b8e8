"""The stand-in's account, asked with boto3 over a socket as the product asks Amazon."""

import json
import time
from urllib.request import Request, urlopen

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from smscompliance.devstack.aws import StandIn

PHONE = "+12025550143"


@pytest.fixture
def stand_in(tmp_path):
    started = StandIn(tmp_path, delay=(0, 0))
    started.start()
    yield started
    started.stop()


def amazon(stand_in, name="sns"):
    return boto3.client(
        name,
        region_name="us-east-1",
        endpoint_url=stand_in.address,
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(retries={"total_max_attempts": 1}),
    )


def change(stand_in, **wanted):
    body = json.dumps(wanted).encode()
    asked = Request(
        f"{stand_in.address}/devstack/account", body, {"Content-Type": "application/json"}
    )
    with urlopen(asked, timeout=5) as answer:
        return json.load(answer)


def phones(first, count):
    return [f"+1202{first + n:07d}" for n in range(count)]


def test_the_opt_out_list_comes_in_pages_of_a_hundred(stand_in):
    listed = phones(5550000, 250)
    change(stand_in, opt_out=listed)
    pages = list(amazon(stand_in).get_paginator("list_phone_numbers_opted_out").paginate())
    assert [len(page["phoneNumbers"]) for page in pages] == [100, 100, 50]
    assert [each for page in pages for each in page["phoneNumbers"]] == listed


def test_a_number_is_opted_out_when_it_is_listed_and_not_by_its_last_digits(stand_in):
    sns = amazon(stand_in)
    change(stand_in, opt_out=[PHONE])
    assert sns.check_if_phone_number_is_opted_out(phoneNumber=PHONE)["isOptedOut"] is True
    other = sns.check_if_phone_number_is_opted_out(phoneNumber="+12025550199")
    assert other["isOptedOut"] is False


def test_a_number_leaves_the_list_once_in_thirty_days(stand_in):
    sns = amazon(stand_in)
    change(stand_in, opt_out=[PHONE])
    sns.opt_in_phone_number(phoneNumber=PHONE)
    assert sns.check_if_phone_number_is_opted_out(phoneNumber=PHONE)["isOptedOut"] is False
    change(stand_in, opt_out=[PHONE])
    with pytest.raises(sns.exceptions.InvalidParameterException):
        sns.opt_in_phone_number(phoneNumber=PHONE)
    assert sns.check_if_phone_number_is_opted_out(phoneNumber=PHONE)["isOptedOut"] is True


def test_a_text_to_a_listed_number_is_accepted_and_fails_later(stand_in):
    change(stand_in, opt_out=[PHONE])
    assert amazon(stand_in).publish(PhoneNumber=PHONE, Message="Hello")["MessageId"]
    logs, group = amazon(stand_in, "logs"), stand_in.carrier.groups[1]
    deadline = time.monotonic() + 20
    while not (events := logs.filter_log_events(logGroupName=group)["events"]):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    said = json.loads(events[0]["message"])["delivery"]["providerResponse"]
    assert said == "Phone number is opted out"


def test_calls_are_throttled_as_often_as_asked(stand_in):
    sns = amazon(stand_in)
    change(stand_in, throttle={"ListPhoneNumbersOptedOut": 1})
    with pytest.raises(ClientError) as refused:
        sns.list_phone_numbers_opted_out()
    assert refused.value.response["Error"]["Code"] == "Throttled"
    assert sns.list_phone_numbers_opted_out()["phoneNumbers"] == []


def test_attributes_are_kept_and_unknown_ones_refused(stand_in):
    sns = amazon(stand_in)
    sns.set_sms_attributes(attributes={"MonthlySpendLimit": "7", "DefaultSenderID": "Example"})
    asked = sns.get_sms_attributes(attributes=["MonthlySpendLimit", "DefaultSenderID"])
    assert asked["attributes"] == {"MonthlySpendLimit": "7", "DefaultSenderID": "Example"}
    assert sns.get_sms_attributes()["attributes"]["DeliveryStatusSuccessSamplingRate"] == "100"
    with pytest.raises(sns.exceptions.InvalidParameterException):
        sns.set_sms_attributes(attributes={"Colour": "blue"})


def test_sandbox_and_numbers_are_as_set(stand_in):
    sns = amazon(stand_in)
    assert sns.get_sms_sandbox_account_status()["IsInSandbox"] is False
    change(stand_in, sandbox=True, numbers=["55501", "+12065550188", "+18005550199"])
    assert sns.get_sms_sandbox_account_status()["IsInSandbox"] is True
    pages = sns.get_paginator("list_origination_numbers").paginate(PaginationConfig={"PageSize": 2})
    found = [each["PhoneNumber"] for page in pages for each in page["PhoneNumbers"]]
    assert found == ["55501", "+12065550188", "+18005550199"]
    described = amazon(stand_in, "pinpoint-sms-voice-v2").describe_phone_numbers()["PhoneNumbers"]
    assert [each["SelfManagedOptOutsEnabled"] for each in described] == [True] * 3


def test_the_account_is_remembered_over_a_restart_and_forgotten_by_a_reset(tmp_path):
    first = StandIn(tmp_path, delay=(0, 0))
    first.start()
    change(first, opt_out=[PHONE], sandbox=True)
    first.stop()
    second = StandIn(tmp_path, delay=(0, 0))
    second.start()
    assert (second.account.opted_out, second.account.sandbox) == ([PHONE], True)
    second.reset()
    assert (second.account.opted_out, second.account.sandbox) == ([], False)
    second.stop()
