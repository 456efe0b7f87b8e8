"""The rows of a file of answers that were not taken, handed back with the reason."""

import csv
import io
import tempfile
from typing import Any, BinaryIO, cast

from django.conf import settings
from django.core.files import File
from django.db import connection

from consent.csv_safety import safe
from consent.models import ReassignedAnswerFile
from consent.reassigned_reading import read_answers
from consent.vocabulary import AnswerOutcome

NOT_TAKEN = (
    AnswerOutcome.INVALID_NUMBER,
    AnswerOutcome.NO_ANSWER,
    AnswerOutcome.NOT_ASKED,
    AnswerOutcome.OTHER_DATE,
    AnswerOutcome.CONTRADICTS,
)
OURS = ("line", "outcome", "reason")
AT_ONCE = 2000

_BAD = """
    SELECT line, outcome, reason FROM answer_row
    WHERE outcome = ANY(%(bad)s) AND line > %(after)s ORDER BY line LIMIT %(most)s
"""


def write_left_out(taken: ReassignedAnswerFile) -> None:
    """Write those rows to a file of their own, if there are any; `answer_row` says which."""
    why = _next(0)
    if not why:
        return
    with tempfile.TemporaryFile() as kept, taken.file.open("rb") as stored:
        text = io.TextIOWrapper(kept, encoding="utf-8-sig", newline="")
        writer = csv.writer(text)
        most = settings.IMPORT_MAX_MB * 1_000_000
        answers = read_answers(cast("BinaryIO", stored), max_bytes=most)
        if answers.header:
            writer.writerow([*map(safe, answers.header), *OURS])
        for row in answers.rows:
            if not why:
                break
            if row.line in why:
                writer.writerow([*map(safe, row.cells), row.line, *map(safe, why.pop(row.line))])
                why = why or _next(row.line)
        text.flush()
        text.detach()
        kept.seek(0)
        taken.left_out.save(f"{taken.file_digest[:32]}-left-out.csv", File(kept), save=False)


def _next(after: int) -> dict[int, tuple[str, str]]:
    """Return the next few rows that were not taken, by line: outcome and reason."""
    bad = [each.value for each in NOT_TAKEN]
    given: dict[str, Any] = {"bad": bad, "after": after, "most": AT_ONCE}
    with connection.cursor() as cursor:
        cursor.execute(_BAD, given)
        return {line: (outcome, reason) for line, outcome, reason in cursor.fetchall()}
