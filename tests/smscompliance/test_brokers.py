"""What Celery is told of each sort of broker; and SQS, by setting alone, on real processes."""

import time
from urllib.parse import urlsplit

import pytest

from campaigns.models import Message
from smscompliance.brokers import transport_options
from tests import builders as make
from tests.processes import RunningBeat, RunningWorker

PATIENT = 60.0  # seconds, on a machine that is busy with other things too


@pytest.mark.parametrize(
    ("url", "known"),
    [
        ("redis://:secret@127.0.0.1:6379/0", {"socket_timeout": 10, "visibility_timeout": 3600}),
        ("rediss://cache.example.com:6379/0", {"socket_connect_timeout": 5}),
        ("amqp://user:secret@127.0.0.1:5672//", {"connect_timeout": 5, "read_timeout": 30}),
        ("sqs://", {"region": "eu-west-1", "visibility_timeout": 120}),
        ("sqs://key:secret@localhost:4566", {"region": "eu-west-1", "is_secure": False}),
    ],
)
def test_each_broker_is_told_what_it_knows(url, known):
    found = transport_options(url, region="eu-west-1")
    assert {name: found[name] for name in known} == known


def test_amazon_itself_is_spoken_to_by_tls_alone():
    assert "is_secure" not in transport_options("sqs://key:secret@", region="us-east-1")


def test_rabbitmq_is_not_told_what_only_redis_knows():
    assert "visibility_timeout" not in transport_options("amqps://host//", region="us-east-1")


class WorkerOnSqs(RunningWorker):
    """A worker that nobody can ping: SQS has no remote control."""

    def is_ready(self) -> bool:
        """Read that it is at work."""
        return " ready." in self.said()


@pytest.fixture
def everything_on_sqs(transactional_db, aws, business_hours, monkeypatch):
    """Run a worker and beat whose environment differs in one variable."""
    address = urlsplit(aws.address).netloc
    monkeypatch.setenv("CELERY_BROKER_URL", f"sqs://stand-in:stand-in@{address}")
    running = [WorkerOnSqs(), RunningBeat()]
    try:
        for process in running:
            process.start()
        yield aws
    finally:
        for process in running:
            process.stop()


@pytest.mark.e2e
def test_texts_go_out_on_sqs_by_setting_alone(everything_on_sqs):
    topic = make.a_topic()
    number = make.a_number(topic)
    for person in make.many_opted_in_contacts(topic, 5):
        make.a_list_audit(person, topic, number)
    deadline = time.monotonic() + PATIENT
    while Message.objects.exclude(status="accepted").exists():
        assert time.monotonic() < deadline, list(Message.objects.values_list("status", flat=True))
        time.sleep(0.2)
    phones = [each["phone_number"] for each in everything_on_sqs.texts()]
    assert sorted(phones) == sorted(Message.objects.values_list("contact__number", flat=True))
    assert len(set(phones)) == 5
