"""Ask Amazon about its opt-out list and about our account."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from campaigns.gateways import reads


@dataclass(frozen=True, slots=True)
class NumberAtAmazon:
    """An origination number as Amazon lists it."""

    number: str
    status: str
    country: str


def opted_out_page(token: str) -> tuple[list[str], str]:
    """Return a page of the opt-out list, 100 numbers at most, and the token of the next or ""."""
    with reads.asking():
        answer = reads.client("sns").list_phone_numbers_opted_out(
            **({"nextToken": token} if token else {})
        )
    return list(answer.get("phoneNumbers", [])), str(answer.get("nextToken") or "")


def is_opted_out(number: str) -> bool:
    """Say whether the opt-out list holds a number."""
    with reads.asking():
        answer = reads.client("sns").check_if_phone_number_is_opted_out(phoneNumber=number)
    return bool(answer["isOptedOut"])


def opt_in(number: str) -> None:
    """Take a number off the opt-out list, which Amazon does once in 30 days for each.

    Raises `AmazonFault`. Asking again does no harm.
    """
    with reads.asking():
        reads.client("sns").opt_in_phone_number(phoneNumber=number)


def is_in_sandbox() -> bool:
    """Say whether texts reach verified numbers alone."""
    with reads.asking():
        return bool(reads.client("sns").get_sms_sandbox_account_status()["IsInSandbox"])


def attributes() -> dict[str, str]:
    """Return the account's settings for texts; one that was never set is left out."""
    with reads.asking():
        found: dict[str, str] = reads.client("sns").get_sms_attributes().get("attributes", {})
    return found


def origination_numbers() -> list[NumberAtAmazon]:
    """Return every origination number of the account."""
    return [
        NumberAtAmazon(
            str(each.get("PhoneNumber", "")),
            str(each.get("Status", "")),
            str(each.get("Iso2CountryCode", "")),
        )
        for page in _pages("sns", "list_origination_numbers")
        for each in page.get("PhoneNumbers", [])
    ]


def self_managed_opt_outs() -> dict[str, bool]:
    """Say of each number whether STOP comes to us and Amazon keeps out of it.

    Known to End User Messaging alone; accounts without a right to ask there raise `AmazonFault`.
    """
    return {
        str(each["PhoneNumber"]): bool(each["SelfManagedOptOutsEnabled"])
        for page in _pages("pinpoint-sms-voice-v2", "describe_phone_numbers")
        for each in page.get("PhoneNumbers", [])
    }


def spent_this_month(now: datetime) -> Decimal | None:
    """Return the month's spending in USD as CloudWatch last had it; None where it has nothing."""
    with reads.asking():
        answer = reads.client("cloudwatch").get_metric_statistics(
            Namespace="AWS/SNS",
            MetricName="SMSMonthToDateSpentUSD",
            StartTime=now - timedelta(hours=24),
            EndTime=now + timedelta(hours=1),
            Period=3600,
            Statistics=["Maximum"],
        )
    points = sorted(answer.get("Datapoints", []), key=lambda point: point["Timestamp"])
    month = [each for each in points if each["Timestamp"].month == now.month]
    return Decimal(str(month[-1]["Maximum"])) if month else None


def _pages(product: str, call: str) -> Iterator[Any]:
    with reads.asking():
        yield from reads.client(product).get_paginator(call).paginate()
