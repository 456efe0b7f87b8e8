"""Read Amazon's two-way payload and the envelope that it comes in; nothing is acted upon here."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from consent.phone_numbers import InvalidNumber, PhoneNumber, of_e164

SHORT_CODE = 8  # digits at most; no subscriber's number is as short in full


class Unreadable(ValueError):  # noqa: N818  reads as what it is where it is caught
    """A payload that is not a two-way text; its words never hold the text or a number."""


@dataclass(frozen=True, slots=True)
class Inbound:
    """One inbound text. `sender` is None where nobody can be answered: short codes, names."""

    inbound_message_id: str
    sender: PhoneNumber | None
    destination: str
    body: str
    previous_message_id: str


def read_envelope(text: str) -> tuple[dict[str, Any], datetime | None]:
    """Return the payload of an SNS notification as SQS delivers it, and when it was published."""
    envelope = _object(text)
    if envelope.get("Type") != "Notification":
        raise Unreadable("not a notification")
    try:
        published_at = datetime.fromisoformat(_text(envelope, "Timestamp"))
    except ValueError:
        published_at = None
    if published_at is not None and published_at.tzinfo is None:
        published_at = None
    return _object(_text(envelope, "Message")), published_at


def read_payload(payload: Mapping[str, Any]) -> Inbound:
    """Return what a two-way payload says; raise `Unreadable` for what is none."""
    return Inbound(
        inbound_message_id=_text(payload, "inboundMessageId", longest=100),
        sender=sender_of(_text(payload, "originationNumber", longest=40)),
        destination=_text(payload, "destinationNumber", longest=20),
        body=clean(_said(payload)),
        previous_message_id=clean(str(payload.get("previousPublishedMessageId") or ""))[:100],
    )


def sender_of(text: str) -> PhoneNumber | None:
    """Return a subscriber's number, or None for short codes and names.

    A number that our tables think impossible has just texted us, so it exists: its STOP counts.
    """
    digits = text.removeprefix("+")
    if not (digits.isascii() and digits.isdigit() and SHORT_CODE < len(digits) <= 15):
        return None
    if digits.startswith("0"):
        return None
    try:
        return of_e164("+" + digits)
    except InvalidNumber:
        return PhoneNumber("+" + digits, "", "", ())


def _object(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise Unreadable("not JSON") from None
    if not isinstance(found, dict):
        raise Unreadable("not an object")
    return found


def _said(payload: Mapping[str, Any]) -> str:
    body = payload.get("messageBody")
    if not isinstance(body, str):
        raise Unreadable("messageBody is missing")
    return body


def _text(payload: Mapping[str, Any], name: str, longest: int | None = None) -> str:
    value = payload.get(name)
    if not isinstance(value, str) or not value.strip():
        raise Unreadable(f"{name} is missing")
    value = clean(value) if longest else value
    if longest and len(value) > longest:
        raise Unreadable(f"{name} is too long")
    return value


def clean(text: str) -> str:
    """Drop what PostgreSQL cannot keep: the zero byte and halves of surrogate pairs."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()
