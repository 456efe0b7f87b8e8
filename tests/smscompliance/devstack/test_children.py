import os
import pwd
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from smscompliance.devstack import children
from smscompliance.devstack.parts import Part

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]
STUBBORN = [
    sys.executable,
    "-c",
    """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("ready", flush=True)
time.sleep(60)
""",
]


def status_of(pid):
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return dict(line.split(":\t", 1) for line in lines)


def wait_for(predicate, within=10.0):
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        if predicate():
            return True
        time.sleep(0.02)
    return False


@pytest.fixture
def sleeper(tmp_path):
    process = children.spawn(SLEEP, log=tmp_path / "log")
    yield process
    process.kill()
    process.wait()


def test_a_child_dies_with_a_parent_that_is_killed(tmp_path):
    pidfile = tmp_path / "pid"
    program = f"""
import pathlib, time
from smscompliance.devstack import children
child = children.spawn({SLEEP!r}, log=pathlib.Path({str(tmp_path / "log")!r}))
pathlib.Path({str(pidfile)!r}).write_text(str(child.pid))
time.sleep(60)
"""
    parent = subprocess.Popen([sys.executable, "-c", program])
    assert wait_for(lambda: pidfile.exists() and pidfile.read_text())
    child = int(pidfile.read_text())
    parent.kill()
    parent.wait()
    assert wait_for(lambda: children.started_at(child) is None)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can leave root")
def test_a_child_that_left_root_dies_with_its_parent_too(tmp_path):
    pidfile = tmp_path / "pid"
    program = f"""
import pathlib, time
from smscompliance.devstack import children
log = pathlib.Path({str(tmp_path / "log")!r})
child = children.spawn(["sleep", "60"], log=log, drop_root=True)
pathlib.Path({str(pidfile)!r}).write_text(str(child.pid))
time.sleep(60)
"""
    parent = subprocess.Popen([sys.executable, "-c", program])
    assert wait_for(lambda: pidfile.exists() and pidfile.read_text())
    child = int(pidfile.read_text())
    assert wait_for(lambda: children.command_line(child)[1:] == ["60"])
    nobody = pwd.getpwnam(children.UNPRIVILEGED_USER)
    said = status_of(child)
    assert said["Uid"].split() == [str(nobody.pw_uid)] * 4
    assert said["Gid"].split() == [str(nobody.pw_gid)] * 4
    assert said["Groups"].split() == []
    parent.kill()
    parent.wait()
    assert wait_for(lambda: children.started_at(child) is None)


def test_a_child_hears_every_signal_as_a_program_begun_by_a_shell_does(tmp_path):
    process = children.spawn(["sleep", "60"], log=tmp_path / "log")
    assert wait_for(lambda: children.command_line(process.pid)[1:] == ["60"])
    # Whoever began the tests may ignore some for all: make one of glibc's own, a shell's & Ctrl-C
    usual = subprocess.run(["cat", "/proc/self/status"], capture_output=True, text=True, check=True)
    [ignored] = [line for line in usual.stdout.splitlines() if line.startswith("SigIgn")]
    assert f"SigIgn:\t{status_of(process.pid)['SigIgn']}" == ignored
    children.stop(process, within=5)


def test_a_child_whose_parent_is_gone_already_does_not_begin(tmp_path):
    gone = subprocess.Popen(["true"])
    gone.wait()
    command = children.tied(["touch", tmp_path / "begun"], death_signal=signal.SIGTERM)
    command[4] = str(gone.pid)
    assert subprocess.run(command).returncode == 1
    assert not (tmp_path / "begun").exists()


def test_a_program_that_is_not_there_is_named_in_the_log(tmp_path):
    log = tmp_path / "log"
    process = children.spawn(["/no/such/program"], log=log)
    assert process.wait(timeout=20) == 1
    assert children.tail(log) == (
        "/no/such/program could not be started: No such file or directory"
    )


def test_a_child_that_does_not_listen_is_killed_after_its_time(tmp_path):
    log = tmp_path / "log"
    process = children.spawn(STUBBORN, log=log)
    assert wait_for(lambda: "ready" in children.tail(log))
    assert children.stop(process, within=0.2) is False
    assert process.returncode == -signal.SIGKILL


def test_a_leftover_is_known_again_and_ended(sleeper, tmp_path):
    pidfile = tmp_path / "sleeper.json"
    children.remember(sleeper, pidfile)
    assert children.end_leftover(pidfile, words="time.sleep") is True
    assert sleeper.wait(timeout=5) == -signal.SIGTERM
    assert not pidfile.exists()


def test_what_a_dead_leader_left_of_its_group_is_ended(tmp_path):
    log, pidfile = tmp_path / "log", tmp_path / "leader.json"
    program = f"""
import subprocess
child = subprocess.Popen({SLEEP!r})
print(child.pid, flush=True)
child.wait()
"""
    leader = children.spawn([sys.executable, "-c", program], log=log)
    children.remember(leader, pidfile)
    assert wait_for(lambda: children.tail(log))
    leader.kill()
    leader.wait()
    left = int(children.tail(log))
    assert children.started_at(left) is not None
    assert children.end_leftover(pidfile, words="time.sleep") is True
    assert children.started_at(left) is None


def test_a_stranger_that_got_the_same_pid_is_left_alone(sleeper, tmp_path):
    pidfile = tmp_path / "sleeper.json"
    pidfile.write_text(f'{{"pid": {sleeper.pid}, "started_at": "1"}}')
    assert children.end_leftover(pidfile, words="time.sleep") is False
    assert sleeper.poll() is None


def test_a_process_with_another_command_line_is_left_alone(sleeper, tmp_path):
    pidfile = tmp_path / "sleeper.json"
    children.remember(sleeper, pidfile)
    assert children.end_leftover(pidfile, words="postgres") is False
    assert sleeper.poll() is None


def test_a_torn_pidfile_is_no_obstacle(tmp_path):
    pidfile = tmp_path / "torn.json"
    pidfile.write_text('{"pid": 1')
    assert children.end_leftover(pidfile, words="") is False


def test_a_long_log_is_set_aside(tmp_path):
    log = tmp_path / "part.log"
    log.write_bytes(b"x" * (children.LOG_LIMIT + 1))
    children.set_aside_long_log(log)
    assert not log.exists()
    assert (tmp_path / "part.log.1").exists()


def test_a_part_that_is_killed_is_started_again_and_said(tmp_path):
    log = tmp_path / "log"
    part = Part(
        "sleeper", lambda: children.spawn(SLEEP, log=log), log, tmp_path / "pid.json", pause=0.01
    )
    said = []
    part.start()
    first = part.process.pid
    os.kill(first, signal.SIGKILL)
    part.process.wait()
    part.watch(said.append)
    time.sleep(0.02)
    part.watch(said.append)
    assert part.process.pid != first
    assert said == ["The sleeper was ended by SIGKILL; it is started again."]
    assert part.stop() is True


def test_a_part_that_keeps_failing_is_tried_ever_more_rarely_without_numbers_in_what_is_said(
    tmp_path,
):
    log = tmp_path / "log"
    fail = [sys.executable, "-c", "import sys; sys.exit('lost +12125550123')"]
    part = Part(
        "loser", lambda: children.spawn(fail, log=log), log, tmp_path / "pid.json", pause=0.01
    )
    said = []
    part.start()
    for _ in range(3):
        part.process.wait()
        part.watch(said.append)
        assert wait_for(lambda: part.watch(said.append) or part.due is None)
    part.stop()
    assert part.pause == 0.08
    assert (
        said
        == [f"The loser ended with code 1; it is started again. Last line of {log}: lost [number]"]
        * 3
    )
