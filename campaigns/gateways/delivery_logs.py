"""Read the CloudWatch log groups in which Amazon writes what became of texts."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.conf import settings

from campaigns.gateways import reads

PAGE = 10_000  # the most events that Amazon gives at once


@dataclass(frozen=True, slots=True)
class LogEvent:
    """One event: CloudWatch's id, when it was written, and its JSON."""

    event_id: str
    at: datetime
    message: str

    def __repr__(self) -> str:
        """Show nothing: the JSON holds a number (P10)."""
        return "LogEvent(...)"


def groups() -> list[str]:
    """Return the names of both log groups of texts to phones: what arrived, and what failed."""
    group = f"sns/{settings.AWS_REGION}/{reads.account_id()}/DirectPublishToPhoneNumber"
    return [group, f"{group}/Failure"]


def pages(group: str, start: datetime, end: datetime) -> Iterator[list[LogEvent]]:
    """Yield what a group holds of a stretch of time, page by page, until Amazon says it is all.

    A page may be empty and yet not the last. Raises `AmazonFault`.
    """
    asked: dict[str, Any] = {
        "logGroupName": group,
        "startTime": _milliseconds(start),
        "endTime": _milliseconds(end),
        "limit": PAGE,
    }
    while True:
        with reads.asking():
            answer = reads.client("logs").filter_log_events(**asked)
        yield [
            LogEvent(
                str(each["eventId"]),
                datetime.fromtimestamp(each["timestamp"] / 1000, UTC),
                each["message"],
            )
            for each in answer.get("events", [])
        ]
        if not answer.get("nextToken"):
            return
        asked["nextToken"] = answer["nextToken"]


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
