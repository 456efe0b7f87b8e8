"""The carrier of the AWS stand-in: writes delivery-status events as Amazon logs them."""

import heapq
import itertools
import json
import threading
import time
import uuid
import zlib
from collections.abc import Callable
from datetime import datetime
from typing import Any

from moto.core import DEFAULT_ACCOUNT_ID
from moto.logs.models import LogEvent, logs_backends

from smscompliance.devstack.handsets import Answer, Handsets
from smscompliance.devstack.journal import Journal

CARRIERS = (("Verizon Wireless", 311, 480), ("AT&T Mobility", 310, 410), ("T-Mobile USA", 310, 260))
GSM_7 = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    "ÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_7_TWICE = frozenset("^{}\\[]~|€\f")
PRICE_PER_PART = 0.00645
TICK = 0.05


def parts(message: str) -> int:
    """Count the parts a text is sent in."""
    if all(letter in GSM_7 or letter in GSM_7_TWICE for letter in message):
        length, one, many = sum(1 + (letter in GSM_7_TWICE) for letter in message), 160, 153
    else:
        length, one, many = len(message.encode("utf-16-be")) // 2, 70, 67
    return 1 if length <= one else -(-length // many)


class Carrier:
    """Answer for each published text after a moment, on a thread of its own.

    `delay` is the shortest and longest wait in seconds; `lock` guards moto's logs, which have none.
    """

    def __init__(
        self,
        region: str,
        journal: Journal,
        now: Callable[[], datetime],
        delay: tuple[float, float] = (0.5, 2.0),
    ) -> None:
        self.groups = [
            f"sns/{region}/{DEFAULT_ACCOUNT_ID}/DirectPublishToPhoneNumber{kind}"
            for kind in ("", "/Failure")
        ]
        self.lock = threading.RLock()
        self._region, self._journal, self._now, self._delay = region, journal, now, delay
        self._due: list[tuple[float, int, dict[str, Any]]] = []
        self._counter = itertools.count()
        self._wake = threading.Condition()
        # moto counts event ids from 0 at each start; readers who dedupe by id would miss the new.
        LogEvent._event_id = time.time_ns()
        threading.Thread(target=self._run, name="carrier", daemon=True).start()

    def take(self, text: dict[str, Any]) -> None:
        """Accept a published text; its delivery-status event follows."""
        shortest, longest = self._delay
        chance = zlib.crc32(text["message_id"].encode()) % 1000 / 1000
        due = time.monotonic() + shortest + (longest - shortest) * chance
        with self._wake:
            heapq.heappush(self._due, (due, next(self._counter), text))
            self._wake.notify()

    def restore(self, handsets: Handsets) -> None:
        """Put remembered events back into the logs, and answer for texts that never got one."""
        remembered: dict[str, list[dict[str, Any]]] = {group: [] for group in self.groups}
        answered = set()
        for event in handsets.restored_events:
            remembered.get(event["group"], []).append(event)
            answered.add(event["message_id"])
        handsets.restored_events = []
        for group, events in remembered.items():
            self._put(group, events)
        for text in handsets.texts:
            if text["message_id"] not in answered:
                self.take(text)

    def forget(self) -> None:
        """Drop what was still to be answered."""
        with self._wake:
            self._due.clear()

    def _run(self) -> None:
        while True:
            with self._wake:
                while not self._due:
                    self._wake.wait()
            time.sleep(TICK if self._delay[1] else 0)
            ready = []
            with self._wake:
                while self._due and self._due[0][0] <= time.monotonic():
                    ready.append(heapq.heappop(self._due)[2])
            if ready:
                self._answer(ready)

    def _answer(self, texts: list[dict[str, Any]]) -> None:
        written: dict[str, list[dict[str, Any]]] = {group: [] for group in self.groups}
        for text in texts:
            arrives = Answer(text["answer"]).arrives
            message = json.dumps(_status_record(text), separators=(",", ":"))
            written[self.groups[0 if arrives else 1]].append(
                {"timestamp": int(self._now().timestamp() * 1000), "message": message,
                 "message_id": text["message_id"]}
            )  # fmt: skip
        for group, events in written.items():
            self._put(group, events)
            self._journal.write(*({"kind": "event", "group": group, **event} for event in events))

    def _put(self, group: str, events: list[dict[str, Any]]) -> None:
        """Write events to a new stream of the group, keeping the ids of remembered ones."""
        if not events:
            return
        with self.lock:
            backend = logs_backends[DEFAULT_ACCOUNT_ID][self._region]
            if group not in backend.groups:
                return
            # Straight to the group: the front door refuses what the demo clock makes old or new.
            log_group = backend.groups[group]
            stream = str(uuid.uuid4())
            log_group.create_log_stream(stream)
            log_group.put_log_events(stream, events)
            for event, logged in zip(events, log_group.streams[stream].events, strict=True):
                logged.event_id = event.setdefault("event_id", logged.event_id)


def _status_record(text: dict[str, Any]) -> dict[str, Any]:
    """Shape the record of one text as CloudWatch shows it."""
    answer = Answer(text["answer"])
    seed = zlib.crc32(text["phone_number"].encode())
    carrier, mcc, mnc = CARRIERS[seed % len(CARRIERS)]
    count = parts(text["message"])
    delivery: dict[str, Any] = {
        "destination": text["phone_number"],
        "smsType": text["attributes"].get("AWS.SNS.SMS.SMSType", "Promotional"),
        "providerResponse": answer.value,
        "dwellTimeMs": 80 + seed % 500,
    }
    if answer not in (Answer.INVALID, Answer.OPTED_OUT):
        delivery |= {
            "phoneCarrier": carrier,
            "mcc": mcc if answer.arrives else 0,
            "mnc": mnc if answer.arrives else 0,
            "numberOfMessageParts": count,
            "priceInUSD": round(PRICE_PER_PART * count, 5),
            "dwellTimeMsUntilDeviceAck": 300 + seed % 1700,
        }
    published = datetime.fromisoformat(text["at"]).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]
    return {
        "notification": {"messageId": text["message_id"], "timestamp": published},
        "delivery": delivery,
        "status": "SUCCESS" if answer.arrives else "FAILURE",
    }
