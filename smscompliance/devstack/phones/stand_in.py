"""Ask the AWS stand-in: what phones show comes from there, never from our tables."""

import json
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from django.conf import settings

PATIENCE = 5  # seconds


class StandInAway(Exception):  # noqa: N818  reads as what it is where it is caught
    """The AWS stand-in does not answer."""


class NotUnderstood(ValueError):  # noqa: N818
    """The AWS stand-in refused what it was asked."""


def handsets(limit: int, ids: tuple[int, ...] = ()) -> dict[str, Any]:
    """Return the handsets to look at, newest first, with the number `n` of the latest change."""
    wanted = f"&ids={','.join(map(str, ids))}" if ids else ""
    return _ask(f"/devstack/handsets?limit={limit}{wanted}")


def handsets_ending(ending: str, limit: int) -> dict[str, Any]:
    """Return the handsets whose numbers end with these digits."""
    return _ask("/devstack/handsets/search", {"ending": ending, "limit": limit})


def pick_up(number: str) -> dict[str, Any]:
    """Take a phone in hand."""
    return _ask("/devstack/handsets", {"phone_number": number})


def set_answer(handset: int, answer: str) -> dict[str, Any]:
    """Set what a handset's carrier says of texts."""
    return _ask("/devstack/handsets", {"id": handset, "answer": answer})


def send_reply(handset: int, to: str, body: str, previous_message_id: str = "") -> dict[str, Any]:
    """Text from a handset to one of our numbers, through SNS and SQS as at Amazon."""
    return _ask(
        "/devstack/replies",
        {"handset": handset, "to": to, "body": body, "previous_message_id": previous_message_id},
    )


def _ask(path: str, content: dict[str, Any] | None = None) -> dict[str, Any]:
    if not settings.AWS_ENDPOINT_URL:
        raise StandInAway
    body = None if content is None else json.dumps(content).encode()
    request = Request(
        settings.AWS_ENDPOINT_URL.rstrip("/") + path, body, {"Content-Type": "application/json"}
    )
    try:
        with urlopen(request, timeout=PATIENCE) as answer:
            return json.load(answer)
    except HTTPError as refusal:
        if refusal.code == 400:
            raise NotUnderstood from refusal
        raise StandInAway from refusal
    except OSError as silence:
        raise StandInAway from silence
