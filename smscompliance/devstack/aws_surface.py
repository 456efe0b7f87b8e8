"""What the AWS stand-in offers beside Amazon's calls: /devstack/, for this machine only."""

import io
import json
import re
import uuid
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from werkzeug.wrappers import Request, Response

from smscompliance.devstack.aws_eum import TARGET, send_text_message
from smscompliance.devstack.handsets import Answer, Handset

if TYPE_CHECKING:
    from smscompliance.devstack.aws import StandIn

LOOPBACK = frozenset(("127.0.0.1", "localhost", "::1"))
MESSAGE_ID = re.compile(rb"<MessageId>([^<]+)</MessageId>")
E164 = re.compile(r"\+[1-9][0-9]{6,14}")
PAGE = 500
DESCRIBES_NUMBERS = "PinpointSMSVoiceV2.DescribePhoneNumbers"
AMAZON_JSON = "application/x-amz-json-1.0"


class Surface:
    """Answer /devstack/ and pass all else to moto, keeping a copy of every text to a phone."""

    def __init__(self, stand_in: "StandIn", moto: Callable[..., Iterable[bytes]]) -> None:
        self._stand_in, self._moto = stand_in, moto

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if not _is_local(environ):
            return _fault(403, "This address answers to its own machine only.")(
                environ, start_response
            )
        path = environ.get("PATH_INFO", "")
        if path.startswith("/devstack/"):
            return self._answer(Request(environ), path)(environ, start_response)
        if "/logs/" in environ.get("HTTP_AUTHORIZATION", ""):
            with self._stand_in.carrier.lock:
                return list(self._moto(environ, start_response))
        if environ.get("HTTP_X_AMZ_TARGET") == TARGET:
            return send_text_message(Request(environ), self._stand_in)(environ, start_response)
        if environ["REQUEST_METHOD"] == "POST" and path == "/":
            if environ.get("HTTP_X_AMZ_TARGET", "") == DESCRIBES_NUMBERS:
                described = self._stand_in.account.described_numbers()
                return Response(described, content_type=AMAZON_JSON)(environ, start_response)
            return self._tee(environ, start_response)
        return self._moto(environ, start_response)

    def _tee(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Pass a call on and keep the text if it was a publish to a phone that moto accepted."""
        request = Request(environ)
        body = request.get_data(cache=False)
        environ["wsgi.input"] = io.BytesIO(body)
        answered = self._by_the_account(body)
        if answered is not None:
            return answered(environ, start_response)
        if b"Action=Publish&" not in body or b"PhoneNumber=" not in body:
            return self._moto(environ, start_response)
        at = self._stand_in.now()
        status: list[str] = []

        def note_status(line: str, headers: Any, exc_info: Any = None) -> Any:
            status.append(line)
            return start_response(line, headers, exc_info)

        answer = b"".join(self._moto(environ, note_status))
        found = MESSAGE_ID.search(answer)
        if found and status[0].startswith("200"):
            fields = dict(parse_qsl(body.decode(), keep_blank_values=True))
            self._stand_in.text_published(
                at, found[1].decode(), fields["PhoneNumber"], fields["Message"], _attributes(fields)
            )
        return [answer]

    def _by_the_account(self, body: bytes) -> Response | None:
        """Answer the calls about the account, which moto lacks or gets wrong."""
        if not body.startswith(b"Action="):
            return None
        fields = dict(parse_qsl(body.decode(), keep_blank_values=True))
        found = self._stand_in.account.answer(fields["Action"], fields)
        if found is None:
            return None
        return Response(found[1], status=found[0], content_type="text/xml")

    def _answer(self, request: Request, path: str) -> Response:
        views = {
            ("GET", "/devstack/health"): self._health,
            ("GET", "/devstack/texts"): self._texts,
            ("GET", "/devstack/handsets"): self._handsets,
            ("POST", "/devstack/handsets"): self._pick_up,
            ("POST", "/devstack/handsets/search"): self._search,
            ("POST", "/devstack/replies"): self._reply,
            ("POST", "/devstack/reset"): self._reset,
            ("POST", "/devstack/account"): self._account,
        }
        view = views.get((request.method, path))
        if view is None:
            return _fault(404, "There is no such page here.")
        try:
            return view(request)
        except (KeyError, TypeError, ValueError) as mistake:
            return _fault(400, f"Not understood: {type(mistake).__name__}.")

    def _health(self, request: Request) -> Response:
        if not self._stand_in.ready.is_set():
            return _fault(503, "Starting.")
        return _json(
            {
                "inbound_queue_url": self._stand_in.queue_url,
                "inbound_topic_arn": self._stand_in.topic_arn,
                "log_groups": self._stand_in.carrier.groups,
            }
        )

    def _texts(self, request: Request) -> Response:
        after, limit = (int(request.args.get(*at)) for at in (("after", "0"), ("limit", "200")))
        found = self._stand_in.handsets.texts_after(after, max(1, min(limit, PAGE)))
        shown = [{key: text[key] for key in text if key != "kind"} for text in found]
        return _json({"texts": shown, "n": self._stand_in.handsets.n})

    def _handsets(self, request: Request) -> Response:
        ids = tuple(int(one) for one in request.args.get("ids", "").split(",") if one)
        return self._show(int(request.args.get("limit", "12")), ids=ids)

    def _search(self, request: Request) -> Response:
        wanted = request.get_json()
        return self._show(int(wanted.get("limit", 12)), ending=str(wanted["ending"]))

    def _show(self, limit: int, ending: str = "", ids: tuple[int, ...] = ()) -> Response:
        handsets = self._stand_in.handsets
        found = handsets.shown(max(1, min(limit, PAGE)), ending, ids)
        return _json(
            {
                "n": handsets.n,
                "count": handsets.count(),
                "handsets": [_handset(one) for one in found],
                "answers": [
                    {"name": answer.name.lower(), "words": answer.value} for answer in Answer
                ],
            }
        )

    def _pick_up(self, request: Request) -> Response:
        """Take a phone in hand: by its number, or by its id to change what its carrier answers."""
        wanted = request.get_json()
        answer = Answer[wanted["answer"].upper()] if wanted.get("answer") else None
        number = wanted.get("phone_number") or self._number_of(wanted["id"])
        if not E164.fullmatch(number):
            raise ValueError
        return _json(_handset(self._stand_in.handsets.pick_up(number, answer)))

    def _number_of(self, handset_id: int) -> str:
        handset = self._stand_in.handsets.by_id(int(handset_id))
        if handset is None:
            raise KeyError
        return handset.number

    def _reply(self, request: Request) -> Response:
        """Send a reply from a phone (`from` a number, or `handset` an id) as Amazon would."""
        wanted = request.get_json()
        sender = wanted.get("from") or self._number_of(wanted["handset"])
        if not E164.fullmatch(sender):
            raise ValueError
        payload = {
            "originationNumber": sender,
            "destinationNumber": str(wanted["to"]),
            "messageKeyword": "KEYWORD_UNSPECIFIED",
            "messageBody": str(wanted["body"]),
            "inboundMessageId": str(wanted.get("inbound_message_id") or uuid.uuid4()),
        }
        if wanted.get("previous_message_id"):
            payload["previousPublishedMessageId"] = str(wanted["previous_message_id"])
        entry = self._stand_in.reply(payload, times=max(1, min(int(wanted.get("times", 1)), 20)))
        return _json({"inbound_message_id": payload["inboundMessageId"], "n": entry["n"]})

    def _account(self, request: Request) -> Response:
        """Change the account at Amazon: `AmazonAccount.change` tells what can be; show it."""
        account = self._stand_in.account
        account.change(request.get_json())
        return _json({"opted_out": account.opted_out, "calls": account.calls})

    def _reset(self, request: Request) -> Response:
        self._stand_in.reset((request.get_json(silent=True) or {}).get("clock_file"))
        return self._health(request)


def _handset(handset: Handset) -> dict[str, Any]:
    conversations: dict[str, list[dict[str, Any]]] = {}
    for entry in handset.entries[-200:]:
        if entry["kind"] == "reply":
            other, body = entry["payload"]["destinationNumber"], entry["payload"]["messageBody"]
            mine = True
        else:
            attributes = entry["attributes"]
            other = attributes.get("AWS.MM.SMS.OriginationNumber") or attributes.get(
                "AWS.SNS.SMS.SenderID", ""
            )
            body, mine = entry["message"], False
        conversations.setdefault(other, []).append(
            {"n": entry["n"], "at": entry["at"], "body": body, "mine": mine,
             "message_id": entry.get("message_id", ""), "answer": entry.get("answer", ""),
             "arrived": mine or Answer(entry["answer"]).arrives}
        )  # fmt: skip
    newest_first = sorted(conversations.items(), key=lambda item: item[1][-1]["n"], reverse=True)
    return {
        "id": handset.id,
        "phone_number": handset.number,
        "answer": handset.answer.name.lower(),
        "in_hand": handset.in_hand,
        "last": handset.last,
        "conversations": [{"with": other, "entries": said} for other, said in newest_first],
    }


def _attributes(fields: dict[str, str]) -> dict[str, str]:
    """Read the message attributes out of a query-protocol publish."""
    prefix = "MessageAttributes.entry."
    return {
        name: fields.get(f"{key[: -len('Name')]}Value.StringValue", "")
        for key, name in fields.items()
        if key.startswith(prefix) and key.endswith(".Name")
    }


def _is_local(environ: dict[str, Any]) -> bool:
    """Refuse other machines' names, so that no web page elsewhere can read or send texts here."""
    host = urlsplit(f"//{environ.get('HTTP_HOST', '')}").hostname
    origin = environ.get("HTTP_ORIGIN")
    return host in LOOPBACK and (not origin or urlsplit(origin).hostname in LOOPBACK)


def _json(content: dict[str, Any]) -> Response:
    return Response(json.dumps(content), content_type="application/json")


def _fault(status: int, words: str) -> Response:
    answer = _json({"error": words})
    answer.status_code = status
    return answer
