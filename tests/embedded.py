"""Start a throw-away PostgreSQL and broker before Django reads its settings.

An early plugin (`-p tests.embedded`): pytest-django loads the settings before any conftest runs.
Workers of pytest-xdist find the servers in the environment they inherit.
"""

import atexit
import json
import os
import secrets
import shutil
import tempfile
from pathlib import Path
from typing import Any

import psycopg

from smscompliance.devstack import children
from smscompliance.devstack.broker import EmbeddedBroker
from smscompliance.devstack.ports import any_free
from smscompliance.devstack.postgres import EmbeddedPostgres

ROOT = Path(__file__).resolve().parent.parent
PREFIX = "smscompliance-tests-"
KNOWN = "SMSCOMPLIANCE_TEST_SERVERS"
BESIDE = "PYTEST_XDIST_WORKER"
ROLE = "smscompliance"


def start_servers() -> None:
    """Start both servers and tell their addresses to everything that this process starts."""
    _sweep_what_the_killed_left()
    home = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))
    home.chmod(0o711)  # as root, the servers run as somebody else and must get through
    postgres = EmbeddedPostgres(
        home / "postgres",
        port=any_free(),
        superuser_password=secrets.token_urlsafe(24),
        log=home / "postgres.log",
        forgetful=True,
    )
    broker = EmbeddedBroker(
        home / "broker",
        port=any_free(),
        password=secrets.token_urlsafe(24),
        log=home / "broker.log",
    )
    owner = os.getpid()

    def end() -> None:
        if os.getpid() == owner:  # not in a fork of ours
            broker.stop()
            postgres.stop()
            shutil.rmtree(home, ignore_errors=True)

    atexit.register(end)
    broker.launch()
    postgres.start()
    database = postgres.ensure_application(
        ROLE, secrets.token_urlsafe(24), may_create_databases=True
    )
    broker.wait_until_ready()
    os.environ.update(
        {
            KNOWN: json.dumps(
                {
                    "home": str(home),
                    "postgres_port": postgres.port,
                    "superuser_password": postgres.superuser_password,
                }
            ),
            "DATABASE_URL": database,
            "CELERY_BROKER_URL": broker.url,
        }
    )


def set_environment() -> None:
    """Give the settings what they need, and never an address or a key of Amazon's."""
    if beside := os.environ.get(BESIDE):
        # A Celery worker must not take the tasks of a test that runs beside it
        database = int(beside.removeprefix("gw")) + 1
        broker = os.environ["CELERY_BROKER_URL"].rsplit("/", 1)[0]
        os.environ["CELERY_BROKER_URL"] = f"{broker}/{database}"
    os.environ.update(
        {
            "DJANGO_SETTINGS_MODULE": "smscompliance.settings",
            "DEBUG": "1",  # pytest-django switches it off; it keeps static files unhashed
            "SECRET_KEY": "only-for-tests-" + "x" * 40,
            "ALTCHA_HMAC_KEY": "only-for-tests-" + "y" * 40,
            "ALLOWED_HOSTS": "localhost,127.0.0.1,testserver",
            "PUBLIC_BASE_URL": "http://localhost:8000",
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{any_free()}",
            "AWS_REGION": "us-east-1",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_EC2_METADATA_DISABLED": "true",
            "INBOUND_QUEUE_URL": "",
            "CLOCK_FILE": "",
            "PHONES_PAGE": "1"
            if (ROOT / "smscompliance/devstack/phones/urls.py").exists()
            else "0",
            "MEDIA_ROOT": str(home() / "media"),
        }
    )
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "HTTPS_ONLY", "LOG_LEVEL", "TIME_ZONE"):
        os.environ.pop(name, None)


def servers() -> dict[str, str]:
    """Return where the servers of this run are: home, postgres_port, superuser_password."""
    known: dict[str, str] = json.loads(os.environ[KNOWN])
    return known


def a_superuser(database: str, **more: Any) -> psycopg.Connection:
    """Connect to a database of this run as somebody whom nothing is refused."""
    return psycopg.connect(
        host="127.0.0.1",
        port=servers()["postgres_port"],
        user="postgres",
        password=servers()["superuser_password"],
        dbname=database,
        **more,
    )


def home() -> Path:
    """Return the directory of this run, or of this one among several that run side by side."""
    found = Path(servers()["home"]) / os.environ.get(BESIDE, "")
    found.mkdir(exist_ok=True)
    return found


def _sweep_what_the_killed_left() -> None:
    for left in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        pid = left.name.removeprefix(PREFIX).split("-")[0]
        if pid.isdigit() and children.started_at(int(pid)) is None:
            shutil.rmtree(left, ignore_errors=True)


if KNOWN not in os.environ:
    start_servers()
set_environment()
