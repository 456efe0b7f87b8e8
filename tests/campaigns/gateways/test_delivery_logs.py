"""Paging through CloudWatch: an empty page with a token is not the end."""

import json
import threading
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from campaigns.gateways import delivery_logs
from campaigns.gateways.reads import AmazonFault

EVENT = {"eventId": "e-1", "timestamp": 1_767_225_600_123, "message": "{}"}
START, END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC)


@pytest.fixture
def logs(settings):
    """A CloudWatch that gives the pages in `pages`, one a call, and keeps what was asked."""

    class Answer(BaseHTTPRequestHandler):
        def do_POST(self):
            length = int(self.headers["Content-Length"])
            server.asked.append(json.loads(self.rfile.read(length)))
            status, page = server.pages.pop(0)
            body = json.dumps(page).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/x-amz-json-1.1")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    server.pages, server.asked = [], []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.AWS_ENDPOINT_URL = f"http://127.0.0.1:{server.server_port}"
    yield server
    server.shutdown()
    server.server_close()


def test_empty_pages_are_followed_until_there_is_no_token(logs):
    logs.pages = [
        (200, {"events": [], "nextToken": "a"}),
        (200, {"events": [], "nextToken": "b"}),
        (200, {"events": [EVENT], "nextToken": "c"}),
        (200, {"events": []}),
    ]
    found = list(delivery_logs.pages("group", START, END))
    assert [[each.event_id for each in page] for page in found] == [[], [], ["e-1"], []]
    assert found[2][0].at == datetime(2026, 1, 1, 0, 0, 0, 123000, tzinfo=UTC)
    assert [each.get("nextToken") for each in logs.asked] == [None, "a", "b", "c"]
    assert {each["startTime"] for each in logs.asked} == {int(START.timestamp() * 1000)}


def test_a_fault_of_amazons_is_asked_again_and_then_named(logs):
    away = (500, {"__type": "ServiceUnavailableException", "message": "later"})
    logs.pages = [away, (200, {"events": [EVENT]})]
    assert [len(page) for page in delivery_logs.pages("group", START, END)] == [1]
    logs.pages = [(400, {"__type": "AccessDeniedException", "message": "+12125550100 may not"})]
    with pytest.raises(AmazonFault) as refused:
        list(delivery_logs.pages("group", START, END))
    assert str(refused.value) == "AccessDeniedException"


def test_an_event_shows_no_number_in_a_log():
    event = delivery_logs.LogEvent("e-1", START, '{"destination": "+12125550100"}')
    assert repr(event) == "LogEvent(...)"
