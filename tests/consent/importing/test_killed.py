"""Kill the process that applies a list with kill -9, and let another finish it."""

import json
import time

import pytest

from consent import projection
from consent.importing import applying
from consent.models import Contact, ContactImport, ContactImportRow, Evidence, OptInEvent
from consent.vocabulary import ImportState, RowOutcome
from tests.builders import a_topic
from tests.consent.importing.lists import LISTS
from tests.processes import RunningProcess

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


def test_a_killed_import_is_finished_without_loss_or_double(business_hours, monkeypatch):
    monkeypatch.setenv("IMPORT_BATCH", "100")
    a_topic("acme-alerts"), a_topic("acme-offers")
    importer = RunningProcess(
        "importer", "manage.py", "import_contacts", str(LISTS / "spring_signup.csv")
    )
    importer.start()
    until = time.monotonic() + 60
    while not OptInEvent.objects.exists() and time.monotonic() < until:
        time.sleep(0.02)
    importer.kill()
    taken = ContactImport.objects.get()
    done = OptInEvent.objects.count()
    assert (taken.state, taken.progress) == (ImportState.APPLYING, done)
    assert 0 < done < 4387

    ContactImport.objects.update(lease_until=None)  # as two minutes do
    applying.apply(taken.pk)
    taken.refresh_from_db()
    expected = json.loads((LISTS / "expected.json").read_text())["spring_signup.csv"]
    assert {"rows": taken.rows, **taken.counts} == expected
    assert (OptInEvent.objects.count(), Evidence.objects.count()) == (4387, 4387)
    assert ContactImportRow.objects.filter(outcome=RowOutcome.NEW).count() == 4387
    assert Contact.objects.count() == Contact.history.filter(history_type="+").count()
    assert list(projection.differences()) == []
