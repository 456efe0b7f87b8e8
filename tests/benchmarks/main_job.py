"""The main job: an approved campaign of 5,000, from beat to boto3 and back to its row."""

import tempfile
import time
from collections import Counter
from pathlib import Path

from django.conf import settings
from django.test import override_settings

from campaigns import audience, tasks
from campaigns.models import Message
from campaigns.vocabulary import CampaignStatus, MessageStatus
from smscompliance.devstack import demo_clock
from smscompliance.devstack.stub_sns import StubSns
from tests import builders as make
from tests.processes import RunningBeat, RunningWorker

MESSAGES = 5000
WITHIN = 300  # seconds


def measure() -> dict[str, float]:
    """Time a campaign from the moment it is due until it is finished, against a stub of Amazon."""
    clock_file = Path(tempfile.mkdtemp()) / "clock"
    demo_clock.open_for_business(clock_file)
    stub = StubSns()
    running = [RunningWorker(), RunningBeat()]
    with override_settings(CLOCK_FILE=str(clock_file), AWS_ENDPOINT_URL=stub.address):
        topic = make.a_topic()
        number = make.a_number(topic, parts_per_second=1000)
        make.many_opted_in_contacts(topic, MESSAGES)
        froze = _freeze_alone(topic, number)
        try:
            for process in running:
                process.start()
            campaign = make.an_approved_campaign(topic, number, text="Example Corp.: twice.")
            begun = time.perf_counter()
            tasks.start_due_campaigns.delay()
            while campaign.status != CampaignStatus.FINISHED:
                if time.perf_counter() - begun > WITHIN:
                    found = Counter(Message.objects.values_list("status", flat=True))
                    raise AssertionError(f"Not finished after {WITHIN} s: {dict(found)}")
                time.sleep(0.1)
                campaign.refresh_from_db()
            took = time.perf_counter() - begun
        finally:
            for process in reversed(running):
                process.stop()
            stub.stop()
    accepted = campaign.messages.filter(status=MessageStatus.ACCEPTED).count()
    assert accepted == MESSAGES, accepted
    assert max(stub.posts.values()) == 1
    return {
        "e2e_5000_s_per_1000": took / MESSAGES * 1000,
        "e2e_5000_messages_per_s": MESSAGES / took,
        "freeze_5000_s": froze,
        "send_threads": settings.SEND_THREADS,
    }


def _freeze_alone(topic, number) -> float:
    """Time the audience of one campaign that is never sent."""
    campaign = make.an_approved_campaign(topic, number, text="Example Corp.: once.")
    assert audience.start(campaign.pk)
    begun = time.perf_counter()
    audience.freeze(campaign.pk)
    took = time.perf_counter() - begun
    from campaigns import approval

    approval.cancel(campaign, by=campaign.author, reason="Only measured")
    return took
