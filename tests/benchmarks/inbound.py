"""Replies coming in: signed requests against a bare view, the queue, and STOP in a busy hour.

A request is answered, and a message deleted from the queue, once its text is committed; a reader
in a process of its own acts on it. Requests are measured with that reader busy beside them, as it
is beside the bare view; how fast it reads is measured by itself.

`REPLIES=200 make bench ARGS=inbound` sends fewer than a thousand of each sort.
"""

import http.client
import json
import logging
import os
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from django.conf import settings
from django.test import override_settings

from campaigns import audience, tasks
from campaigns.inbound.sqs import Consumer
from campaigns.models import DeadLetter, InboundText, Message, Reply
from campaigns.vocabulary import MessageKind
from consent.models import OptInEvent
from consent.vocabulary import EventKind
from smscompliance.devstack import demo_clock
from smscompliance.devstack.ports import any_free
from tests import builders as make
from tests.campaigns.inbound.amazon import TOPIC, Amazon, a_notification, a_payload, as_body
from tests.embedded import servers
from tests.processes import AwsStandIn, RunningBeat, RunningProcess, RunningWorker

REPLIES = int(os.environ.get("REPLIES", "1000"))
READER = ("-m", "tests.benchmarks.inbound_reader")
AT_ONCE = 4  # requests in flight, as SNS has several
BLOCKS = 5  # both views take turns, so that neither has the quieter machine
STOPS_WHILE_SENDING = 40
CAMPAIGN = 4000


def measure() -> dict[str, float]:
    """Measure each road by itself, then one of them beside a campaign at full speed."""
    clock_file = Path(tempfile.mkdtemp()) / "clock"
    demo_clock.open_for_business(clock_file)
    with override_settings(CLOCK_FILE=str(clock_file)):
        topic = make.a_topic("example-inbound")
        number = make.a_number(topic, number="55555", parts_per_second=1000)
        return {**_over_https(topic), **_over_sqs(topic, number)}


class _Site(RunningProcess):
    """Gunicorn as in production, with the bare view beside ours."""

    def __init__(self, port: int) -> None:
        self.port = port
        super().__init__(
            "inbound-site",
            *("-m", "gunicorn", "tests.benchmarks.inbound_site:application"),
            *("--bind", f"127.0.0.1:{port}", "--worker-class", "gthread"),
            *("--workers", "2", "--threads", "4", "--keep-alive", "60", "--no-control-socket"),
        )

    def is_ready(self) -> bool:
        """Say whether it answers."""
        try:
            return _post(http.client.HTTPConnection("127.0.0.1", self.port), "/bare/", b"")[0] > 0
        except OSError:
            return False


def _over_https(topic) -> dict[str, float]:
    amazon = Amazon()
    members = iter(make.many_opted_in_contacts(topic, REPLIES + AT_ONCE, first=100_000))
    os.environ["INBOUND_TOPIC_ARNS"] = TOPIC
    with override_settings(AWS_ENDPOINT_URL=amazon.address):
        site, reader = _Site(any_free()), RunningProcess("reader", *READER)
        site.start()
        reader.start()
        try:
            stops = [_signed(next(members).number, "STOP") for _ in range(REPLIES)]
            others = [_signed(_stranger(n), "who is this?") for n in range(REPLIES)]
            bares = [_signed(_stranger(n), "STOP") for n in range(2 * REPLIES)]
            warm = [_signed(next(members).number, "STOP") for _ in range(AT_ONCE)]
            _send(site, "/inbound/sns/", warm)
            _send(site, "/bare/", [_signed(_stranger(0), "STOP") for _ in range(AT_ONCE)])
            _until(lambda: not InboundText.objects.exists())  # the reader is at work
            found: dict[str, list[float]] = {"stop": [], "other": [], "bare": []}
            took = dict.fromkeys(found, 0.0)
            size = REPLIES // BLOCKS
            for block in range(BLOCKS):
                part = slice(block * size, (block + 1) * size)
                for name, path, bodies in (
                    ("bare", "/bare/", bares[part]),
                    ("stop", "/inbound/sns/", stops[part]),
                    ("other", "/inbound/sns/", others[part]),
                ):
                    begun = time.perf_counter()
                    found[name] += _send(site, path, bodies)
                    took[name] += time.perf_counter() - begun
            busy = InboundText.objects.count()
            begun = time.perf_counter()
            _until(lambda: not InboundText.objects.exists(), within=600)
            reading = time.perf_counter() - begun
        finally:
            reader.stop()
            site.stop()
            amazon.stop()
            del os.environ["INBOUND_TOPIC_ARNS"]
    rates = {name: len(times) / took[name] for name, times in found.items()}
    left = OptInEvent.objects.filter(kind=EventKind.OPTED_OUT).count()
    assert left == size * BLOCKS + AT_ONCE, left
    assert DeadLetter.objects.count() == size * BLOCKS + AT_ONCE
    assert Reply.objects.count() == 2 * size * BLOCKS + AT_ONCE
    return {
        "signed_stops_per_s": rates["stop"],
        "signed_others_per_s": rates["other"],
        "bare_view_per_s": rates["bare"],
        "rate_vs_bare_view": rates["stop"] / rates["bare"],
        "others_rate_vs_bare_view": rates["other"] / rates["bare"],
        "signed_stop_p50_ms": _percentile(found["stop"], 0.50) * 1000,
        "signed_stop_p99_ms": _percentile(found["stop"], 0.99) * 1000,
        "bare_view_p99_ms": _percentile(found["bare"], 0.99) * 1000,
        "unread_after_the_last_request": float(busy),
        "reader_replies_per_s": busy / reading,
        "refusals_per_s": _refusals(),
    }


