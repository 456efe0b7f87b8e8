"""Take the answers of the Reassigned Numbers Database in: keep each, and close what a yes ends.

Rows are matched to the questions of one check by a few statements. A stretch of lines is recorded
in one transaction, so that a crash can fall between stretches and nothing doubles.
"""

import hashlib
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import islice
from pathlib import PurePath
from typing import Any, BinaryIO, cast

from django.conf import settings
from django.core.files import File
from django.db import connection, transaction
from django.db.models import Q

from consent import clock, reassigned_closing
from consent.importing.contact_list import ListFault
from consent.models import ReassignedAnswerFile, ReassignedCheck
from consent.reassigned_left_out import write_left_out
from consent.reassigned_reading import Told, read_answers
from consent.vocabulary import CheckState, ExportState

LEASE = timedelta(seconds=120)
UNDER_WAY = (ExportState.QUEUED, ExportState.RUNNING)
ANSWERABLE = (CheckState.ASKED, CheckState.PARTLY, CheckState.ANSWERED)
OTHER_CHECK = (
    "None of its numbers was asked about in this check: upload it to the check whose query it "
    "answers."
)
GONE = "The stored file is gone."

_ROWS = """
    CREATE TEMP TABLE answer_row (
        line integer, number text, about date, answer text, outcome text, reason text,
        question bigint, contact bigint, asked_about date
    )
"""
_COPY = "COPY answer_row (line, number, about, answer, outcome, reason) FROM STDIN"
_FIND = (
    """
    UPDATE answer_row r SET question = q.id, contact = q.contact_id, asked_about = q.about
    FROM consent_contact c JOIN consent_reassignedquestion q
        ON q.contact_id = c.id AND q.check_made_id = %(check)s
    WHERE c.number = r.number AND r.outcome = ''
    """,
    """
    UPDATE answer_row SET outcome = 'not_asked',
        reason = 'This check did not ask about the number.'
    WHERE outcome = '' AND question IS NULL
    """,
    """
    UPDATE answer_row SET outcome = 'other_date',
        reason = 'It answers about another day than ' || asked_about || ', which was asked about.'
    WHERE outcome = '' AND about <> asked_about
    """,
    """
    UPDATE answer_row SET outcome = 'contradicts',
        reason = 'The file gives the number different answers: find out which is right.'
    WHERE outcome = '' AND question IN (
        SELECT question FROM answer_row WHERE outcome = ''
        GROUP BY question HAVING count(DISTINCT answer) > 1
    )
    """,
    """
    UPDATE answer_row r SET outcome = 'repeated', reason = 'Line ' || first.line || ' says it.'
    FROM (
        SELECT question, min(line) AS line FROM answer_row WHERE outcome = ''
        GROUP BY question HAVING count(*) > 1
    ) AS first
    WHERE r.outcome = '' AND r.question = first.question AND r.line > first.line
    """,
)
# Rows are found by their keys: without fresh statistics whole tables would be read for each
FOR_STRETCHES = """
    SET LOCAL enable_seqscan = off; SET LOCAL enable_mergejoin = off;
    SET LOCAL random_page_cost = 1.1; SET LOCAL work_mem = '64MB'; SET LOCAL jit = off
"""
_COUNTS = "SELECT outcome, count(*) FROM answer_row GROUP BY outcome ORDER BY count(*) DESC"
_ANSWERS = "SELECT answer, count(*) FROM answer_row WHERE outcome = 'recorded' GROUP BY answer"
_ANSWERED = """
    SELECT count(DISTINCT a.question_id)
    FROM consent_reassignedanswer a JOIN consent_reassignedquestion q ON q.id = a.question_id
    WHERE q.check_made_id = %s
"""


class LeaseLost(RuntimeError):  # noqa: N818  reads as what it is where it is caught
    """Somebody else takes the answers in; stop without a trace."""


def lease() -> datetime:
    """Return the end of a lease that begins now."""
    return clock.now() + LEASE


def abandoned() -> list[int]:
    """Return the files of answers that wait and that nobody works on (P6)."""
    waiting = ReassignedAnswerFile.objects.filter(_free(), state__in=UNDER_WAY)
    return list(waiting.order_by("pk").values_list("pk", flat=True))


