"""Read one event of Amazon's delivery logs, and sort what it says into a closed set."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from campaigns.vocabulary import ReceiptOutcome as R

ARRIVED = frozenset({R.DELIVERED, R.CARRIER_TOOK_IT})

# The first phrase that is found decides; Amazon's wording varies in its ends and in its dots
DELIVERED_WORDS = (
    ("accepted by phone carrier", R.CARRIER_TOOK_IT),
    ("accepted by phone", R.DELIVERED),
    ("delivered", R.DELIVERED),
)
FAILED_WORDS = (
    ("is opted out", R.OPTED_OUT),
    ("has blocked sms", R.PHONE_BLOCKED),
    ("invalid phone number", R.INVALID_NUMBER),
    ("is on a blocked list", R.BLOCK_LIST),
    ("blocked as spam", R.SPAM),
    ("phone carrier has blocked this message", R.CARRIER_BLOCKED),
    ("message body is invalid", R.INVALID_TEXT),
    ("phone carrier is currently unreachable", R.CARRIER_UNREACHABLE),
    ("phone is currently unreachable", R.PHONE_UNREACHABLE),
    ("would exceed max price", R.MAX_PRICE),
    ("no quota left for account", R.NO_QUOTA),
    ("sandboxed account unable to send", R.SANDBOX),
    ("no origination entities available", R.NO_ORIGINATION),
    ("cannot deliver message to the specified destination country", R.COUNTRY_BLOCKED),
    ("ttl has expired", R.EXPIRED),
    ("unknown error attempting to reach phone", R.UNKNOWN_ERROR),
    ("unhandled provider", R.UNKNOWN_ERROR),
)

IN_WORDS: dict[R, str] = {
    R.DELIVERED: "the phone has it",
    R.CARRIER_TOOK_IT: "the phone carrier took it; whether the phone got it, nobody tells",
    R.OPTED_OUT: "Amazon has the number on its opt-out list",
    R.PHONE_BLOCKED: "the phone blocks our texts, as after STOP to a toll-free number",
    R.INVALID_NUMBER: "there is no such number",
    R.BLOCK_LIST: "the number is on a block list",
    R.SPAM: "the carrier took it for spam",
    R.CARRIER_BLOCKED: "the carrier blocked this text",
    R.INVALID_TEXT: "Amazon refused the words",
    R.CARRIER_UNREACHABLE: "the carrier could not be reached",
    R.PHONE_UNREACHABLE: "the phone was off or out of reach",
    R.MAX_PRICE: "it would have cost more than the most allowed",
    R.NO_QUOTA: "the account's monthly spend limit was reached",
    R.SANDBOX: "the account is in the SMS sandbox",
    R.NO_ORIGINATION: "the account has no number that may text that country",
    R.COUNTRY_BLOCKED: "the account blocks texts to that country",
    R.EXPIRED: "it waited too long on the way and expired",
    R.UNKNOWN_ERROR: "it failed, and the carrier did not say why",
    R.OTHER: "Amazon gave a reason that is not in our list",
}

NUMBER = re.compile(r"\+?[0-9][0-9 ().\-]{5,}[0-9][xX*]*|\+?[0-9]{4,}[xX*]{2,}")


class Unreadable(ValueError):  # noqa: N818  reads as what it is where it is caught
    """An event that is no delivery report; the sentence names no number."""


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """What one log event says. `destination` is E.164; what Amazon left out is None or empty."""

    amazon_message_id: str
    destination: str
    success: bool
    outcome: R
    provider_response: str
    published_at: datetime | None
    parts: int | None
    price: Decimal | None
    carrier: str
    dwell_ms: int | None
    to_phone_ms: int | None

    def __repr__(self) -> str:
        """Show nothing: a number must not reach a log (P10)."""
        return "DeliveryReport(...)"


def outcome_of(success: bool, provider_response: str) -> R:
    """Sort Amazon's words; those that nobody knows are OTHER, whatever the status."""
    words = provider_response.casefold()
    known = DELIVERED_WORDS if success else FAILED_WORDS
    return next((outcome for phrase, outcome in known if phrase in words), R.OTHER)


def read_report(message: str) -> DeliveryReport:
    """Read the JSON of a log event; raise `Unreadable` for what names no message.

    Early failures lack carrier, price and parts. The publish time comes in UTC without a zone,
    with a changing number of digits.
    """
    try:
        said = json.loads(message, parse_float=Decimal)
        notification, delivery = said["notification"], said["delivery"]
        identity, status = notification["messageId"], said["status"]
        destination = delivery["destination"]
    except (ValueError, KeyError, TypeError) as fault:
        raise Unreadable(f"no delivery report: {type(fault).__name__}") from None
    texts = (identity, status, destination)
    if not all(isinstance(each, str) and each for each in texts) or len(identity) > 100:
        raise Unreadable("no delivery report: no message, status or destination")
    response = delivery.get("providerResponse")
    response = response if isinstance(response, str) else ""
    success = status.upper() == "SUCCESS"
    return DeliveryReport(
        amazon_message_id=identity,
        destination=destination,
        success=success,
        outcome=outcome_of(success, response),
        provider_response=without_numbers(response)[:300],
        published_at=_moment(notification.get("timestamp")),
        parts=_count(delivery, "numberOfMessageParts", 32_000),
        price=_price(delivery.get("priceInUSD")),
        carrier=str(delivery.get("phoneCarrier") or "")[:80],
        dwell_ms=_count(delivery, "dwellTimeMs"),
        to_phone_ms=_count(delivery, "dwellTimeMsUntilDeviceAck"),
    )


def without_numbers(words: str) -> str:
    """Take phone numbers out of Amazon's words: `+1... is opted out` would keep one for ever."""
    return NUMBER.sub("[number]", words)


def _moment(value: object) -> datetime | None:
    try:
        return datetime.fromisoformat(str(value)).replace(tzinfo=UTC)
    except ValueError:
        return _with_odd_fraction(str(value))


def _with_odd_fraction(value: str) -> datetime | None:
    whole, dot, fraction = value.partition(".")
    if not (dot and fraction.isdigit()):
        return None
    try:
        return datetime.fromisoformat(f"{whole}.{fraction[:6]:0<6}").replace(tzinfo=UTC)
    except ValueError:
        return None


def _count(delivery: Mapping[str, Any], name: str, most: int = 2_000_000_000) -> int | None:
    value = delivery.get(name)
    is_count = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= most
    return value if is_count else None


def _price(value: object) -> Decimal | None:
    if not isinstance(value, int | Decimal) or isinstance(value, bool):
        return None
    try:
        price = Decimal(value).quantize(Decimal("0.00001"))
    except InvalidOperation:
        return None
    return price if 0 <= price < 10_000 else None
