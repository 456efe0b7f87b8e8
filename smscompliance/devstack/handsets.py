"""The handsets of the AWS stand-in: which texts reached which phone, and what people answered."""

import threading
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from smscompliance.devstack.journal import Journal


class Answer(StrEnum):
    """What a handset's carrier says of a text, in Amazon's own words (`providerResponse`)."""

    DELIVERED = "Delivered"
    CARRIER_ACCEPTED = "Message has been accepted by phone carrier"
    SWITCHED_OFF = "Phone is currently unreachable/unavailable"
    BLOCKED = "Phone has blocked SMS"
    SPAM = "Blocked as spam by phone carrier"
    INVALID = "Invalid phone number"
    OPTED_OUT = "Phone number is opted out"

    @property
    def arrives(self) -> bool:
        """Say whether the person sees the text."""
        return self in (Answer.DELIVERED, Answer.CARRIER_ACCEPTED)


@dataclass(eq=False)
class Handset:
    """One phone. Its id is a plain count, so that no address carries its number."""

    id: int
    number: str
    answer: Answer = Answer.DELIVERED
    in_hand: bool = False
    last: int = 0
    entries: list[dict[str, Any]] = field(default_factory=list)


class Handsets:
    """Keep texts and replies per phone, in order, in memory and in the journal.

    Every change takes the next `n`; a reader asks for what came after the `n` it knows.
    """

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._lock = threading.Lock()
        self._forget()
        self.restored_events: list[dict[str, Any]] = []
        for entry in journal.entries():
            if entry["kind"] == "event":
                self.restored_events.append(entry)
            else:
                self._apply(entry)

    def _forget(self) -> None:
        self.n = 0
        self.texts: list[dict[str, Any]] = []
        self._by_id: list[Handset] = []
        self._by_number: dict[str, Handset] = {}

    def reset(self) -> None:
        """Forget every text, reply and handset."""
        with self._lock:
            self._forget()
            self._journal.clear()

    def add_text(
        self,
        at: datetime,
        message_id: str,
        number: str,
        message: str,
        attributes: dict[str, str],
        answer: Answer | None = None,
    ) -> dict[str, Any]:
        """Put a published text on its phone and return its entry; `answer` overrules the phone."""
        with self._lock:
            handset = self._by_number.get(number)
            entry = {
                "kind": "text",
                "n": self.n + 1,
                "at": at.isoformat(timespec="milliseconds"),
                "message_id": message_id,
                "phone_number": number,
                "message": message,
                "attributes": attributes,
                "answer": answer or (handset.answer if handset else Answer.DELIVERED),
            }
            return self._record(entry)

    def add_reply(self, at: datetime, payload: dict[str, str]) -> dict[str, Any]:
        """Put a reply that left a phone on its screen; `payload` is Amazon's two-way payload."""
        with self._lock:
            entry = {
                "kind": "reply",
                "n": self.n + 1,
                "at": at.isoformat(timespec="milliseconds"),
                "phone_number": payload["originationNumber"],
                "payload": payload,
            }
            return self._record(entry)

    def pick_up(self, number: str, answer: Answer | None = None) -> Handset:
        """Take a phone in hand, new or known, and set what its carrier answers."""
        with self._lock:
            known = self._by_number.get(number)
            wanted = answer or (known.answer if known else Answer.DELIVERED)
            entry = {
                "kind": "handset", "n": self.n + 1, "phone_number": number, "answer": wanted
            }  # fmt: skip
            self._record(entry)
            return self._by_number[number]

    def by_id(self, handset_id: int) -> Handset | None:
        """Return the handset with that id."""
        return self._by_id[handset_id - 1] if 0 < handset_id <= len(self._by_id) else None

    def texts_after(self, n: int, limit: int) -> list[dict[str, Any]]:
        """Return up to `limit` texts that came after change `n`, oldest first."""
        with self._lock:
            low, high = 0, len(self.texts)
            while low < high:
                middle = (low + high) // 2
                if self.texts[middle]["n"] <= n:
                    low = middle + 1
                else:
                    high = middle
            return self.texts[low : low + limit]

    def shown(self, limit: int, ending: str = "", ids: tuple[int, ...] = ()) -> list[Handset]:
        """Return the handsets to look at: those in hand first, then by latest change.

        `ending` keeps numbers with these last digits, `ids` exactly these handsets.
        """
        with self._lock:
            found = [
                handset
                for handset in self._by_id
                if handset.number.endswith(ending) and (not ids or handset.id in ids)
            ]
        found.sort(key=lambda handset: (handset.in_hand, handset.last), reverse=True)
        return found[:limit]

    def count(self) -> int:
        """Return how many handsets there are."""
        return len(self._by_id)

    def _record(self, entry: dict[str, Any]) -> dict[str, Any]:
        self._journal.write(entry)
        self._apply(entry)
        return entry

    def _apply(self, entry: dict[str, Any]) -> None:
        self.n = entry["n"]
        number = entry["phone_number"]
        handset = self._by_number.get(number)
        if handset is None:
            handset = Handset(len(self._by_id) + 1, number)
            self._by_id.append(handset)
            self._by_number[number] = handset
        handset.last = entry["n"]
        if entry["kind"] == "handset":
            handset.answer = Answer(entry["answer"])
            handset.in_hand = True
        elif entry["kind"] == "reply":
            handset.in_hand = True
            handset.entries.append(entry)
        else:
            self.texts.append(entry)
            handset.entries.append(entry)
