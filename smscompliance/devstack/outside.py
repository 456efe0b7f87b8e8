"""Database and broker that somebody else runs, asked early: a wrong address is said well."""

import socket
from urllib.parse import urlsplit

import psycopg
from environ import Env

from smscompliance.devstack.children import ChildError

ANSWER_WITHIN = 5  # seconds


def connect(database_url: str) -> psycopg.Connection:
    """Connect to the database that DATABASE_URL names. Raises ChildError if it refuses."""
    address = Env.db_url_config(database_url)
    if "postgresql" not in str(address["ENGINE"]):
        raise ChildError("DATABASE_URL must name a PostgreSQL: postgres://user:password@host/name")
    try:
        return psycopg.connect(
            host=address["HOST"],
            port=address["PORT"] or 5432,
            user=address["USER"],
            password=address["PASSWORD"],
            dbname=address["NAME"],
            connect_timeout=ANSWER_WITHIN,
        )
    except psycopg.OperationalError as refusal:
        raise ChildError(f"The database that DATABASE_URL names refuses us:\n{refusal}") from None


def holds_users(database_url: str) -> bool:
    """Say whether a database has accounts in it already."""
    with connect(database_url) as connection:
        found = connection.execute("SELECT to_regclass('auth_user') IS NOT NULL").fetchone()
        if not found or not found[0]:
            return False
        return bool(connection.execute("SELECT 1 FROM auth_user LIMIT 1").fetchone())


def look_for_broker(broker_url: str) -> None:
    """Try the broker's address, where it is one to try. Raises ChildError if nobody answers."""
    address = urlsplit(broker_url)
    if address.scheme not in {"redis", "rediss", "valkey"}:
        return
    where = (address.hostname or "localhost", address.port or 6379)
    try:
        socket.create_connection(where, timeout=ANSWER_WITHIN).close()
    except OSError as refusal:
        raise ChildError(f"Nobody answers where CELERY_BROKER_URL points: {refusal}") from None
