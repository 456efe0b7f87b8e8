"""The account of the AWS stand-in: what moto lacks or gets wrong of Amazon's SMS calls."""

import json
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from html import escape
from typing import Any

from smscompliance.devstack.journal import Journal

PER_PAGE = 100
BETWEEN_OPT_INS = timedelta(days=30)
ATTRIBUTES = {
    "MonthlySpendLimit": "50",
    "DeliveryStatusIAMRole": "arn:aws:iam::123456789012:role/sns-delivery-status",
    "DeliveryStatusSuccessSamplingRate": "100",
    "DefaultSMSType": "Promotional",
}
KNOWN_ATTRIBUTES = {*ATTRIBUTES, "DefaultSenderID", "UsageReportS3Bucket"}
# The numbers of the demo data, as Amazon would list them
NUMBERS = ("55501", "+18005550199", "+14255550182")


class Refusal(Exception):  # noqa: N818  reads as what it is where it is caught
    """An answer that is an error: Amazon's code, its HTTP status and its words."""

    def __init__(self, code: str, status: int, words: str) -> None:
        super().__init__(code)
        self.code, self.status, self.words = code, status, words


class AmazonAccount:
    """Answer the SMS calls about opt-outs, attributes, sandbox and numbers, as Amazon does.

    It remembers in a journal of its own. `throttle` holds how many further calls of an action are
    refused as too many.
    """

    def __init__(self, journal: Journal, now: Callable[[], datetime]) -> None:
        self._journal, self._now = journal, now
        self._lock = threading.Lock()
        self._tokens: dict[str, int] = {}
        self.throttle: dict[str, int] = {}
        self.calls: dict[str, int] = {}
        self._forget()
        for entry in journal.entries():
            self._apply(entry)

    def _forget(self) -> None:
        self.opted_out: list[str] = []
        self._opted_in_at: dict[str, datetime] = {}
        self.attributes = dict(ATTRIBUTES)
        self.sandbox = False
        self.self_managed = True
        self.numbers: list[str] = list(NUMBERS)

    def reset(self) -> None:
        """Be a new account again."""
        with self._lock:
            self._forget()
            self._journal.clear()
            self.throttle, self.calls = {}, {}

    def change(self, wanted: Mapping[str, Any]) -> None:
        """Change what the account is, as a person or a carrier would behind Amazon's calls.

        opt_out and opt_in are lists of numbers, as if their owners had texted; attributes, sandbox,
        self_managed and numbers replace what was; throttle counts further calls by action.
        """
        with self._lock:
            self.throttle |= dict(wanted.get("throttle", {}))
            kept = {
                name: wanted[name]
                for name in (
                    *("opt_out", "opt_in", "attributes"),
                    *("sandbox", "self_managed", "numbers"),
                )
                if name in wanted
            }
            if kept:
                self._record(kept)

    def answer(self, action: str, fields: Mapping[str, str]) -> tuple[int, str] | None:
        """Return status and XML of a call that is answered here, None for what moto knows."""
        call = {
            "ListPhoneNumbersOptedOut": self._list,
            "CheckIfPhoneNumberIsOptedOut": self._check,
            "OptInPhoneNumber": self._opt_in,
            "GetSMSAttributes": self._get_attributes,
            "SetSMSAttributes": self._set_attributes,
            "GetSMSSandboxAccountStatus": self._sandbox,
            "ListOriginationNumbers": self._list_numbers,
        }.get(action)
        if call is None:
            return None
        with self._lock:
            self.calls[action] = self.calls.get(action, 0) + 1
            try:
                if self.throttle.get(action, 0) > 0:
                    self.throttle[action] -= 1
                    raise Refusal("Throttled", 429, "Rate exceeded")
                body = call(fields)
            except Refusal as refusal:
                return refusal.status, _error(refusal)
        return 200, (
            f'<{action}Response xmlns="http://sns.amazonaws.com/doc/2010-03-31/">'
            f"<{action}Result>{body}</{action}Result>"
            f"<ResponseMetadata><RequestId>{uuid.uuid4()}</RequestId></ResponseMetadata>"
            f"</{action}Response>"
        )

    def described_numbers(self) -> str:
        """Return what DescribePhoneNumbers of End User Messaging says, as JSON."""
        return json.dumps(
            {
                "PhoneNumbers": [
                    {
                        "PhoneNumber": number,
                        "Status": "ACTIVE",
                        "IsoCountryCode": "US",
                        "MessageType": "PROMOTIONAL",
                        "NumberCapabilities": ["SMS"],
                        "NumberType": "LONG_CODE" if number.startswith("+") else "SHORT_CODE",
                        "MonthlyLeasingPrice": "0",
                        "TwoWayEnabled": True,
                        "SelfManagedOptOutsEnabled": self.self_managed,
                        "OptOutListName": "Default",
                        "DeletionProtectionEnabled": False,
                        "CreatedTimestamp": 1_760_000_000,
                    }
                    for number in self.numbers
                ]
            }
        )

    def _list(self, fields: Mapping[str, str]) -> str:
        start = self._start(fields.get("nextToken", ""))
        page = self.opted_out[start : start + PER_PAGE]
        members = "".join(f"<member>{number}</member>" for number in page)
        token = self._token(start + PER_PAGE) if len(self.opted_out) > start + PER_PAGE else ""
        return f"<phoneNumbers>{members}</phoneNumbers>" + (
            f"<nextToken>{token}</nextToken>" if token else ""
        )

    def _check(self, fields: Mapping[str, str]) -> str:
        listed = _number(fields) in self.opted_out
        return f"<isOptedOut>{str(listed).lower()}</isOptedOut>"

    def _opt_in(self, fields: Mapping[str, str]) -> str:
        number = _number(fields)
        last = self._opted_in_at.get(number)
        if last and self._now() < last + BETWEEN_OPT_INS and number in self.opted_out:
            raise Refusal("InvalidParameter", 400, "Invalid parameter: phone number cannot opt in")
        self._record({"opt_in": [number], "by_call_at": self._now().isoformat()})
        return ""

    def _get_attributes(self, fields: Mapping[str, str]) -> str:
        asked = {value for name, value in fields.items() if name.startswith("attributes.member.")}
        entries = "".join(
            f"<entry><key>{name}</key><value>{escape(value)}</value></entry>"
            for name, value in self.attributes.items()
            if not asked or name in asked
        )
        return f"<attributes>{entries}</attributes>"

    def _set_attributes(self, fields: Mapping[str, str]) -> str:
        given = dict(_entries(fields))
        unknown = set(given) - KNOWN_ATTRIBUTES
        if unknown or not given:
            raise Refusal("InvalidParameter", 400, "Invalid parameter: attributes")
        self._record({"attributes": given})
        return ""

    def _sandbox(self, fields: Mapping[str, str]) -> str:
        return f"<IsInSandbox>{str(self.sandbox).lower()}</IsInSandbox>"

    def _list_numbers(self, fields: Mapping[str, str]) -> str:
        start = self._start(fields.get("NextToken", ""))
        most = int(fields.get("MaxResults", "20"))
        members = "".join(
            "<member><CreatedAt>2025-10-09T08:53:20Z</CreatedAt>"
            f"<PhoneNumber>{number}</PhoneNumber><Status>ACTIVE</Status>"
            "<Iso2CountryCode>US</Iso2CountryCode><RouteType>Promotional</RouteType>"
            "<NumberCapabilities><member>SMS</member></NumberCapabilities></member>"
            for number in self.numbers[start : start + most]
        )
        more = len(self.numbers) > start + most
        token = f"<NextToken>{self._token(start + most)}</NextToken>" if more else ""
        return f"<PhoneNumbers>{members}</PhoneNumbers>{token}"

    def _start(self, token: str) -> int:
        if token and token not in self._tokens:
            raise Refusal("InvalidParameter", 400, "Invalid parameter: token")
        return self._tokens.get(token, 0)

    def _token(self, start: int) -> str:
        token = uuid.uuid4().hex
        self._tokens[token] = start
        return token

    def _record(self, entry: dict[str, Any]) -> None:
        self._journal.write(entry)
        self._apply(entry)

    def _apply(self, entry: Mapping[str, Any]) -> None:
        known = set(self.opted_out)
        self.opted_out += [each for each in entry.get("opt_out", ()) if each not in known]
        gone = set(entry.get("opt_in", ()))
        if gone:
            self.opted_out = [each for each in self.opted_out if each not in gone]
        if "by_call_at" in entry:
            at = datetime.fromisoformat(entry["by_call_at"])
            self._opted_in_at |= dict.fromkeys(gone, at)
        self.attributes |= entry.get("attributes", {})
        self.attributes = {name: value for name, value in self.attributes.items() if value != ""}
        self.sandbox = bool(entry.get("sandbox", self.sandbox))
        self.self_managed = bool(entry.get("self_managed", self.self_managed))
        self.numbers = list(entry.get("numbers", self.numbers))


def _number(fields: Mapping[str, str]) -> str:
    number = fields.get("phoneNumber", "")
    if not (number.startswith("+") and number[1:].isdigit() and 7 <= len(number) <= 16):
        raise Refusal("InvalidParameter", 400, "Invalid parameter: PhoneNumber")
    return number


def _entries(fields: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for key, name in fields.items():
        if key.startswith("attributes.entry.") and key.endswith(".key"):
            yield name, fields.get(f"{key[: -len('key')]}value", "")


def _error(refusal: Refusal) -> str:
    return (
        '<ErrorResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><Error>'
        f"<Type>Sender</Type><Code>{refusal.code}</Code><Message>{refusal.words}</Message>"
        f"</Error><RequestId>{uuid.uuid4()}</RequestId></ErrorResponse>"
    )
