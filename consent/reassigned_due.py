"""Which numbers are to be asked about in the Reassigned Numbers Database, and as of which date.

The date is that of the last certain contact: the last moment at which the number surely was still
the person's. That is an opt-in of their own, a YES, or what came from the phone itself. That a text
was delivered shows that somebody has the number, and not who.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import BooleanField
from django.db.models.expressions import RawSQL

from consent import clock

COVERED_FROM = date(2021, 1, 27)
"""All carriers keep their records since; about earlier dates the answer is "no data"."""

# Where a day ends last in the United States: what is asked is never later than the contact was
LAST_DAY = "Pacific/Pago_Pago"

# An implied consent counts from what implies it. A request that a list brought proves no contact,
# nor does an opt-out that staff wrote down. What a correction voids never was. As a case and not as
# a condition, for which whole indexes of kinds would be read of each contact.
CONTACTS = """
    SELECT CASE WHEN (
        e.kind IN ('opted_in', 'confirmed')
        OR e.kind = 'requested' AND e.contact_import_id IS NULL
        OR e.kind IN ('opted_out', 'declined') AND e.source IN ('reply', 'keyword')
    ) AND NOT EXISTS (SELECT FROM consent_optinevent v WHERE v.corrects_id = e.id)
    THEN coalesce(e.implied_on::timestamp AT TIME ZONE 'UTC', e.occurred_at) END AS at
    FROM consent_optinevent e WHERE e.contact_id = {contact}
"""
LIVE = """EXISTS (
    SELECT FROM consent_subscription s
    WHERE s.contact_id = {contact} AND s.standing IN ('opted_in', 'pending')
)"""
BARRED = """EXISTS (
    SELECT FROM consent_suppression b
    WHERE b.contact_id = {contact} AND b.topic_id IS NULL AND b.expires_at IS NULL
)"""
ASKED = """EXISTS (
    SELECT FROM (
        SELECT check_made_id FROM consent_reassignedquestion WHERE contact_id = {contact} OFFSET 0
    ) AS q JOIN consent_reassignedcheck k ON k.id = q.check_made_id
    WHERE k.asked_at > %(since)s
)"""


@dataclass(frozen=True, slots=True)
class Beside:
    """What others know of people, as SQL with `{contact}` for the id.

    `contacts` is a SELECT of moments (`at`) at which a person surely wrote from the number; `live`
    a condition that something waits to be sent to it.
    """

    contacts: str
    live: str


def last_contact(beside: Beside) -> str:
    """Return the SELECT of the moment (`at`) of a contact's last certain contact, or NULL."""
    return f"SELECT max(sign.at) AS at FROM ({CONTACTS} UNION ALL {beside.contacts}) AS sign"  # noqa: S608


def reached(beside: Beside, *, only_due: bool) -> str:
    """Return the condition on contacts `c` that they may be asked about, whenever they wrote."""
    asked = f" AND NOT {ASKED}" if only_due else ""
    found = f"c.country = 'US' AND ({LIVE} OR {beside.live}) AND NOT {BARRED}{asked}"
    return found.format(contact="c.id")


def wanted(beside: Beside, *, only_due: bool) -> str:
    """Return the SELECT of contacts `c` to be asked about, each with the moment `at`; see `values`.

    A date of today is refused by the database, so a contact of today is never asked about.
    """
    return f"""
        SELECT c.id, certain.at FROM consent_contact c
        CROSS JOIN LATERAL ({last_contact(beside).format(contact="c.id")}) AS certain
        WHERE {reached(beside, only_due=only_due)} AND certain.at < %(before)s
    """  # noqa: S608  fragments of ours, no value


def values(moment: datetime, *, only_due: bool) -> dict[str, Any]:
    """Return what the condition is given, as of a moment."""
    month = moment - timedelta(days=settings.REASSIGNED_RECHECK_DAYS)
    return {"before": month if only_due else moment - timedelta(days=2), "since": month}


@dataclass(frozen=True, slots=True)
class Count:
    """How many numbers are to be asked about, and of how many the answer will be "no data"."""

    numbers: int
    too_old: int


def count(beside: Beside, *, only_due: bool, most: int | None = None) -> Count:
    """Count the numbers that a query would name, up to `most`."""
    statement = f"""
        SELECT count(*), count(*) FILTER (WHERE (at AT TIME ZONE '{LAST_DAY}')::date < %(covered)s)
        FROM ({wanted(beside, only_due=only_due)} LIMIT %(most)s) AS found
    """  # noqa: S608  fragments of ours, no value
    with connection.cursor() as cursor:
        given = {**values(clock.now(), only_due=only_due), "covered": COVERED_FROM, "most": most}
        cursor.execute(statement, given)
        return Count(*cursor.fetchone())


def is_due(beside: Beside) -> RawSQL:
    """Return the condition, for a queryset of contacts, that a number is due."""
    given = values(clock.now(), only_due=True)
    latest = last_contact(beside).format(contact="c.id")
    condition = f"{reached(beside, only_due=True)} AND ({latest}) < %(before)s"
    for column in ("id", "country"):
        condition = condition.replace(f"c.{column}", f"consent_contact.{column}")
    # A part of a queryset takes its values in order, not by name
    order = re.findall(r"%\((\w+)\)s", condition)
    return RawSQL(  # noqa: S611  fragments of ours; the values go beside
        "(" + re.sub(r"%\(\w+\)s", "%s", condition) + ")",
        [given[name] for name in order],
        output_field=BooleanField(),
    )
