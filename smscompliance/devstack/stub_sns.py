"""A stub of Amazon SNS on a real socket that can be slow, cut the line, refuse or lie."""

import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

Behaviour = Callable[[str, int], str]

TAKEN = """<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishResult>
<MessageId>{id}</MessageId></PublishResult><ResponseMetadata><RequestId>r</RequestId>
</ResponseMetadata></PublishResponse>"""
REFUSED = """<ErrorResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><Error>
<Type>Sender</Type><Code>{code}</Code><Message>As told</Message></Error><RequestId>r</RequestId>
</ErrorResponse>"""


class StubSns:
    """Answer every Publish as `behaviour` says, and count the POSTs of each text.

    `behaviour(phone, nth)` gets the phone and how many POSTs there were before this one. It
    returns "" to take the text, "cut" to take it and hang up, "slow" to take it and never answer,
    or "500 InternalError", "400 Throttling" and the like: a status and a code. `posted` are the
    heads and bodies as they came.
    """

    def __init__(self, port: int = 0) -> None:
        self.behaviour: Behaviour = lambda phone, nth: ""
        self.delay = 0.0
        self.posts: Counter[tuple[str, str]] = Counter()
        self.taken: Counter[tuple[str, str]] = Counter()
        self.arrivals: list[tuple[float, str]] = []
        self.requests: list[dict[str, str]] = []
        self.posted: list[tuple[dict[str, str], bytes]] = []
        self._lock = threading.Lock()
        self._open = threading.Event()
        self._server = _Server(("127.0.0.1", port), _answers_of(self))
        self.address = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        """Let go of those who wait, and close the socket."""
        self._open.set()
        self._server.shutdown()
        self._server.server_close()

    def note(self, fields: dict[str, str]) -> str:
        """Count one POST; return what to do with it."""
        text = (fields["PhoneNumber"], fields["Message"])
        with self._lock:
            nth = len(self.arrivals)
            self.posts[text] += 1
            self.arrivals.append((time.time(), text[0]))
            self.requests.append(fields)
            what = self.behaviour(text[0], nth)
            if not what.startswith("4"):
                self.taken[text] += 1
        if self.delay:
            time.sleep(self.delay)
        if what == "slow":
            self._open.wait(30)
        return what


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of workers that were killed in mid-sentence."""


def _answers_of(stub: StubSns) -> type[BaseHTTPRequestHandler]:
    class Answers(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            stub.posted.append((dict(self.headers.items()), body))
            fields = {name: values[0] for name, values in parse_qs(body.decode()).items()}
            what = stub.note(fields)
            if what in {"cut", "slow"}:
                self.close_connection = True
                return
            status, _, code = what.partition(" ")
            page = REFUSED.format(code=code) if what else TAKEN.format(id=uuid.uuid4())
            self.send_response(int(status or 200))
            self.send_header("Content-Type", "text/xml")
            self.send_header("Content-Length", str(len(page.encode())))
            self.end_headers()
            self.wfile.write(page.encode())

        def log_message(self, *_: object) -> None:
            pass

    return Answers
