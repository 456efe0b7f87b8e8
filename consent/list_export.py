"""Export lists as CSV by COPY: escaped and masked in SQL, so that no row passes through Python."""

import csv
import hashlib
import io
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

import phonenumbers
from django.conf import settings
from django.core.exceptions import EmptyResultSet
from django.db import connection, models
from django.db.models import Expression, F, Func, Model, QuerySet, Value
from django.db.models.functions import Cast, Concat

from consent.csv_safety import ARMED
from consent.models import Brand, Contact, Topic

PIECE = 64 * 1024  # bytes handed on at a time
BOM = b"\xef\xbb\xbf"  # without it Excel reads UTF-8 as something else

# What names a record of these, besides its id
NAMES: Mapping[type[Model], str] = {Brand: "name", Topic: "slug"}


class Safe(Func):
    """Put an apostrophe before what a spreadsheet would run; `consent.csv_safety` in SQL."""

    # ascii() is the first character's code point; quicker than a regular expression
    template = (
        "CASE WHEN ascii(ltrim(%(expressions)s, ' ')) IN "
        f"({', '.join(str(ord(sign)) for sign in ARMED)}) "
        "THEN '''' || (%(expressions)s) ELSE (%(expressions)s) END"
    )
    output_field = models.TextField()


class YesNo(Func):
    """Say a boolean as people read it; unknown stays empty."""

    template = "CASE WHEN %(expressions)s THEN 'yes' WHEN NOT %(expressions)s THEN 'no' END"
    output_field = models.TextField()


class Masked(Func):
    """Show country code and last four digits; `consent.phone_numbers.mask` in SQL."""

    template = (
        "'''+' || substring(%(expressions)s FROM %(codes)s) || ' ••• ••• ' "
        "|| right(%(expressions)s, 4)"
    )
    output_field = models.TextField()

    def as_sql(self, *args: Any, **kwargs: Any) -> Any:
        """Name the country codes, of which none begins another."""
        return super().as_sql(*args, **kwargs, codes=_country_codes())


@lru_cache(maxsize=1)
def _country_codes() -> str:
    codes = "|".join(map(str, sorted(phonenumbers.COUNTRY_CODE_TO_REGION_CODE)))
    return rf"'^\+({codes})'"


def columns_of(model: type[Model], leaves_out: Sequence[str] = ()) -> dict[str, str]:
    """Return the columns of a model's list: heading, and where it comes from.

    Files, binary values and what is left out by name are not among them.
    """
    found: dict[str, str] = {}
    for field in model._meta.concrete_fields:
        if field.name in leaves_out or isinstance(field, (models.FileField, models.BinaryField)):
            continue
        found |= _column(field)
    return found


def _column(field: Any) -> dict[str, str]:
    of = field.remote_field.model if field.is_relation else None
    if of is None:
        return {field.name: field.name}
    if of is Contact:
        return {f"{field.name}_id": field.attname, "number": f"{field.name}__number"}
    if of._meta.label == settings.AUTH_USER_MODEL:
        return {field.name: f"{field.name}__{of.USERNAME_FIELD}"}
    if of in NAMES:
        return {
            f"{field.name}_id": field.attname,
            field.name: f"{field.name}__{NAMES[of]}",
        }
    return {f"{field.name}_id": field.attname}


def cell(model: type[Model], path: str, *, whole: bool) -> Expression | F:
    """Return what a column holds, made safe; contacts' numbers masked unless they may be whole."""
    *relations, last = path.split("__")
    for name in relations:
        model = model._meta.get_field(name).related_model  # type: ignore[assignment]
    if model is Contact and last == "number":
        return Concat(Value("'"), F(path)) if whole else Masked(F(path))
    field = model._meta.get_field(last)
    if isinstance(field, models.BooleanField):
        return YesNo(F(path))
    if isinstance(field, (models.CharField, models.TextField)):
        return F(path) if field.choices else Safe(F(path))
    if isinstance(field, models.JSONField) or field.get_internal_type() == "ArrayField":
        return Safe(Cast(F(path), models.TextField()))
    return F(path)


class ListExport:
    """Stream the rows of a list; afterwards `rows` and `digest` say what was handed out."""

    def __init__(self, rows: QuerySet[Any], columns: Mapping[str, str], *, whole: bool) -> None:
        self.columns = columns
        cells = [cell(rows.model, path, whole=whole) for path in columns.values()]
        named = {f"cell_{at}": each for at, each in enumerate(cells)}
        self._query = rows.annotate(**named).values_list(*named).query
        self._digest = hashlib.sha256()
        self.rows = 0

    @property
    def digest(self) -> str:
        """Return the SHA-256 of what was handed out so far."""
        return self._digest.hexdigest()

    def __iter__(self) -> Iterator[bytes]:
        """Yield the file piece by piece; all rows are those of one moment."""
        kept = bytearray(BOM + self._header())
        for line in self._lines():
            kept += line
            self.rows += 1
            if len(kept) >= PIECE:
                yield self._told(kept)
                kept = bytearray()
        if kept:
            yield self._told(kept)

    def _told(self, piece: bytearray) -> bytes:
        self._digest.update(piece)
        return bytes(piece)

    def _header(self) -> bytes:
        line = io.StringIO(newline="")
        csv.writer(line, lineterminator="\n").writerow(self.columns)
        return line.getvalue().encode()

    def _lines(self) -> Iterator[memoryview | bytes]:
        try:
            statement, values = self._query.sql_with_params()
        except EmptyResultSet:
            return
        with connection.cursor() as wrapped:
            copied = wrapped.cursor.copy(f"COPY ({statement}) TO STDOUT (FORMAT csv)", values)
            with copied as lines:
                yield from lines
