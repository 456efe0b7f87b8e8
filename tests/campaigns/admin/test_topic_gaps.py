"""A topic's page says which ways to join lead nowhere."""

import pytest

from consent.vocabulary import Place
from tests.builders import a_disclosure, a_topic

pytestmark = pytest.mark.django_db


def told(client, topic):
    return client.get(f"/admin/consent/topic/{topic.pk}/change/").context["gaps"]


def test_ways_to_join_without_a_wording_are_named(admin_client):
    topic = a_topic()
    assert [sentence[:37] for sentence in told(admin_client, topic)] == [
        "No wording is published for the keywo",
        "No wording is published for the web f",
    ]
    a_disclosure(topic, place=Place.KEYWORD)
    a_disclosure(topic, place=Place.WEB_FORM, published=False)
    assert [sentence[:37] for sentence in told(admin_client, topic)] == [
        "No wording is published for the web f",
    ]
    a_disclosure(topic, place=Place.WEB_FORM, version=2)
    assert told(admin_client, topic) == []
