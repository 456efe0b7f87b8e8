"""P10: logs, task arguments and URLs carry ids, never numbers or texts.

The logs of a whole run are held against this in tests/browser/test_the_whole_story.py.
"""

import base64
import json

import pytest
from django.urls import URLPattern, get_resolver

from smscompliance.celery import app
from tests.builders import a_disclosure, a_number, a_topic
from tests.consent.opt_in_pages.solving import solved

PHONE = "+12125550177"


def converters(patterns, found=()):
    for pattern in patterns:
        here = (*found, *getattr(pattern.pattern, "converters", {}).items())
        if isinstance(pattern, URLPattern):
            yield str(pattern.pattern), here
        else:
            yield from converters(pattern.url_patterns, here)


def test_p10_no_address_takes_a_number():
    names = {
        name
        for _, taken in converters(get_resolver().url_patterns)
        for name, _ in taken
        if "number" in name or "phone" in name
    }
    assert names == set()


@pytest.mark.django_db(transaction=True)
def test_p10_what_goes_through_the_broker_is_an_id(client, empty_broker):
    topic = a_topic()
    a_number(topic)
    form = {
        "number": PHONE,
        "agree": "on",
        "version": a_disclosure(topic).pk,
        "not_robot": solved(client),
    }
    answer = client.post("/join/example-alerts/", form)
    assert "555" not in answer["Location"]
    with app.connection_for_read() as connection:
        waiting = connection.default_channel.client.lrange("celery", 0, -1)
    assert len(waiting) >= 1  # nobody works here, so all that was asked still lies there
    for message in map(json.loads, waiting):
        arguments, keywords, _ = json.loads(base64.b64decode(message["body"]))
        assert [type(argument) for argument in arguments] == [int] * len(arguments)
        assert keywords == {}
        assert "555" not in json.dumps(message["headers"])
