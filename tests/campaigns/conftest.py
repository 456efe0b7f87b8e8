"""Fixtures that most tests of replies and of sending begin with."""

import pytest

from campaigns import opt_out_sync, sending
from consent import clock
from tests.builders import a_number, a_topic, an_opted_in_contact
from tests.campaigns.at_amazon import amazon, text


@pytest.fixture
def topic():
    """Give a promotional topic, joined by JOIN."""
    return a_topic()


@pytest.fixture
def number(topic):
    """Give the number 12345, which carries the topic."""
    return a_number(topic)


@pytest.fixture
def blocked(aws, business_hours, topic, number):
    """Give somebody who sent STOP, and whom Amazon's list holds since."""
    contact = an_opted_in_contact(topic)
    text(contact, "STOP")
    sending.send_due(number.pk)
    amazon(aws, opt_out=[contact.number])
    opt_out_sync.carry_out(opt_out_sync.begin().pk)
    return contact


@pytest.fixture
def at(request, monkeypatch):
    """Set our clock to the NOON of the test's file; return what sets it to other moments."""

    def set_clock(moment):
        monkeypatch.setattr(clock, "now", lambda: moment)

    set_clock(request.module.NOON)
    return set_clock
