"""P3: whether a message may go is decided by plain Python that reads nothing beside its facts."""

import ast
import subprocess
import sys
from pathlib import Path

import campaigns

READS_NOTHING = """
import builtins, sys
from datetime import UTC, datetime
from campaigns.clearance import decide
from campaigns.rulebook.loader import load
from tests.campaigns.facts import CLEAR
book, now = load(), datetime(2026, 3, 7, 12, tzinfo=UTC)
[decide(facts, book, now) for facts in CLEAR.values()]  # time zone files are read once

def forbidden(event, args):
    if forbidding and event.split(".")[0] in {"open", "socket", "sqlite3", "subprocess", "time"}:
        raise AssertionError(event)

forbidding = True
sys.addaudithook(forbidden)
[decide(facts, book, now) for facts in CLEAR.values()]
forbidding = False
loaded = {name.split(".")[0] for name in sys.modules}
assert loaded.isdisjoint({"django", "celery", "boto3", "psycopg"}), loaded
"""


def test_p3_deciding_loads_no_framework_and_opens_nothing() -> None:
    done = subprocess.run(
        [sys.executable, "-c", READS_NOTHING], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_p3_no_clock_is_read_where_clearance_is_decided() -> None:
    root = Path(campaigns.__file__).parent
    readers = {
        "now",
        "utcnow",
        "today",
        "time_ns",
        "monotonic",
        "perf_counter",
        "getenv",
        "environ",
    }
    found = {
        (path.name, node.attr)
        for path in (*root.glob("clearance*.py"), root / "quiet_hours.py")
        if path.name != "clearance_facts.py"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and node.attr in readers
        if not (isinstance(node.value, ast.Name) and node.value.id == "case")
    }
    assert found == set()
