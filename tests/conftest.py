"""Fixtures for all tests. The database and the broker come from tests/embedded.py."""

import os
import shutil
from pathlib import Path

import pytest

from smscompliance.devstack import demo_clock
from tests.embedded import a_superuser


@pytest.fixture(scope="session", autouse=True)
def _keep_autovacuum_away():
    """Let no daemon change the plans of a test.

    It calls a table empty whose rows a test has not committed, and never will: joins of 100,000
    such rows were then planned as loops in loops and ran for hours.
    """
    with a_superuser("postgres") as superuser:
        superuser.autocommit = True
        superuser.execute("ALTER SYSTEM SET autovacuum = off")
        superuser.execute("SELECT pg_reload_conf()")


@pytest.fixture(scope="session", autouse=True)
def _empty_the_ledger_between_tests():
    """Let the superuser empty tables after a test with real transactions.

    The application's role cannot: the ledger refuses TRUNCATE, and tests of that must stay true.
    """
    from django.db import connection
    from django.db.backends.postgresql.operations import DatabaseOperations

    def execute_sql_flush(self, sql_list):
        with a_superuser(connection.settings_dict["NAME"]) as superuser:
            superuser.execute("SET session_replication_role = replica")  # no trigger fires
            superuser.execute("SET lock_timeout = '60s'")  # or whoever still holds one is waited on
            for statement in sql_list:
                superuser.execute(statement)

    usual = DatabaseOperations.execute_sql_flush
    DatabaseOperations.execute_sql_flush = execute_sql_flush
    yield
    DatabaseOperations.execute_sql_flush = usual


@pytest.fixture
def business_hours(tmp_path, settings) -> Path:
    """Set the demo clock to the next weekday 10:00 in New York; return its file.

    Processes started by this test follow it too.
    """
    clock_file = tmp_path / "clock"
    demo_clock.open_for_business(clock_file)
    settings.CLOCK_FILE = str(clock_file)
    return clock_file


@pytest.fixture(scope="session")
def aws_process(tmp_path_factory):
    """Run the AWS stand-in for the whole session, at the address that the settings name."""
    from tests.processes import AwsStandIn

    stand_in = AwsStandIn(os.environ["AWS_ENDPOINT_URL"], tmp_path_factory.mktemp("aws"))
    yield stand_in
    stand_in.stop()


@pytest.fixture
def aws(aws_process, settings, tmp_path):
    """Give the AWS stand-in, emptied, as boto3 meets it over a socket; its clock is the test's."""
    aws_process.reset(tmp_path / "clock")
    settings.INBOUND_QUEUE_URL = aws_process.queue_url
    return aws_process


def _run(process):
    process.start()
    yield process
    process.stop()


@pytest.fixture
def empty_broker():
    """Forget what earlier tests left in the broker."""
    from smscompliance.celery import app

    with app.connection_for_write() as connection:
        connection.default_channel.client.flushall()


@pytest.fixture
def running_worker(transactional_db, aws, business_hours, empty_broker):
    """Run a real Celery worker on the test database during this test."""
    from tests.processes import RunningWorker

    yield from _run(RunningWorker())


@pytest.fixture
def running_beat(running_worker):
    """Run Celery's beat beside the worker, so that sweeps come by themselves."""
    from tests.processes import RunningBeat

    yield from _run(RunningBeat())


@pytest.fixture
def running_consumer(transactional_db, aws, business_hours):
    """Run the consumer of replies on the test database during this test."""
    from tests.processes import RunningProcess

    yield from _run(RunningProcess("consumer", "manage.py", "consume_replies"))


@pytest.fixture(scope="session")
def chromium():
    """Give a headless Chromium; skip where there is none, but fail in CI."""
    executable = shutil.which("chromium") or shutil.which("chromium-browser")
    if executable is None:
        reason = "Chromium is not installed (Debian: apt-get install chromium)"
        pytest.fail(reason) if os.environ.get("CI") == "true" else pytest.skip(reason)
    from playwright.sync_api import sync_playwright

    # Playwright's sync side runs an event loop, in which Django refuses its ORM without this.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=executable,
            args=[
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
            ],
        )
        yield browser
        browser.close()


@pytest.fixture
def page(chromium):
    """Open a fresh window; what the browser complained of is in `page.complaints`."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(15_000)
    window = context.new_page()
    window.complaints = []
    window.on("pageerror", lambda error: window.complaints.append(str(error)))
    window.on(
        "console",
        lambda message: window.complaints.append(message.text) if message.type == "error" else None,
    )
    yield window
    context.close()


@pytest.fixture
def stub_sns(settings):
    """Put a stub in Amazon's place that can be slow, cut the line, refuse or lie."""
    from smscompliance.devstack.stub_sns import StubSns

    stub = StubSns()
    settings.AWS_ENDPOINT_URL = stub.address
    yield stub
    stub.stop()


@pytest.fixture
def stub_eum(settings):
    """Put a stub in the place of End User Messaging, which says aloud why it refuses."""
    from tests.stub_eum import StubEum

    stub = StubEum()
    settings.AWS_ENDPOINT_URL = stub.address
    yield stub
    stub.stop()


def pytest_make_parametrize_id(config, val, argname):
    """Name bytes by their argument: those of an archive tell the second in which it was made.

    Runs beside each other must find the same tests.
    """
    return argname if isinstance(val, bytes) else None
