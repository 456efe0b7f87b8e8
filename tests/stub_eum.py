"""A stub of AWS End User Messaging on a real socket: JSON 1.0, shaped by botocore's own model."""

import json
import threading
import uuid
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TARGET = "PinpointSMSVoiceV2.SendTextMessage"

Answer = Callable[[dict[str, Any]], str]


class StubEum:
    """Answer every SendTextMessage as `behaviour` says, and keep what was asked.

    `behaviour(request)` returns "" to take the text, "cut" to take it and hang up, "slow" to take
    it and never answer, or a status, a code and a reason: "400 ConflictException SOME_REASON".
    """

    def __init__(self) -> None:
        self.behaviour: Answer = lambda request: ""
        self.requests: list[dict[str, Any]] = []
        self._open = threading.Event()
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _answering(self))
        self._server.daemon_threads = True
        self.address = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        """Let go of those who wait, and close the socket."""
        self._open.set()
        self._server.shutdown()
        self._server.server_close()

    def note(self, request: dict[str, Any]) -> str:
        """Keep one POST; return what to do with it."""
        with self._lock:
            self.requests.append(request)
            what = self.behaviour(request)
        if what == "slow":
            self._open.wait(30)
        return what


def _answering(stub: StubEum) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers["X-Amz-Target"] != TARGET:
                return self._say(400, {"__type": "UnknownOperationException"})
            what = stub.note(json.loads(body))
            if what in {"cut", "slow"}:
                self.close_connection = True
                return None
            if not what:
                return self._say(200, {"MessageId": str(uuid.uuid4())})
            status, code, *reason = what.split()
            return self._say(
                int(status),
                {"__type": code, "Message": "As told"} | ({"Reason": reason[0]} if reason else {}),
            )

        def _say(self, status: int, content: dict[str, str]) -> None:
            page = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/x-amz-json-1.0")
            self.send_header("Content-Length", str(len(page)))
            self.end_headers()
            self.wfile.write(page)

        def log_message(self, *_: object) -> None:
            pass

    return Handler
