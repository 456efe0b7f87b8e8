"""A look-back: accepted texts of a year, each asked about again with the facts of its moment.

`TEXTS=50000 make bench ARGS=look_back` asks about fewer than a million.
"""

import os
import resource
import tempfile
import time
from datetime import timedelta
from pathlib import Path

from django.core.management import call_command
from django.db import connection
from django.test import override_settings

from campaigns.models import ClearanceReview, Message
from consent import clock
from consent.models import ContactImport
from smscompliance.devstack import demo_clock
from tests import builders as make
from tests.benchmarks import population

TEXTS = int(os.environ.get("TEXTS", "1000000"))
EACH = 6
SENT = """
    INSERT INTO campaigns_message (contact_id, topic_id, campaign_id, origination_number_id, kind,
                                   body, parts, priority, status, due_at, created_at, clearance,
                                   reason_code, authorised_by_id, exemption, claimed_at, worker,
                                   amazon_message_id, settled_at)
    SELECT s.contact_id, s.topic_id, c.campaign, %(number)s, 'campaign', '', 1, 5, 'accepted', t.at,
           t.at - interval '1 hour', '{}', '', s.authorised_by_id, '', t.at, '',
           'a' || c.place || '-' || m.n, t.at + interval '1 second'
    FROM unnest(%(campaigns)s::bigint[]) WITH ORDINALITY AS c(campaign, place)
    CROSS JOIN member m
    JOIN consent_subscription s ON s.contact_id = m.contact AND s.standing = 'opted_in'
    CROSS JOIN LATERAL (
        SELECT %(now)s - c.place * interval '28 days' - m.n * interval '20 milliseconds' AS at
    ) t
    ORDER BY c.place, m.n
    LIMIT %(texts)s
"""


def measure() -> dict[str, float]:
    """Time `manage.py look_back` over all of them, and see how far its memory grows."""
    clock_file = Path(tempfile.mkdtemp()) / "clock"
    demo_clock.open_for_business(clock_file)
    with override_settings(CLOCK_FILE=str(clock_file)):
        return _measured()


def _measured() -> dict[str, float]:
    now = clock.now()
    topic = make.a_topic("example-many")
    number = make.a_number(topic, number="54321")
    named = {
        "at": now - timedelta(days=400),
        "now": now,
        "topic": topic.pk,
        "number": number.pk,
        "list": ContactImport.objects.create(file_name="many.csv", uploaded_at=now).pk,
        "wordings": [make.a_disclosure(topic, version=n).pk for n in (1, 2, 3)],
    }
    # Three of a hundred left again
    population.populate(TEXTS // EACH * 104 // 100, **named)
    campaigns = [make.an_approved_campaign(topic, number).pk for _ in range(EACH)]
    with connection.cursor() as cursor:
        cursor.execute(SENT, named | {"campaigns": campaigns, "texts": TEXTS})
        cursor.execute("VACUUM ANALYZE campaigns_message")
    before, begun = _memory(), time.perf_counter()
    call_command("look_back", verbosity=0)
    took = time.perf_counter() - begun
    review = ClearanceReview.objects.get()
    assert review.looked_at == Message.objects.count()
    return {
        "texts": review.looked_at,
        "found": review.found,
        "seconds": took,
        "us_per_text": took / review.looked_at * 1e6,
        "peak_memory_mb": _memory(),
        "peak_memory_grew_mb": _memory() - before,
    }


def _memory() -> float:
    """Return the most memory that this process ever had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
