import os
import signal
from pathlib import Path

import psycopg
import pytest

from smscompliance.devstack import children
from smscompliance.devstack.ports import any_free
from smscompliance.devstack.postgres import EmbeddedPostgres


@pytest.fixture
def make_server(tmp_path_factory):
    made = []
    home = tmp_path_factory.mktemp("postgres")
    for directory in (home, *home.parents[:3]):
        if directory.stat().st_uid == os.getuid() and len(directory.parts) > 2:
            directory.chmod(0o755)

    def make():
        server = EmbeddedPostgres(
            home,
            port=any_free(),
            superuser_password="secret",
            log=home.parent / "postgres.log",
        )
        made.append(server)
        return server

    yield make
    for server in made:
        server.stop()


def test_what_was_committed_survives_a_killed_server(make_server):
    server = make_server()
    server.start()
    url = server.ensure_application("app", "pw")
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT generate_series(1, 1000) AS n")
    os.kill(server.process.pid, signal.SIGKILL)
    server.process.wait()

    again = make_server()
    again.start()
    with psycopg.connect(again.ensure_application("app", "pw")) as connection:
        assert connection.execute("SELECT count(*) FROM kept").fetchone() == (1000,)


def test_a_server_left_running_is_ended_and_the_new_one_takes_its_data(make_server):
    left = make_server()
    left.start()
    again = make_server()
    again.start()
    left.process.wait(timeout=5)
    assert again.connect().execute("SELECT 1").fetchone() == (1,)


def test_a_dead_server_that_nobody_has_collected_yet_is_no_obstacle(make_server):
    dead = make_server()
    dead.start()
    os.kill(dead.process.pid, signal.SIGKILL)  # and it stays a zombie: nobody waits for it
    again = make_server()
    again.start()
    assert again.connect().execute("SELECT 1").fetchone() == (1,)


def test_the_application_is_no_superuser_and_owns_its_database(make_server):
    server = make_server()
    server.start()
    with psycopg.connect(server.ensure_application("app", "pw")) as connection:
        row = connection.execute(
            "SELECT rolsuper, rolcreaterole, rolcreatedb, rolbypassrls FROM pg_roles"
            " WHERE rolname = current_user"
        ).fetchone()
        owner = connection.execute(
            "SELECT datdba::regrole::text FROM pg_database WHERE datname = current_database()"
        ).fetchone()
    assert row == (False, False, False, False)
    assert owner == ("app",)


def test_nobody_gets_in_without_the_password(make_server):
    server = make_server()
    server.start()
    server.superuser_password = "guess"
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        server.connect()


def test_data_that_a_half_finished_first_start_left_is_not_used(make_server):
    server = make_server()
    (server.home / "data.new").mkdir(parents=True)
    (server.home / "data.new" / "junk").write_text("half")
    server.start()
    assert server.connect().execute("SELECT 1").fetchone() == (1,)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root leaves root behind")
def test_as_root_the_server_runs_as_nobody(make_server):
    server = make_server()
    server.start()
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    assert "Uid:\t65534\t65534\t65534\t65534" in status


def test_the_log_tells_why_a_server_did_not_start(make_server):
    server = make_server()
    server.start()
    server.stop()
    (server.data / "postgresql.conf").write_text("nonsense = yes\n")
    with pytest.raises(children.ChildError, match="nonsense"):
        server.start()
