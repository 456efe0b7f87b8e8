"""Measure: `python -m tests.benchmarks [SECTION ...]`; prints a table and writes bench.json."""

import tests.embedded  # isort: skip  starts the servers before Django reads its settings

import json
import os
import platform
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import django
from django.db import connection

OUTPUT = Path(tests.embedded.ROOT) / "bench.json"
PACKAGES = ("Django", "celery", "boto3", "psycopg")

Section = Callable[[], dict[str, float]]


def sections() -> dict[str, Section]:
    """Return what can be measured, by name; each answers with figures by name."""
    from tests.benchmarks import clearance, inbound, lists_export, look_back, main_job

    return {
        "main": main_job.measure,
        "clearance": clearance.measure,
        "look_back": look_back.measure,
        "inbound": inbound.measure,
        "lists_export": lists_export.measure,
    }


def main() -> int:
    """Measure the sections named, or all."""
    django.setup()
    known = sections()
    wanted = sys.argv[1:] or list(known)
    unknown = sorted(set(wanted) - set(known))
    if unknown:
        print(f"There is no section {', '.join(unknown)}. Sections: {', '.join(known)}.")
        return 2
    connection.creation.create_test_db(verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        postgres = cursor.fetchone()[0]
    figures = {
        f"{name}.{figure}": round(value, 4)
        for name in wanted
        for figure, value in known[name]().items()
    }
    kept = json.loads(OUTPUT.read_text()) if OUTPUT.exists() else {}
    kept |= figures
    kept |= {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "cores": len(os.sched_getaffinity(0)),
        "versions": {name: version(name) for name in PACKAGES}
        | {"Python": platform.python_version(), "PostgreSQL": postgres},
    }
    OUTPUT.write_text(json.dumps(kept, indent=2, sort_keys=True) + "\n")
    width = max(len(name) for name in figures)
    print(f"\n{kept['date']}, {kept['cores']} cores")
    for name, value in figures.items():
        print(f"{name:<{width}}  {value:>12,.3f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
