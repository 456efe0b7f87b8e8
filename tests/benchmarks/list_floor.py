"""How fast the rows of a list could be written at all: the finished ones, copied within PostgreSQL.

The limit of whatever brings them: the same tables with their indexes, checks and triggers, the
same stretches, as many connections. Nothing is read from a file, looked up or digested.
"""

import time
from concurrent.futures import ThreadPoolExecutor
from queue import Empty, SimpleQueue

from django.conf import settings
from django.db import connection, connections

from tests.embedded import a_superuser

LANES = 2  # as many connections as an import has
# Each with what tells whose a row is
TABLES = {
    "consent_contact": "t.id",
    "consent_historicalcontact": "t.id",
    "consent_optinevent": "t.contact_id",
    "consent_evidence": "(SELECT e.contact_id FROM consent_optinevent e WHERE e.id = t.event_id)",
    "consent_subscription": "t.contact_id",
}
_KEEP = """
    CREATE UNLOGGED TABLE kept_{table} AS
        SELECT {whose} AS whose, t.* FROM {table} t ORDER BY whose;
    CREATE INDEX ON kept_{table} (whose); ANALYZE kept_{table}
"""


def seconds_to_copy() -> float:
    """Empty the tables that a list has filled, fill them with the same rows, return how long."""
    with connection.cursor() as cursor:
        for table, whose in TABLES.items():
            cursor.execute(_KEEP.format(table=table, whose=whose))
        cursor.execute("SELECT min(id), max(id) FROM consent_contact")
        first, last = cursor.fetchone()
        columns = {table: _columns(cursor, table) for table in TABLES}
    with a_superuser(connection.settings_dict["NAME"]) as superuser:
        superuser.execute("SET session_replication_role = replica")  # the ledger refuses otherwise
        superuser.execute(f"TRUNCATE {', '.join(TABLES)} CASCADE")
    stretches: SimpleQueue[int] = SimpleQueue()
    for begin in range(first, last + 1, settings.IMPORT_BATCH):
        stretches.put(begin)
    begun = time.perf_counter()
    with ThreadPoolExecutor(LANES) as lanes:
        for each in [lanes.submit(_copy_on, stretches, columns) for _ in range(LANES)]:
            each.result()
    took = time.perf_counter() - begun
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"DROP TABLE kept_{table}")
    return took


def _columns(cursor: object, table: str) -> str:
    cursor.execute(f"SELECT * FROM {table} LIMIT 0")
    return ", ".join(column.name for column in cursor.description)


def _copy_on(stretches: SimpleQueue[int], columns: dict[str, str]) -> None:
    with connections["default"].cursor() as cursor:
        cursor.execute("SET enable_seqscan = off")
        while True:
            try:
                begin = stretches.get_nowait()
            except Empty:
                break
            cursor.execute("BEGIN")
            for table, names in columns.items():
                cursor.execute(
                    f"INSERT INTO {table} ({names}) SELECT {names} FROM kept_{table}"
                    " WHERE whose >= %s AND whose < %s ORDER BY whose",
                    [begin, begin + settings.IMPORT_BATCH],
                )
            cursor.execute("COMMIT")
    connections["default"].close()
