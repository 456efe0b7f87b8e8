"""Make the query of a reassigned number check: who is asked about, and the files to take away.

A file is what the database reads: ten digits, a comma and a day, a line for each number. So
nothing in it can run as a formula.
"""

import hashlib
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q

from consent import clock
from consent.models import ReassignedCheck
from consent.reassigned_due import LAST_DAY, Beside, values, wanted
from consent.vocabulary import CheckState

LEASE = timedelta(seconds=120)
AT_ONCE = 50_000  # contacts looked at in one transaction
PIECE = 1 << 16
HEADER = b"TN,Date\n"
NOBODY = "No number is to be asked about any more: people left or wrote meanwhile."

# Of each contact few rows are read: without fresh statistics whole tables would be, for each
_FOR_STRETCHES = (
    "SET LOCAL enable_seqscan = off; SET LOCAL random_page_cost = 1.1; SET LOCAL jit = off"
)

_NEXT = """
    SELECT max(id) FROM (
        SELECT id FROM consent_contact WHERE id > %(after)s ORDER BY id LIMIT %(most)s
    ) AS next
"""
_QUESTIONS = """
    INSERT INTO consent_reassignedquestion (check_made_id, contact_id, about)
    SELECT %(check)s, id, (at AT TIME ZONE '{day}')::date
    FROM ({wanted} AND c.id > %(after)s AND c.id <= %(last)s) AS found ORDER BY id
"""
_PARTS = """
    SELECT min(contact_id), max(contact_id), count(*)
    FROM (
        SELECT contact_id, (row_number() OVER (ORDER BY contact_id) - 1) / %(most)s AS part
        FROM consent_reassignedquestion WHERE check_made_id = %(check)s
    ) AS placed
    GROUP BY part ORDER BY part
"""
_LINES = """
    COPY (
        SELECT substr(c.number, 3), q.about
        FROM consent_reassignedquestion q CROSS JOIN LATERAL (
            SELECT number FROM consent_contact WHERE id = q.contact_id OFFSET 0
        ) AS c  -- by its key, whatever is believed of the tables' sizes
        WHERE q.check_made_id = %(check)s AND q.contact_id BETWEEN %(first)s AND %(last)s
        ORDER BY q.contact_id
    ) TO STDOUT (FORMAT csv)
"""


class LeaseLost(RuntimeError):  # noqa: N818  reads as what it is where it is caught
    """Somebody else makes the query; stop without a trace."""


def lease() -> datetime:
    """Return the end of a lease that begins now."""
    return clock.now() + LEASE


def abandoned() -> list[int]:
    """Return the checks whose query waits to be made and that nobody works on (P6)."""
    waiting = ReassignedCheck.objects.filter(_free(), state=CheckState.QUEUED)
    return list(waiting.order_by("pk").values_list("pk", flat=True))


def make(check_id: int, beside: Beside, held: datetime | None = None) -> None:
    """Write down who is asked about; does nothing where somebody works on it or it is made.

    In stretches of contacts, each a transaction: who takes over goes on behind the last question.
    `held` is the lease of whoever made the check with one, so that no worker comes before.
    """
    longer = lease()
    waiting = ReassignedCheck.objects.filter(
        _free() if held is None else Q(lease_until=held), pk=check_id, state=CheckState.QUEUED
    )
    if not waiting.update(lease_until=longer):
        return
    check = ReassignedCheck.objects.get(pk=check_id)
    after = check.questions.order_by("-contact").values_list("contact", flat=True).first() or 0
    statement = _QUESTIONS.format(
        day=LAST_DAY, wanted=wanted(beside, only_due=check.only_due).strip()
    )
    given = values(check.asked_at, only_due=check.only_due) | {"check": check_id}
    with connection.cursor() as cursor:
        while True:
            cursor.execute(_NEXT, {"after": after, "most": AT_ONCE})
            [last] = cursor.fetchone()
            if last is None:
                break
            with transaction.atomic():
                cursor.execute(_FOR_STRETCHES)
                cursor.execute(statement, {**given, "after": after, "last": last})
                _renew(check, numbers=check.numbers + cursor.rowcount)
            after = last
    _close(check)


def _close(check: ReassignedCheck) -> None:
    if not check.numbers:
        _renew(check, state=CheckState.FAILED, fault=NOBODY)
        return
    with connection.cursor() as cursor:
        cursor.execute(_PARTS, {"check": check.pk, "most": settings.REASSIGNED_ROWS_PER_FILE})
        parts = cursor.fetchall()
    check.files = []
    for first, last, rows in parts:
        digest = hashlib.sha256()
        for piece in _pieces(check, first, last):
            digest.update(piece)
        check.files.append(
            {"first": first, "last": last, "rows": rows, "sha256": digest.hexdigest()}
        )
        _renew(check)
    _renew(check, state=CheckState.ASKED, files=check.files)


def query_file(check: ReassignedCheck, part: int) -> Iterator[bytes]:
    """Yield one of the query's files, piece by piece; parts count from 1."""
    told = check.files[part - 1]
    yield from _pieces(check, told["first"], told["last"])


def file_name(check: ReassignedCheck, part: int) -> str:
    """Name one of the query's files."""
    of = f"-{part}of{len(check.files)}" if len(check.files) > 1 else ""
    return f"reassigned-query-{check.pk}{of}.csv"


def _pieces(check: ReassignedCheck, first: int, last: int) -> Iterator[bytes]:
    given: Mapping[str, Any] = {"check": check.pk, "first": first, "last": last}
    kept = bytearray(HEADER if check.has_header else b"")
    with connection.cursor() as wrapped, wrapped.cursor.copy(_LINES, given) as lines:
        for line in lines:
            kept += line
            if len(kept) >= PIECE:
                yield bytes(kept)
                kept = bytearray()
    if kept:
        yield bytes(kept)


def _renew(check: ReassignedCheck, **known: Any) -> None:
    """Tell how far it is and keep the lease; raise `LeaseLost` where somebody took over."""
    longer = None if "state" in known else lease()
    ours = ReassignedCheck.objects.filter(pk=check.pk, lease_until=check.lease_until)
    if not ours.update(lease_until=longer, **known):
        raise LeaseLost
    check.lease_until = longer
    for name, value in known.items():
        setattr(check, name, value)


def _free() -> Q:
    return Q(lease_until=None) | Q(lease_until__lte=clock.now())
