"""Fixtures for the endpoint: Amazon over a socket, and a topic on a number."""

import pytest

from tests.builders import a_number, a_topic
from tests.campaigns.inbound.amazon import TOPIC, Amazon


@pytest.fixture
def amazon(settings):
    amazon = Amazon()
    settings.AWS_ENDPOINT_URL = amazon.address
    settings.INBOUND_TOPIC_ARNS = [TOPIC]
    yield amazon
    amazon.stop()


@pytest.fixture
def topic():
    topic = a_topic()
    a_number(topic)
    return topic