def receive(
    check: ReassignedCheck,
    file: BinaryIO,
    name: str,
    *,
    answered_on: date,
    reason: str,
    user: Any = None,
    lease_until: datetime | None = None,
) -> ReassignedAnswerFile:
    """Store a file of answers as it came, with its digest; `file` is seekable.

    With a lease the caller takes it in by itself; otherwise a worker is to be woken.
    """
    file.seek(0)
    digest = hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]
    taken = ReassignedAnswerFile(
        check_made=check,
        file_name=PurePath(name.replace("\\", "/")).name[-200:] or "answers.csv",
        file_digest=digest,
        answered_on=answered_on,
        reason=reason[:300],
        uploaded_by=user,
        uploaded_at=clock.now(),
        lease_until=lease_until,
    )
    file.seek(0)
    taken.file.save(f"{digest[:32]}.answers", File(file), save=False)
    taken.save()
    return taken


def take_in(file_id: int, held: datetime | None = None) -> None:
    """Record the answers of a file; does nothing where somebody works on it or it is done."""
    longer = lease()
    waiting = ReassignedAnswerFile.objects.filter(
        _free() if held is None else Q(lease_until=held), pk=file_id, state__in=UNDER_WAY
    )
    if not waiting.update(state=ExportState.RUNNING, lease_until=longer, rows=0, progress=0):
        return
    taken = ReassignedAnswerFile.objects.select_related("check_made").get(pk=file_id)
    try:
        _take_in(taken)
    except (ListFault, FileNotFoundError) as fault:
        _fail(taken, fault.reason if isinstance(fault, ListFault) else GONE)
    finally:
        if connection.is_usable():
            _forget_rows()


def _take_in(taken: ReassignedAnswerFile) -> None:
    _stage(taken)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(FOR_STRETCHES)
        for statement in _FIND:
            cursor.execute(statement, {"check": taken.check_made_id})
    counts = _tally(_COUNTS)
    if set(counts) <= {"not_asked", "invalid_number"}:
        raise ListFault(OTHER_CHECK)
    last = _last_line()
    for first in range(1, last + 1, settings.IMPORT_BATCH):
        until = min(first + settings.IMPORT_BATCH - 1, last)
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(FOR_STRETCHES)
            closed = reassigned_closing.record(taken, first, until)
            _renew(taken, progress=until, closed=taken.closed + closed)
    with transaction.atomic():
        _settle(taken)


def _stage(taken: ReassignedAnswerFile) -> None:
    _forget_rows()
    with connection.cursor() as cursor:
        cursor.execute(_ROWS)
    with taken.file.open("rb") as file:
        answers = read_answers(cast("BinaryIO", file), max_bytes=settings.IMPORT_MAX_MB * 1_000_000)
        while batch := list(islice(answers.rows, settings.IMPORT_BATCH)):
            with connection.cursor() as cursor, cursor.copy(_COPY) as wire:
                for row in _cells(batch):
                    wire.write_row(row)
            _renew(taken, rows=taken.rows + len(batch))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE answer_row")


def _cells(rows: list[Told]) -> Iterator[tuple[object, ...]]:
    for row in rows:
        yield row.line, row.number, row.about, row.answer, row.outcome, row.reason


def _settle(taken: ReassignedAnswerFile) -> None:
    """Say what became of the rows, and how much of the check is answered now."""
    check = ReassignedCheck.objects.select_for_update().get(pk=taken.check_made_id)
    with connection.cursor() as cursor:
        cursor.execute(_ANSWERED, [check.pk])
        [check.answered] = cursor.fetchone()
    check.state = CheckState.ANSWERED if check.answered == check.numbers else CheckState.PARTLY
    check.save(update_fields=("answered", "state"))
    write_left_out(taken)
    _renew(
        taken,
        state=ExportState.READY,
        counts=_tally(_COUNTS),
        answers=_tally(_ANSWERS),
        left_out=taken.left_out.name or "",
    )


def _fail(taken: ReassignedAnswerFile, fault: str) -> None:
    with transaction.atomic():
        _renew(taken, state=ExportState.FAILED, fault=fault[:300], file="", rows=0)
        transaction.on_commit(lambda: taken.file.storage.delete(taken.file.name or ""))


def _tally(statement: str) -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return dict(cursor.fetchall())


def _last_line() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(line), 0) FROM answer_row")
        return int(cursor.fetchone()[0])


def _forget_rows() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS pg_temp.answer_row")


def _renew(taken: ReassignedAnswerFile, **known: Any) -> None:
    """Tell how far it is and keep the lease; raise `LeaseLost` where somebody took over."""
    longer = None if "state" in known else lease()
    ours = ReassignedAnswerFile.objects.filter(pk=taken.pk, lease_until=taken.lease_until)
    if not ours.update(lease_until=longer, **known):
        raise LeaseLost
    taken.lease_until = longer
    for name in known.keys() - {"file", "left_out"}:
        setattr(taken, name, known[name])


def _free() -> Q:
    return Q(lease_until=None) | Q(lease_until__lte=clock.now())