def _refusals() -> float:
    """Return how many forged requests are refused in a second, in this process, unsent."""
    from django.test import Client

    forged = json.loads(_signed(_stranger(1), "STOP"))
    forged["Message"] += " "
    amazon = Amazon()
    logging.disable()  # a line for each would be what is measured
    try:
        with override_settings(AWS_ENDPOINT_URL=amazon.address, INBOUND_TOPIC_ARNS=[TOPIC]):
            client, body = Client(), as_body(forged)
            answers = []
            begun = time.perf_counter()
            for _ in range(200):
                answers.append(client.post("/inbound/sns/", body, "text/plain").status_code)
            took = time.perf_counter() - begun
    finally:
        logging.disable(logging.NOTSET)
        amazon.stop()
    assert set(answers) == {403}
    return 200 / took


def _over_sqs(topic, number) -> dict[str, float]:
    aws = AwsStandIn(settings.AWS_ENDPOINT_URL, Path(tempfile.mkdtemp(dir=servers()["home"])))
    try:
        with override_settings(INBOUND_QUEUE_URL=aws.queue_url):
            members = make.many_opted_in_contacts(topic, REPLIES, first=300_000)
            for member in members:
                aws.reply(member.number, number.number, "STOP")
            before, taken = Reply.objects.count(), 0
            consumer = Consumer(wait=1)
            begun = time.perf_counter()
            while taken < REPLIES:
                taken += consumer.round(1)
            kept = time.perf_counter() - begun
            consumer.read()
            drained = time.perf_counter() - begun
            assert taken == REPLIES == Reply.objects.count() - before
            delays, rate = _while_sending(aws, topic, number)
    finally:
        aws.stop()
    return {
        "sqs_messages_kept_per_s": taken / kept,
        "sqs_messages_kept_and_then_read_per_s": taken / drained,
        "stop_while_sending_p50_s": _percentile(delays, 0.50),
        "stop_while_sending_worst_s": max(delays),
        "sending_meanwhile_messages_per_s": rate,
    }


def _while_sending(aws: AwsStandIn, topic, number) -> tuple[list[float], float]:
    """Return how long each STOP took from the topic to the ledger, and how fast was sent."""
    make.many_opted_in_contacts(topic, CAMPAIGN, first=500_000)
    first, *leaving = make.many_opted_in_contacts(topic, STOPS_WHILE_SENDING + 1, first=700_000)
    Message.objects.filter(kind=MessageKind.STOP_CONFIRMATION).update(status="cancelled")
    campaign = make.an_approved_campaign(topic, number, text="Example Corp.: busy.")
    assert audience.start(campaign.pk)
    audience.freeze(campaign.pk)
    running = [
        RunningWorker(),
        RunningBeat(),
        RunningProcess("consumer", "manage.py", "consume_replies"),
    ]
    delays = []
    try:
        for process in running:
            process.start()
        tasks.send_due.delay(number.pk)
        _until(lambda: _accepted(campaign) > 50)
        aws.reply(first.number, number.number, "STOP")
        _until(lambda: _has_left(first))  # the consumer is at work
        begun, at_first = time.perf_counter(), _accepted(campaign)
        for member in leaving:
            published = time.perf_counter()
            aws.reply(member.number, number.number, "STOP")
            _until(lambda member=member: _has_left(member))
            delays.append(time.perf_counter() - published)
        took = time.perf_counter() - begun
        sent = _accepted(campaign) - at_first
    finally:
        for process in reversed(running):
            process.stop()
    assert sent > 0, "the campaign was over before the first STOP"
    return delays, sent / took


def _has_left(member) -> bool:
    return OptInEvent.objects.filter(contact=member, kind=EventKind.OPTED_OUT).exists()


def _accepted(campaign) -> int:
    return campaign.messages.filter(status="accepted").count()


def _until(what: Callable[[], bool], within: float = 90) -> None:
    ends = time.monotonic() + within
    while not what():
        assert time.monotonic() < ends, "nothing came of it"
        time.sleep(0.01)


def _send(site: _Site, path: str, bodies: Sequence[bytes]) -> list[float]:
    """Send all, a few at a time over open lines; return the seconds that each answer took."""
    lines = threading.local()

    def one(body: bytes) -> float:
        if not hasattr(lines, "open"):
            lines.open = http.client.HTTPConnection("127.0.0.1", site.port)
        begun = time.perf_counter()
        status, _ = _post(lines.open, path, body)
        assert status == 200, status
        return time.perf_counter() - begun

    with ThreadPoolExecutor(AT_ONCE) as threads:
        return list(threads.map(one, bodies))


def _post(line: http.client.HTTPConnection, path: str, body: bytes) -> tuple[int, bytes]:
    line.request("POST", path, body, {"Content-Type": "text/plain; charset=UTF-8"})
    answer = line.getresponse()
    return answer.status, answer.read()


def _signed(sender: str, said: str) -> bytes:
    payload = a_payload(sender, said, destinationNumber="55555", inboundMessageId=str(uuid.uuid4()))
    return as_body(a_notification(payload))


def _stranger(serial: int) -> str:
    return f"+1646{5000000 + serial}"


def _percentile(values: Sequence[float], part: float) -> float:
    return sorted(values)[min(int(len(values) * part), len(values) - 1)]
