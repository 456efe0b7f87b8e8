"""Deciding for the next people while others are written changes nothing of what is decided."""

import threading

import pytest

from campaigns import audience
from campaigns.audience_rows import Rows
from consent import clock
from consent.models import Contact
from consent.vocabulary import EventKind
from tests import builders as make
from tests.campaigns.test_audience_by_groups import as_written, one_by_one

AREAS = ("212", "305", "615", "808", "907", "602", "512", "312", "207")


@pytest.mark.django_db(transaction=True)
def test_a_chunk_is_decided_while_the_one_before_is_written(business_hours, monkeypatch):
    decides, deciders = Rows._decided, {}

    def noted(rows, facts):
        deciders[facts.state] = threading.current_thread() is threading.main_thread()
        return decides(rows, facts)

    monkeypatch.setattr(Rows, "_decided", noted)
    monkeypatch.setattr(audience, "CHUNK", 3)
    topic = make.a_topic()
    people = [make.an_opted_in_contact(topic, f"+1{area}5550100") for area in AREAS]
    Contact.objects.filter(pk=people[4].pk).update(stated_postal_code="33101")
    make.an_event(people[7], EventKind.SUPPRESSED, topic)
    campaign = make.an_approved_campaign(topic, make.a_number(topic))
    assert audience.start(campaign.pk)
    campaign.refresh_from_db()
    moment = clock.now()
    monkeypatch.setattr(clock, "now", lambda: moment)
    alone = one_by_one(campaign, [each.pk for each in people], moment)
    audience.freeze(campaign.pk)
    assert as_written(campaign) == alone
    in_turn = [deciders[each.state] for each in people]
    assert in_turn == [True] * 3 + [False] * 6
