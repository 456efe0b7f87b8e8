"""Fixtures that most tests of replies and of sending begin with."""

import pytest

from tests.builders import a_number, a_topic


@pytest.fixture
def topic():
    """Give a promotional topic, joined by JOIN."""
    return a_topic()


@pytest.fixture
def number(topic):
    """Give the number 12345, which carries the topic."""
    return a_number(topic)
