"""Lists: a million new contacts with consents and history, beside the usual way and plain COPY.

The usual way writes contacts alone, without consents, evidence or standings.
"""

import csv
import io
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import tablib
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client, override_settings

from consent import phone_numbers
from consent.models import Contact, Evidence, OptInEvent, Subscription
from tests import builders as make
from tests.benchmarks import list_floor
from tests.processes import environment_of_the_test

ROWS = int(os.environ.get("BENCH_LIST_ROWS", "1000000"))
SAMPLE = 2000  # rows given to the usual way, whose time grows with them
HEADER = "phone,topic,consented_at,source,disclosure_version,language,postal_code,external_id"
TYPED = """
    CREATE TABLE IF NOT EXISTS bench_typed (
        phone varchar(20) NOT NULL UNIQUE, topic text, consented_at timestamptz, source text,
        disclosure_version int, language text, postal_code text, external_id text
    )
"""


def measure() -> dict[str, float]:
    """Time all ways, one after the other; COPY before and after ours, since machines drift."""
    make.a_disclosure(make.a_topic(), version=2)
    numbers = _numbers(ROWS + 3 * SAMPLE)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "list.csv"
        _write(file, numbers[:ROWS])
        before = _copy(file)
        ours = _ours(file)
        after = _copy(file)
        same_rows = list_floor.seconds_to_copy()
    took = ours["preview"] + ours["apply"]
    _drop_typed()
    rests = [numbers[ROWS + n * SAMPLE :][:SAMPLE] for n in range(3)]
    default, bulk, by_admin = _usual(rests[0]), _usual(rests[1], bulk=True), _admin(rests[2])
    rate = ROWS / took
    return {
        "import_rows": ROWS,
        "import_rows_per_s": rate,
        "import_preview_s": ours["preview"],
        "import_apply_s": ours["apply"],
        "import_time_vs_copy": took / ((before + after) / 2),
        "import_apply_time_vs_same_rows": ours["apply"] / same_rows,
        "import_peak_mb": ours["peak_mb"],
        "import_rate_vs_import_export": rate / default,
        "import_rate_vs_import_export_bulk": rate / bulk,
        "import_rate_vs_import_export_admin": rate / by_admin,
    }


def _numbers(how_many: int) -> list[str]:
    codes = sorted(phone_numbers._plain_area_codes())
    drawn = random.Random(6).sample(range(len(codes) * 8_000_000), how_many)
    return [f"+1{codes[at // 8_000_000]}{2_000_000 + at % 8_000_000}" for at in drawn]


def _write(file: Path, numbers: list[str]) -> None:
    with file.open("w") as lines:
        lines.write(HEADER + "\n")
        for n, number in enumerate(numbers):
            lines.write(
                f"{number},example-alerts,2025-0{1 + n % 9}-1{n % 10}T0{n % 10}:{n % 60:02d}:00Z,"
                f"web form,2,en,{n % 100_000:05d},crm-{n}\n"
            )


def _copy(file: Path) -> float:
    with connection.cursor() as cursor:
        cursor.execute(TYPED)
        cursor.execute("TRUNCATE bench_typed")
        begun = time.perf_counter()
        with (
            file.open("rb") as source,
            cursor.copy("COPY bench_typed FROM STDIN CSV HEADER") as wire,
        ):
            while piece := source.read(1 << 18):
                wire.write(piece)
        return time.perf_counter() - begun


def _drop_typed() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE bench_typed")


def _ours(file: Path) -> dict[str, float]:
    told = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.list_import", str(file)],
        env=environment_of_the_test(),
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, float] = json.loads(told.stdout)
    assert found["counts"] == {"new": ROWS}, found
    for model in (Contact, Contact.history, OptInEvent, Evidence, Subscription):
        manager = getattr(model, "objects", model)
        assert manager.count() == ROWS, model
    return found


def _table(numbers: list[str]) -> tablib.Dataset:
    from tests.benchmarks.import_export_site import COLUMNS

    rows = [(number, "US", "", "en", "10001", f"usual-{number}") for number in numbers]
    return tablib.Dataset(*rows, headers=COLUMNS)


def _usual(numbers: list[str], *, bulk: bool = False) -> float:
    from tests.benchmarks.import_export_site import BulkContactResource, ContactResource

    resource = BulkContactResource() if bulk else ContactResource()
    begun = time.perf_counter()
    result = resource.import_data(_table(numbers), raise_errors=True)
    took = time.perf_counter() - begun
    assert not result.has_errors()
    assert Contact.objects.filter(number__in=numbers).count() == len(numbers)
    return len(numbers) / took


def _admin(numbers: list[str]) -> float:
    """Upload, look at the preview, confirm: as a person does it, without the person's time."""
    text = io.StringIO()
    csv.writer(text).writerows([_table(numbers).headers, *_table(numbers)])
    user = get_user_model().objects.create_superuser("usual", password="a-long-password-1")
    client = Client()
    client.force_login(user)
    with override_settings(ROOT_URLCONF="tests.benchmarks.import_export_site"):
        begun = time.perf_counter()
        file = io.BytesIO(text.getvalue().encode())
        file.name = "usual.csv"
        page = client.post(
            "/admin/consent/contact/import/", {"import_file": file, "format": "0", "resource": ""}
        )
        hidden = dict(
            re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page.content.decode())
        )
        hidden.pop("csrfmiddlewaretoken", None)
        answer = client.post("/admin/consent/contact/process_import/", hidden)
        took = time.perf_counter() - begun
    assert answer.status_code == 302, answer.content[:2000]
    assert Contact.objects.filter(number__in=numbers).count() == len(numbers)
    return len(numbers) / took
