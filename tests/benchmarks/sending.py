"""Sending: ours with everything on beside bare boto3, against a stub in a process of its own.

`SENT=4000 python -m tests.benchmarks sending`. CPU is this process's own, without PostgreSQL and
the stub, whose share is told apart.
"""

import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import psutil
from boto3.session import Session
from botocore.config import Config
from django.conf import settings
from django.db import connection
from django.test import override_settings

from campaigns import sending
from campaigns.models import Message, SendAttempt
from campaigns.vocabulary import MessageStatus
from smscompliance.devstack import demo_clock
from tests import builders as make
from tests.benchmarks import clearance
from tests.embedded import ROOT

SENT = int(os.environ.get("SENT", "4000"))
LOOP_SHARE = 8  # the bare loop sends fewer at 50 ms: it has one text on its way at a time
LATENCIES = (0, 50)  # ms
ATTRIBUTES = {
    "AWS.SNS.SMS.SMSType": {"DataType": "String", "StringValue": "Promotional"},
    "AWS.MM.SMS.OriginationNumber": {"DataType": "String", "StringValue": "12345"},
}
WORDS = "Example Corp.: hello."
AT_ONCE = 100_000  # parts a second: as good as no pacing


def measure() -> dict[str, float]:
    """Send as many texts each way, at no latency and at 50 ms; return rates, CPU and ratios."""
    clock_file = Path(tempfile.mkdtemp()) / "clock"
    demo_clock.open_for_business(clock_file)
    found: dict[str, float] = {"messages": SENT, "threads": settings.SEND_THREADS}
    # The whole way from an approved campaign to its message rows, as that section measures it
    frozen = clearance.measure()
    found["frozen_recipients"] = frozen["recipients"]
    found["freeze_time_vs_insert_select"] = frozen["bulk_time_vs_insert_select"]
    with override_settings(CLOCK_FILE=str(clock_file)):
        for latency in LATENCIES:
            with a_stub(latency) as address:
                client = _client(address)
                few = SENT // LOOP_SHARE if latency else SENT
                ways: dict[str, tuple[int, Callable[[int], None]]] = {
                    "boto3_loop": (few, lambda count, to=client: _loop(to, count)),
                    "boto3_threads": (SENT, lambda count, to=client: _threads(to, count)),
                    "ours": (SENT, _prepare_ours(address, SENT)),
                }
                for name, (count, way) in ways.items():
                    before = _postgres_cpu()
                    with override_settings(AWS_ENDPOINT_URL=address):
                        rate, cpu = _timed(way, count)
                    found[f"{name}_{latency}ms_per_s"] = rate
                    found[f"{name}_{latency}ms_cpu_us"] = cpu
                    if name == "ours":
                        spent = (_postgres_cpu() - before) / count * 1e6
                        found[f"{name}_{latency}ms_postgres_us"] = spent
    found |= {
        "rate_vs_boto3_threads_0ms": found["ours_0ms_per_s"] / found["boto3_threads_0ms_per_s"],
        "rate_vs_boto3_threads_50ms": found["ours_50ms_per_s"] / found["boto3_threads_50ms_per_s"],
        "cpu_vs_boto3": found["ours_0ms_cpu_us"] / found["boto3_threads_0ms_cpu_us"],
        "cpu_vs_boto3_loop": found["ours_0ms_cpu_us"] / found["boto3_loop_0ms_cpu_us"],
        "cpu_vs_boto3_50ms": found["ours_50ms_cpu_us"] / found["boto3_threads_50ms_cpu_us"],
    }
    return found


@contextmanager
def a_stub(latency: int) -> Iterator[str]:
    """Run the fast stub; give its address."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.benchmarks.fast_sns", str(latency)],
        stdout=subprocess.PIPE,
        cwd=ROOT,
        text=True,
    )
    try:
        assert process.stdout
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
    finally:
        process.kill()
        process.wait()


def _client(address: str):
    return Session().client(
        "sns",
        region_name="us-east-1",
        endpoint_url=address,
        config=Config(
            retries={"total_max_attempts": 1, "mode": "standard"},
            max_pool_connections=settings.SEND_THREADS,
        ),
    )


def _publish(client, number: int) -> None:
    client.publish(
        PhoneNumber=f"+1212{7000000 + number}", Message=WORDS, MessageAttributes=ATTRIBUTES
    )


def _loop(client, count: int) -> None:
    for number in range(count):
        _publish(client, number)


def _threads(client, count: int) -> None:
    with ThreadPoolExecutor(settings.SEND_THREADS) as threads:
        list(threads.map(lambda number: _publish(client, number), range(count)))


def _prepare_ours(address: str, count: int) -> Callable[[int], None]:
    """Freeze a campaign of that many people; return what sends it."""
    topic = make.a_topic(f"example-sent-{address[-5:]}")
    number = make.a_number(topic, number=address[-5:], parts_per_second=AT_ONCE)
    make.many_opted_in_contacts(topic, count)
    campaign = make.a_running_campaign(topic, number)
    with connection.cursor() as cursor:
        for table in ("campaigns_message", "campaigns_sendattempt", "consent_optinevent"):
            cursor.execute(f"VACUUM ANALYZE {table}")

    def send(_: int) -> None:
        while sending.send_due(number.pk, seconds=60):
            pass
        accepted = campaign.messages.filter(status=MessageStatus.ACCEPTED).count()
        assert accepted == count, accepted
        kept = SendAttempt.objects.filter(message__campaign=campaign).count()
        assert kept == 2 * count, kept
        with urllib.request.urlopen(f"{address}/count") as answer:
            assert int(answer.read()) >= count

    assert Message.objects.filter(campaign=campaign, status=MessageStatus.QUEUED).count() == count
    return send


def _timed(way: Callable[[int], None], count: int) -> tuple[float, float]:
    """Return texts a second and microseconds of our CPU per text."""
    cpu, begun = time.process_time(), time.perf_counter()
    way(count)
    took = time.perf_counter() - begun
    return count / took, (time.process_time() - cpu) / count * 1e6


def _postgres_cpu() -> float:
    """Return the seconds of CPU that PostgreSQL has taken, backends that are gone included."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        server = psutil.Process(cursor.fetchone()[0]).parent()
    assert server
    spent = [each.cpu_times() for each in (server, *server.children(recursive=True))]
    gone = spent[0].children_user + spent[0].children_system
    return gone + sum(each.user + each.system for each in spent)
