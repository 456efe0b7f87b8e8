"""Ask PostgreSQL in plain statements, where making one by the ORM costs more than its answer."""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import connection


def rows(statement: str, /, **given: Any) -> list[tuple[Any, ...]]:
    """Return what a statement answers."""
    with connection.cursor() as cursor:
        cursor.execute(statement, given)
        return cursor.fetchall()


def execute(statement: str, /, **given: Any) -> None:
    """Run a statement that answers nothing."""
    with connection.cursor() as cursor:
        cursor.execute(statement, given)


def many(records: Iterable[Mapping[str, object]]) -> str:
    """Write records as one parameter, for `json_to_recordset`: an array a column costs more."""
    return json.dumps(list(records), default=_moment)


def _moment(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no place in a statement")
