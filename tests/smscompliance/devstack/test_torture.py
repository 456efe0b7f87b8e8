"""Campaigns under faults, as `manage.py torture` runs them: short, with every fault."""

import json
import os
import subprocess
import sys
from types import SimpleNamespace

import pytest
from django.core.management import CommandError, call_command

from smscompliance.devstack.torture import deliveries
from smscompliance.devstack.torture.faults import Fault, FaultName
from tests.embedded import ROOT

MESSAGES = 150
WITHIN = 600  # seconds, on a machine that is busy with other things too

pytestmark = pytest.mark.timeout(WITHIN + 60)


def torture(*arguments):
    """Run the command as a newcomer does, in an environment that names no setting."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
    return subprocess.run(
        [sys.executable, "manage.py", "torture", *arguments],
        cwd=ROOT,
        env=kept,
        capture_output=True,
        text=True,
        timeout=WITHIN,
        check=False,
    )


@pytest.fixture(scope="module")
def verdicts():
    """Run every fault once on one ground; give each verdict by its fault."""
    names = [each.value for each in FaultName]
    done = torture("--fault", *names, "--messages", str(MESSAGES), "--json")
    assert done.returncode == 0, done.stderr
    return {each["fault"]: each for each in map(json.loads, done.stdout.splitlines())}


@pytest.mark.e2e
@pytest.mark.parametrize("fault", list(FaultName))
def test_under_a_fault_nobody_hears_from_us_twice_late_or_after_a_stop(verdicts, fault):
    found = verdicts[fault]
    assert found["messages"] == MESSAGES == sum(found["outcomes"].values())
    assert found["posts_max_per_message"] == 1
    assert found["unaccounted"] == 0
    assert found["published_after_stop"] == 0
    assert found["outside_window"] == 0
    assert set(found["outcomes"]) <= {"accepted", "refused", "unconfirmed"}
    if fault not in {FaultName.KILL, FaultName.POSTGRES, FaultName.TIMEOUT}:
        assert found["unconfirmed"] == 0
    assert found["strikes"] >= 1


def test_no_fault_strikes_before_the_first_text():
    for seed in range(50):
        fault = Fault(SimpleNamespace(size=MESSAGES, seed=seed, posts=0), times=15)
        fault.step()
        assert fault.struck == 0
        fault.run.posts = MESSAGES
        fault.step()
        assert fault.struck == 15


def test_deliveries_again_are_counted_and_first_ones_are_not(tmp_path, monkeypatch):
    tally = tmp_path / "deliveries"
    monkeypatch.setenv(deliveries.TALLY, str(tally))
    assert deliveries.again(tally) == 0
    for task in ("a", "b", "a", "c", "a", "b"):
        deliveries.note(task)
    assert deliveries.again(tally) == 3


def test_torture_refuses_servers_that_are_not_its_own():
    with pytest.raises(CommandError, match="servers of its own"):
        call_command("torture", "--fault", "kill", "--messages", "10")


def test_a_broken_promise_is_an_exit_code_and_a_sentence():
    from smscompliance.devstack.torture.run import Verdict

    kept = {
        "fault": "kill",
        "messages": 10,
        "posts_max_per_message": 1,
        "unaccounted": 0,
        "published_after_stop": 0,
        "worst_after_stop_ms": 0,
        "outside_window": 0,
        "unconfirmed": 3,
        "seconds": 1.0,
        "strikes": 2,
        "outcomes": {"accepted": 7, "unconfirmed": 3},
    }
    assert Verdict(**kept).broken == []
    assert Verdict(**kept | {"posts_max_per_message": 2}).broken == [
        "a text was posted more than once"
    ]
    assert Verdict(**kept | {"unaccounted": 1}).broken == ["messages are not accounted for"]
    assert Verdict(**kept | {"published_after_stop": 1}).broken == ["texts left after a STOP"]
    assert Verdict(**kept | {"outside_window": 1}).broken == ["texts left outside their window"]
