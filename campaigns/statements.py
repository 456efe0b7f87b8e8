"""Ask PostgreSQL in plain statements, where making one by the ORM costs more than its answer."""

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple, TypeVar

from django.db import connection
from django.db.models import Model

Record = TypeVar("Record", bound=Model)


def rows(statement: str, /, **given: Any) -> list[tuple[Any, ...]]:
    """Return what a statement answers."""
    with connection.cursor() as cursor:
        cursor.execute(statement, given)
        return cursor.fetchall()


def records(model: type[Record], which: str, /, **given: Any) -> list[Record]:
    """Return whole records of a model; `which` is what follows the table in the statement."""
    shape = _shape(model)
    found = []
    for row in rows(f"{shape.whole} {which}", **given):
        values = list(row)
        for place, convert in shape.converters:
            values[place] = convert(values[place], None, connection)
        found.append(model.from_db(connection.alias, shape.names, values))
    return found


class _Shape(NamedTuple):
    whole: str
    names: list[str]
    converters: list[tuple[int, Callable[..., Any]]]


@lru_cache
def _shape(model: type[Model]) -> _Shape:
    fields = model._meta.concrete_fields
    columns = ", ".join(f'"{field.column}"' for field in fields)
    return _Shape(
        f"SELECT {columns} FROM {model._meta.db_table}",  # noqa: S608  our own names
        [field.attname for field in fields],
        [
            (place, convert)
            for place, field in enumerate(fields)
            for convert in field.get_db_converters(connection)
        ],
    )


def execute(statement: str, /, **given: Any) -> None:
    """Run a statement that answers nothing."""
    with connection.cursor() as cursor:
        cursor.execute(statement, given)


def many(written: Iterable[Mapping[str, object]]) -> str:
    """Write many rows as one parameter, for `json_to_recordset`: an array a column costs more."""
    return json.dumps(list(written), default=_moment)


def _moment(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no place in a statement")
