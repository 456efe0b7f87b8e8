"""Find, make and hold the contacts of many numbers by a few statements."""

import secrets
from collections.abc import Mapping
from typing import Any, NamedTuple

from django.db import connection
from django.db.backends.utils import CursorWrapper

from consent import clock

_COLUMNS = (
    "id, number, public_id, country, state, time_zones, stated_place, stated_postal_code, "
    "stated_time_zone, language, external_id, created_at"
)
_OF_CONTACT = ", ".join(f"c.{name}" for name in _COLUMNS.split(", "))
# Ids are drawn here, so that nothing has to be found again by its number; and in order of numbers,
# in which all of it is written, since what comes in the order of an index is put there sooner. The
# public id is half of a digest with a secret that is kept nowhere: where the server is built
# without OpenSSL it opens its source of chance anew for each random UUID, which takes longer than
# to write the contact.
_WANTED = """
    CREATE TEMP TABLE wanted_contact ON COMMIT DROP AS
    SELECT nextval(%(sequence)s::regclass) AS contact,
           encode(substr(asked.chance, 1, 16), 'hex')::uuid AS public_id, false AS known, asked.*
    FROM (
        SELECT {drawn} sha256(%(secret)s::bytea || int8send(place)) AS chance, in_order.*
        FROM (SELECT * FROM ({select}) AS of_list ORDER BY number, place OFFSET 0) AS in_order
        OFFSET 0
    ) AS asked
"""
_DRAWN = "nextval('{sequence}'::regclass) AS {name},"
# All keys at once, which reads the index from one to the next; and hashes, which are grouped in a
# third of the time that numbers take: two that share one by chance cost time, no more
_HOW_MANY = """
    WITH asked AS MATERIALIZED (SELECT number FROM wanted_contact)
    SELECT EXISTS (SELECT FROM consent_contact WHERE number = ANY (ARRAY(TABLE asked))),
           EXISTS (
               SELECT FROM asked GROUP BY hashtextextended(number, 0) HAVING count(*) > 1
           )
"""
_KNOWN = """
    UPDATE wanted_contact w SET contact = f.id, known = true
    FROM (
        SELECT o.ctid AS at, c.id FROM wanted_contact o CROSS JOIN LATERAL (
            SELECT id FROM consent_contact WHERE number = o.number OFFSET 0
        ) AS c
    ) AS f
    WHERE w.ctid = f.at
"""
_ONE_ID_EACH = """
    UPDATE wanted_contact w SET contact = f.contact
    FROM (
        SELECT number, min(contact) AS contact FROM wanted_contact
        WHERE NOT known GROUP BY number HAVING count(*) > 1
    ) AS f
    WHERE f.number = w.number AND f.contact <> w.contact
"""
_NEW = """
    SELECT {once} contact, number, public_id, country, state, time_zones, home,
           postal_code, '', language, external_id, %(moment)s::timestamptz
    FROM wanted_contact WHERE NOT known
"""
_ONCE, _FIRST = "DISTINCT ON (number)", "ORDER BY number, place"
# In order of numbers, in which they lie: so two writers of the same new ones wait, and never lock
# each other out
_MADE = f"INSERT INTO consent_contact ({_COLUMNS}) {_NEW} {{first}}"
_WRITTEN_DOWN = f"""
    INSERT INTO consent_historicalcontact (
        {_COLUMNS}, history_change_reason, history_date, history_type, history_user_id
    )
    SELECT new.*, %(reason)s, %(moment)s, '+', %(user)s FROM ({_NEW} {{first}}) AS new
"""  # noqa: S608  names of ours, no value
_HELD = """
    SELECT count(*) FROM (
        SELECT c.id FROM consent_contact c
        WHERE c.id = ANY (ARRAY(SELECT contact FROM wanted_contact WHERE known))
        ORDER BY c.id FOR NO KEY UPDATE
    ) AS held
"""
_FILLED_IN = f"""
    WITH stated AS (
        SELECT c.id,
               (array_agg(w.home ORDER BY w.place) FILTER (WHERE w.home <> ''))[1] AS home,
               (array_agg(w.postal_code ORDER BY w.place) FILTER (WHERE w.postal_code <> ''))[1]
                   AS postal_code,
               (array_agg(w.language ORDER BY w.place) FILTER (WHERE w.language <> ''))[1]
                   AS language,
               (array_agg(w.external_id ORDER BY w.place) FILTER (WHERE w.external_id <> ''))[1]
                   AS external_id
        FROM wanted_contact w JOIN consent_contact c ON c.id = w.contact
        WHERE w.known
           OR w.number IN (SELECT number FROM wanted_contact GROUP BY number HAVING count(*) > 1)
        GROUP BY c.id
    ), filled AS (
        UPDATE consent_contact c SET
            stated_place = coalesce(nullif(c.stated_place, ''), s.home, ''),
            stated_postal_code = coalesce(nullif(c.stated_postal_code, ''), s.postal_code, ''),
            language = coalesce(nullif(c.language, ''), s.language, ''),
            external_id = coalesce(nullif(c.external_id, ''), s.external_id, '')
        FROM stated s
        WHERE s.id = c.id AND (c.stated_postal_code = '' AND s.postal_code IS NOT NULL
                               OR c.stated_place = '' AND s.home IS NOT NULL
                               OR c.language = '' AND s.language IS NOT NULL
                               OR c.external_id = '' AND s.external_id IS NOT NULL)
        RETURNING {_OF_CONTACT}
    )
    INSERT INTO consent_historicalcontact (
        {_COLUMNS}, history_change_reason, history_date, history_type, history_user_id
    )
    SELECT {_COLUMNS}, %(reason)s, %(moment)s, '~', %(user)s FROM filled
"""  # noqa: S608  names of ours, no value


