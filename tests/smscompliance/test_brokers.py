"""What Celery is told of each sort of broker."""

import pytest

from smscompliance.brokers import transport_options


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
