"""The whole road on real processes: a worker sends, Amazon logs, beat has the receipts read."""

import time

import pytest

from campaigns.models import Message, Receipt
from consent.models import Suppression
from tests import builders as make

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]
PATIENT = 60.0  # seconds, on a machine that is busy with other things too


@pytest.fixture
def same_clock(aws, business_hours, monkeypatch):
    """Let Amazon follow the clock of the test, and its logs be read every second."""
    aws.ask("/devstack/reset", {"clock_file": str(business_hours)})
    monkeypatch.setenv("RECEIPT_SECONDS", "1")
    return aws


def test_a_campaign_is_delivered_and_a_blocking_phone_suppressed(same_clock, running_beat):
    topic = make.a_topic()
    number = make.a_number(topic)
    people = make.many_opted_in_contacts(topic, 5)
    blocking = {"phone_number": people[0].number, "answer": "blocked"}
    same_clock.ask("/devstack/handsets", blocking)
    campaign = make.a_running_campaign(topic, number)
    deadline = time.monotonic() + PATIENT
    while campaign.messages.filter(delivery="").exists():
        assert time.monotonic() < deadline, list(campaign.messages.values("status", "delivery"))
        time.sleep(0.2)
    found = dict(campaign.messages.values_list("contact", "delivery"))
    assert found == {each.pk: "delivered" for each in people} | {people[0].pk: "phone_blocked"}
    assert list(Suppression.objects.values_list("contact", flat=True)) == [people[0].pk]
    assert Receipt.objects.count() == Message.objects.count() == 5
