"""How a claim fares beside five million waiting rows: `DEPTH=5000000 ... queue_depth`.

Half of the rows wait in a paused campaign, which comes first in the queue, a fifth is held until
tomorrow, the rest is due; all of one number. Prints the plan of the walk over the queue.
"""

import os
import statistics
import tempfile
import time
from datetime import timedelta
from pathlib import Path

from django.db import connection, transaction
from django.test import override_settings

from campaigns import approval
from campaigns.claiming import claim
from campaigns.models import Campaign, Message
from campaigns.waiting import CANDIDATES, asked, has_due
from consent import clock
from smscompliance.devstack import demo_clock
from tests import builders as make
from tests.embedded import a_superuser

DEPTH = int(os.environ.get("DEPTH", "5000000"))
SHALLOW = 10_000
TIMES = 20

# One contact's waiting row again and again, without the campaign's constraint: only the queue
# is measured, so its rows need no people of their own
FILL = """
    INSERT INTO campaigns_message (
        contact_id, topic_id, campaign_id, origination_number_id, kind, body, parts, priority,
        status, due_at, created_at, clearance, reason_code, exemption, worker, amazon_message_id
    )
    SELECT m.contact_id, m.topic_id, c.id, m.origination_number_id, m.kind, '', 1, 5,
           c.status, c.due_at, m.created_at, m.clearance, '', '', '', ''
    FROM campaigns_message m, (VALUES
        (%(paused)s, 'queued', %(due)s::timestamptz, 0.5),
        (%(held)s, 'held', %(tomorrow)s::timestamptz, 0.2),
        (%(running)s, 'queued', %(due)s::timestamptz, 0.3)
    ) AS c(id, status, due_at, share), generate_series(1, (%(depth)s * c.share)::int)
    WHERE m.id = %(pattern)s
"""


def measure() -> dict[str, float]:
    """Time claims of fifty at both depths."""
    clock_file = Path(tempfile.mkdtemp()) / "clock"
    demo_clock.open_for_business(clock_file)
    with override_settings(CLOCK_FILE=str(clock_file)):
        topic = make.a_topic("example-deep", frequency_count=100)
        number = make.a_number(topic, number="67890", parts_per_second=100_000)
        make.many_opted_in_contacts(topic, TIMES * 20, first=500_000)
        paused, held, running = (make.a_running_campaign(topic, number) for _ in range(3))
        approval.pause(paused, by=make.a_user("pausing"), reason="Measured")
        live = Message.objects.filter(campaign=running)
        live.update(due_at=clock.now() - timedelta(minutes=1), status="queued")
        Campaign.objects.filter(pk=running.pk).update(status="running")
        named = {
            "paused": paused.pk,
            "held": held.pk,
            "running": running.pk,
            "pattern": live.latest("pk").pk,
            "due": clock.now() - timedelta(seconds=30),
            "tomorrow": clock.now() + timedelta(days=1),
        }
        found = {}
        for depth in (SHALLOW, DEPTH):
            _fill(named | {"depth": depth})
            found |= _timed(number.pk, f"{depth}_rows", explain=True)
    found["claim_5m_vs_10k"] = found[f"claim_ms_{DEPTH}_rows"] / found[f"claim_ms_{SHALLOW}_rows"]
    return found


def _fill(named) -> None:
    with a_superuser(connection.settings_dict["NAME"], autocommit=True) as superuser:
        superuser.execute("SET session_replication_role = replica")  # no key is asked for
        superuser.execute("DROP INDEX IF EXISTS contact_gets_a_campaign_once")
        superuser.execute("SET maintenance_work_mem = '512MB'")
        superuser.execute(FILL, named)
        superuser.execute("VACUUM ANALYZE campaigns_message")


def _timed(number: int, name: str, *, explain: bool) -> dict[str, float]:
    took, looked = [], []
    for _ in range(TIMES):
        begun = time.perf_counter()
        with transaction.atomic():
            batch = claim(number, "depth", 50)
            took.append(time.perf_counter() - begun)
            transaction.set_rollback(True)
        assert len(batch.claimed) == 50, batch
        begun = time.perf_counter()
        assert has_due(number, clock.now())
        looked.append(time.perf_counter() - begun)
    if explain:
        with connection.cursor() as cursor:
            cursor.execute(
                "EXPLAIN (ANALYZE, BUFFERS, COSTS OFF) " + CANDIDATES,
                asked(number, clock.now(), 100),
            )
            print(f"\n{name}")
            print("\n".join(row[0] for row in cursor.fetchall()))
    return {
        f"claim_ms_{name}": statistics.median(took) * 1000,
        f"has_due_ms_{name}": statistics.median(looked) * 1000,
    }
