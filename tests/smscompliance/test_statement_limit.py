"""A statement of a page is ended after a time, and its reader told; all else takes its time."""

import http.client
import subprocess
import sys
import threading
import time
from copy import deepcopy
from pathlib import Path

import pytest
from django.db import OperationalError, connection
from django.urls import reverse
from psycopg.pq import TransactionStatus

from consent import list_export
from smscompliance.statement_limit import limit_statements
from tests.builders import a_contact, a_topic, a_user
from tests.embedded import a_superuser
from tests.processes import RunningWeb, environment_of_the_test

pytestmark = pytest.mark.django_db(transaction=True)

ROOT = Path(__file__).parents[2]
TOO_LONG = "This took too long"
BRANDS = reverse("admin:consent_brand_changelist")
EXPORT = reverse("admin:consent_contact_export")


def shown(name="statement_timeout"):
    with connection.cursor() as cursor:
        cursor.execute(f"SHOW {name}")
        return cursor.fetchone()[0]


@pytest.fixture
def limited(transactional_db):
    """Connect as the web server does, with a limit of one second."""
    usual = deepcopy(connection.settings_dict["OPTIONS"])
    connection.close()
    limit_statements({"default": connection.settings_dict}, 1)
    yield
    connection.close()
    connection.settings_dict["OPTIONS"] = usual


@pytest.fixture
def barred():
    """Return what locks a table from elsewhere until it is called again."""
    with a_superuser(connection.settings_dict["NAME"]) as other:

        def bar(table):
            other.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
            return other

        yield bar


@pytest.fixture
def staff():
    return a_user("root", superuser=True)


def test_a_page_that_takes_too_long_says_so_and_what_to_do(limited, barred, client, staff, caplog):
    client.force_login(staff)
    bar = barred("consent_brand")
    page = client.get(BRANDS)
    assert page.status_code == 503
    assert TOO_LONG in page.text
    assert "Narrow the filter, or export the list" in page.text
    assert "A statement took too long and was ended: admin:consent_brand_changelist" in caplog.text
    bar.rollback()
    assert client.get(BRANDS).status_code == 200
    assert shown() == "1s"


def test_the_public_is_told_to_come_again(limited, barred, client):
    topic = a_topic()
    barred("consent_topic")
    page = client.get(f"/join/{topic.slug}/")
    assert page.status_code == 503
    assert "try it again in a few minutes" in page.text
    assert "Narrow the filter" not in page.text


def test_a_change_that_takes_too_long_is_undone_and_the_limit_stays(limited, barred, client, staff):
    topic = a_topic()
    client.force_login(staff)
    bar = barred("consent_historicalbrand")
    given = {
        "name": "Renamed Corp.",
        "support_email": "help@example.com",
        "terms_url": "https://example.com/terms",
        "privacy_url": "https://example.com/privacy",
        "change_reason": "A new name",
    }
    address = reverse("admin:consent_brand_change", args=[topic.brand_id])
    assert client.post(address, given).status_code == 503
    bar.rollback()
    topic.brand.refresh_from_db()
    assert topic.brand.name == "Example Corp."
    assert shown() == "1s"
    assert client.post(address, given).status_code == 302


def test_other_faults_stay_faults(limited, client, staff, monkeypatch):
    def broken(*args, **kwargs):
        raise OperationalError("the connection is lost")

    client.force_login(staff)
    client.raise_request_exception = False
    monkeypatch.setattr("consent.admin.brand.BrandAdmin.get_queryset", broken)
    page = client.get(BRANDS)
    assert page.status_code == 500
    assert TOO_LONG not in page.text


def waits_longer_than_the_limit(bar):
    """Lift a bar once somebody has waited for it past the limit."""
    waiting = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND"
        " wait_event_type = 'Lock' AND clock_timestamp() - query_start > interval '1.5 seconds'"
    )
    deadline = time.monotonic() + 60
    with a_superuser(connection.settings_dict["NAME"], autocommit=True) as watcher:
        while not watcher.execute(waiting).fetchone()[0] and time.monotonic() < deadline:
            time.sleep(0.1)
    bar.rollback()


def test_an_export_is_not_cut_and_the_limit_holds_again_after_it(limited, barred, client, staff):
    numbers = [a_contact().number for _ in range(3)]
    client.force_login(staff)
    answer = client.post(EXPORT, {"reason": "An audit"})
    bar = barred("consent_contact")
    letting_go = threading.Thread(target=waits_longer_than_the_limit, args=(bar,))
    letting_go.start()
    words = b"".join(answer.streaming_content).decode()
    letting_go.join()
    assert [number in words for number in numbers] == [True, True, True]
    assert shown() == "1s"


def test_an_export_that_its_reader_breaks_off_leaves_the_limit(limited, client, staff, monkeypatch):
    monkeypatch.setattr(list_export, "PIECE", 1)
    for _ in range(3):
        a_contact()
    client.force_login(staff)
    answer = client.post(EXPORT, {"reason": "An audit"})
    next(iter(answer.streaming_content))
    assert connection.connection.info.transaction_status == TransactionStatus.ACTIVE
    answer.close()
    assert shown() == "1s"
    assert "broken off" in client.get(reverse("admin:admin_logentry_changelist")).text


@pytest.mark.parametrize(
    ("before", "seconds", "after"),
    [
        ({}, 60, {"options": "-c statement_timeout=60s"}),
        ({"options": "-c jit=off"}, 5, {"options": "-c jit=off -c statement_timeout=5s"}),
        ({"options": "-c jit=off"}, 0, {"options": "-c jit=off"}),
    ],
)
def test_the_limit_is_added_to_what_a_connection_brings_already(before, seconds, after):
    databases = {"default": {"OPTIONS": before}}
    limit_statements(databases, seconds)
    assert databases["default"]["OPTIONS"] == after


def test_the_web_server_has_the_limit_and_a_worker_or_command_has_none():
    asked = """
import {module}
import django
django.setup()
from django.db import connection
with connection.cursor() as cursor:
    cursor.execute("SHOW statement_timeout")
    print(cursor.fetchone()[0])
"""
    found = {}
    for module in ("smscompliance.wsgi", "smscompliance.celery"):
        told = subprocess.run(
            [sys.executable, "-c", asked.format(module=module)],
            env=environment_of_the_test() | {"STATEMENT_TIMEOUT_SECONDS": "7"},
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
        found[module] = told.stdout.split()[-1]
    assert found == {"smscompliance.wsgi": "7s", "smscompliance.celery": "0"}


def asked_of(web, address, session):
    line = http.client.HTTPConnection("127.0.0.1", web.port, timeout=60)
    line.request("GET", address, headers={"Cookie": f"sessionid={session}"})
    answer = line.getresponse()
    told = answer.status, answer.read().decode()
    line.close()
    return told


@pytest.mark.e2e
def test_the_web_server_ends_what_takes_too_long_and_goes_on(barred, client, staff, monkeypatch):
    client.force_login(staff)
    session = client.cookies["sessionid"].value
    monkeypatch.setenv("STATEMENT_TIMEOUT_SECONDS", "1")
    web = RunningWeb()
    web.start()
    try:
        bar = barred("consent_brand")
        status, page = asked_of(web, BRANDS, session)
        assert (status, TOO_LONG in page) == (503, True)
        bar.rollback()
        assert asked_of(web, BRANDS, session)[0] == 200
    finally:
        web.stop()
