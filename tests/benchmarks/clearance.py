"""Clearance in bulk: an approved campaign's audience, decided and written down.

`PEOPLE=50000 make bench ARGS=clearance` asks about fewer than a million.
"""

import os
import resource
import tempfile
import time
from datetime import timedelta
from functools import cache
from pathlib import Path

from django.db import connection
from django.test import override_settings

from campaigns import audience, outbox, wording
from campaigns.audience_rows import STATUS
from campaigns.clearance_facts import Ask, Decisions, facts_of
from campaigns.models import Campaign, Message
from campaigns.vocabulary import MessageKind
from consent import clock
from consent.models import ContactImport, Subscription
from smscompliance.devstack import demo_clock
from tests import builders as make
from tests.benchmarks import population

PEOPLE = int(os.environ.get("PEOPLE", "1000000"))
SAMPLE = 500
TOPIC = "example-many"
COLUMNS = ", ".join(field.column for field in Message._meta.fields if not field.primary_key)


@cache
def measure() -> dict[str, float]:
    """Time the whole freeze against the bare insertion of its rows, and against the ORM by rows."""
    clock_file = Path(tempfile.mkdtemp()) / "clock"
    demo_clock.open_for_business(clock_file)
    with override_settings(CLOCK_FILE=str(clock_file)):
        now = clock.now()
        topic = make.a_topic(TOPIC)
        number = make.a_number(topic, number="54321")
        named = {
            "at": now - timedelta(days=400),
            "now": now,
            "topic": topic.pk,
            "number": number.pk,
            "list": ContactImport.objects.create(file_name="many.csv", uploaded_at=now).pk,
            "wordings": [make.a_disclosure(topic, version=n).pk for n in (1, 2, 3)],
        }
        population.populate(PEOPLE, **named)
        population.write_earlier_texts(**named)
        campaign = make.an_approved_campaign(topic, number)
        assert audience.start(campaign.pk)
        by_orm = _by_orm(campaign)
        _clean()
        before, begun = _memory(), time.perf_counter()
        audience.freeze(campaign.pk)
        took = time.perf_counter() - begun
        grew = _memory() - before
        count, distinct, size, most = _written(campaign)
        assert count == Subscription.objects.opted_in(topic).count()
        bare = _bare(campaign)
    return {
        "recipients": count,
        "decisions_per_s": count / took,
        "bulk_s": took,
        "insert_select_s": bare,
        "bulk_time_vs_insert_select": took / bare,
        "orm_us_per_message": by_orm * 1e6,
        "orm_time_vs_bulk": by_orm / (took / count),
        "distinct_decisions": distinct,
        "bytes_per_message": size,
        "bytes_of_largest": most,
        "peak_memory_grew_mb": grew,
    }


def _by_orm(campaign: Campaign) -> float:
    """Return the seconds a message of the usual way, one after the other, decisions remembered."""
    number, topic = campaign.origination_number, campaign.topic
    people = Subscription.objects.opted_in(topic).order_by("contact_id")
    step = max(PEOPLE // SAMPLE, 1)
    some = list(people.values_list("contact_id", flat=True)[::step])
    decisions = Decisions(clock.now())
    begun = time.perf_counter()
    for contact in some:
        ask = Ask(MessageKind.CAMPAIGN, contact, topic.pk, number.pk, campaign.pk)
        (facts,) = facts_of([ask])
        clearance, packed = decisions.of(facts)
        Message.objects.create(
            contact_id=contact,
            topic=topic,
            campaign=campaign,
            origination_number=number,
            kind=MessageKind.CAMPAIGN,
            parts=wording.parts(campaign.text).parts,
            priority=outbox.PRIORITY[MessageKind.CAMPAIGN],
            status=STATUS[clearance.outcome],
            due_at=clearance.until or decisions.moment,
            created_at=decisions.moment,
            clearance=packed,
            reason_code=clearance.code,
            authorised_by_id=clearance.authorised_by,
        )
    return (time.perf_counter() - begun) / len(some)


def _written(campaign: Campaign) -> tuple[int, int, float, int]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), count(DISTINCT clearance - 'a'), avg(pg_column_size(clearance)),"
            " max(pg_column_size(clearance)) FROM campaigns_message WHERE campaign_id = %s",
            [campaign.pk],
        )
        count, distinct, size, most = cursor.fetchone()
        return count, distinct, float(size), most


def _bare(campaign: Campaign) -> float:
    """Return the seconds of writing the same rows again, out of a table that has them ready."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE TEMP TABLE same AS SELECT {COLUMNS} FROM campaigns_message"
            " WHERE campaign_id = %s ORDER BY contact_id",
            [campaign.pk],
        )
        cursor.execute("ANALYZE same")
        _clean()
        begun = time.perf_counter()
        cursor.execute(f"INSERT INTO campaigns_message ({COLUMNS}) SELECT {COLUMNS} FROM same")
        return time.perf_counter() - begun


def _clean() -> None:
    """Take the campaign's messages away, so that both ways meet the same table."""
    many = Campaign.objects.filter(topic__slug=TOPIC)  # others' attempts are kept for ever
    Message.objects.filter(campaign__in=many)._raw_delete("default")
    with connection.cursor() as cursor:
        cursor.execute("VACUUM FULL ANALYZE campaigns_message")
        cursor.execute("VACUUM ANALYZE consent_contact")
        cursor.execute("VACUUM ANALYZE consent_optinevent")


def _memory() -> float:
    """Return the most memory that this process ever had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