class Found(NamedTuple):
    """What is to be known of the contacts of a SELECT: any there before, any named twice."""

    known: bool
    told_twice: bool


def find_or_make(
    select: str,
    given: Mapping[str, Any],
    *,
    reason: str,
    user: int | None,
    drawing: Mapping[str, str] = {},
    strangers: bool = False,
) -> Found:
    """Find or make and hold the contacts that a SELECT names.

    The SELECT yields place, number, country, state, time_zones, postal_code, language, external_id,
    home (the place that the person stated) and whatever else the caller wants to keep with them.
    All of it stays in `wanted_contact` until the transaction ends, with `contact`, its id, and
    `known`: whether it was there before, and then it is locked. It lies in order of numbers,
    each row with 32 bytes of `chance`, the latter half of which nobody else knows, and with an id
    of each table of `drawing` by the name given. Raise `IntegrityError` where somebody else makes
    one of them meanwhile: the second time it is known. To ask for conflicts would cost each row
    what hardly any has. `strangers`: nobody is looked up, since nobody was known before, nor is
    named twice; raise `IntegrityError` where that holds no more.
    """
    values: dict[str, Any] = {"moment": clock.now(), "reason": reason, "user": user}
    chosen: dict[str, Any] = {"secret": secrets.token_bytes(32)}
    with connection.cursor() as cursor:
        drawn = "".join(
            _DRAWN.format(name=name, sequence=_sequence(cursor, table))
            for name, table in drawing.items()
        )
        chosen["sequence"] = _sequence(cursor, "consent_contact")
        cursor.execute("DROP TABLE IF EXISTS pg_temp.wanted_contact")
        cursor.execute(_WANTED.format(select=select, drawn=drawn), {**given, **chosen})
        known = told_twice = False
        if not strangers:
            cursor.execute(_HOW_MANY)
            [known, told_twice] = cursor.fetchone()
        if known:
            cursor.execute(_KNOWN)
            cursor.execute(_HELD)
        if told_twice:
            cursor.execute(_ONE_ID_EACH)
        # To sort them a second time takes as long as to write some of their columns
        once, first = (_ONCE, _FIRST) if told_twice else ("", "")
        cursor.execute(_MADE.format(once=once, first=first), values)
        cursor.execute(_WRITTEN_DOWN.format(once=once, first=first), values)
    return Found(known, told_twice)


def fill_in(*, reason: str, user: int | None) -> None:
    """Set what `wanted_contact` states of people where nothing was stated, with its history."""
    with connection.cursor() as cursor:
        cursor.execute(_FILLED_IN, {"moment": clock.now(), "reason": reason, "user": user})


def _sequence(cursor: CursorWrapper, table: str) -> str:
    cursor.execute("SELECT pg_get_serial_sequence(%s, 'id')", [table])
    return str(cursor.fetchone()[0])
