"""Measure: `python -m tests.benchmarks [SECTION ...]`; prints a table and writes bench.json."""

import tests.embedded  # isort: skip  starts the servers before Django reads its settings

import json
import os
import platform
import subprocess
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
    from tests.benchmarks import (
        clearance,
        inbound,
        lists,
        lists_export,
        look_back,
        main_job,
        queue_depth,
        sending,
    )

    return {
        "main": main_job.measure,
        "clearance": clearance.measure,
        "look_back": look_back.measure,
        "inbound": inbound.measure,
        "sending": sending.measure,
        "queue": queue_depth.measure,
        "lists": lists.measure,
        "lists_out": lists_export.measure,
    }


def main() -> int:
    """Measure the sections named, or all; each in a process with a database of its own."""
    django.setup()
    known = sections()
    wanted = sys.argv[1:] or list(known)
    if wanted[0] == "--alone":
        return measure(wanted[1], known[wanted[1]])
    unknown = sorted(set(wanted) - set(known))
    if unknown:
        print(f"There is no section {', '.join(unknown)}. Sections: {', '.join(known)}.")
        return 2
    # What lists bring in and out bears one name
    parts = [name for name in known if name in wanted or name.removesuffix("_out") in wanted]
    command = [sys.executable, "-m", "tests.benchmarks", "--alone"]
    return max(subprocess.run([*command, part], check=False).returncode for part in parts)


def measure(name: str, section: Section) -> int:
    """Measure one section, keep its figures beside those of the others and print them."""
    connection.creation.create_test_db(verbosity=0, autoclobber=True)
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        postgres = cursor.fetchone()[0]
    title = name.removesuffix("_out")
    figures = {f"{title}.{figure}": round(value, 4) for figure, value in section().items()}
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
