"""Bring the database up to date in one process: `python -m smscompliance.devstack.prepare`.

With `--demo` the demo data is loaded too; `--own` says that the database is the stack's own.
"""

import hashlib
import inspect
import json
import sys
from pathlib import Path

import django
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

OURS = ("consent", "campaigns")
REWRITTEN = (
    "The data in .local are of an older state of the software: until the first release its "
    "migrations are rewritten ({}).\nRemove .local and run again. Demo data come back by "
    "themselves; whatever else you entered there is lost."
)


def main() -> None:
    """Migrate, and load the demo data if asked to; refuse a database that cannot be brought on."""
    django.setup()
    if changed := rewritten(own="--own" in sys.argv):
        sys.exit(REWRITTEN.format(", ".join(changed)))
    note_applied()  # before too, so that a first start that is broken off can go on
    call_command("migrate", interactive=False, verbosity=1)
    note_applied()
    if "--demo" in sys.argv:
        call_command("load_demo")


def rewritten(*, own: bool) -> list[str]:
    """Return which of our migrations were applied to this database as they stand no more.

    What was noted tells. Of the stack's `own` database nothing is noted only if it is older than
    that; another one may have been migrated by hand.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT obj_description(to_regclass('django_migrations'), 'pg_class')")
        [noted] = cursor.fetchone()
    applied = _applied()
    if noted is None:
        return list(applied) if own else []
    then: dict[str, str] = json.loads(noted)
    return [name for name, digest in then.items() if applied.get(name) != digest]


def note_applied() -> None:
    """Keep with the database what the migrations that made it looked like."""
    MigrationRecorder(connection).ensure_schema()
    with connection.cursor() as cursor:
        cursor.execute("COMMENT ON TABLE django_migrations IS %s", [json.dumps(_applied())])


def _applied() -> dict[str, str]:
    loader = MigrationLoader(connection)
    return {
        f"{app}.{name}": _digest(loader, app, name)
        for app, name in sorted(loader.applied_migrations)
        if app in OURS
    }


def _digest(loader: MigrationLoader, app: str, name: str) -> str:
    migration = loader.disk_migrations.get((app, name))
    if migration is None:
        return ""  # it is no more
    return hashlib.sha256(Path(inspect.getfile(type(migration))).read_bytes()).hexdigest()


if __name__ == "__main__":
    main()
