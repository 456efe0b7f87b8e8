"""An audit export as a job: one moment, one build, flat memory, and what a failure leaves."""

import tracemalloc
from datetime import timedelta

import pytest
from django.db import connection

from campaigns import message_export
from consent import audit_export, clock
from consent.audit_export import Sheet
from consent.models import AuditExport
from consent.vocabulary import ExportState
from tests.builders import (
    a_topic,
)
from tests.campaigns.exports import an_export, sheet

pytestmark = pytest.mark.django_db(transaction=True)


def test_all_sheets_see_the_same_moment():
    topic = a_topic()

    def meddling(export):
        other = connection.copy()
        with other.cursor() as cursor:
            cursor.execute("UPDATE consent_topic SET description = 'changed meanwhile'")
        other.close()
        yield from ()

    def descriptions(export):
        yield from type(topic).objects.values_list("description")

    export = an_export()
    sheets = [
        Sheet("before.csv", ["description"], descriptions),
        Sheet("meddling.csv", [], meddling),
        Sheet("after.csv", ["description"], descriptions),
    ]
    audit_export.build(export.pk, sheets)
    export.refresh_from_db()
    assert sheet(export, "after.csv") == sheet(export, "before.csv")


def test_an_export_is_built_once_and_again_where_its_worker_died():
    export = an_export(lease_until=clock.now() + timedelta(minutes=1), state=ExportState.RUNNING)
    audit_export.build(export.pk, message_export.SHEETS)
    assert audit_export.abandoned() == []
    assert AuditExport.objects.get().state == ExportState.RUNNING

    AuditExport.objects.update(lease_until=clock.now())
    assert audit_export.abandoned() == [export.pk]
    audit_export.build(export.pk, message_export.SHEETS)
    ready = AuditExport.objects.get()
    assert ready.state == ExportState.READY

    audit_export.build(export.pk, message_export.SHEETS)
    assert AuditExport.objects.get().file.name == ready.file.name


def test_who_was_taken_over_stops_and_leaves_no_file(monkeypatch):
    monkeypatch.setattr(audit_export, "RENEWED_EVERY", 0)
    monkeypatch.setattr(audit_export, "CHUNK", 1)
    export = an_export()

    def taken_over(asked):
        other = connection.copy()
        with other.cursor() as cursor:
            cursor.execute("UPDATE consent_auditexport SET lease_until = now() + '1 hour'")
        other.close()
        yield ("a row",)

    with pytest.raises(audit_export.LeaseLost):
        audit_export.build(export.pk, [Sheet("a.csv", ["a"], taken_over)])
    export.refresh_from_db()
    assert (export.state, bool(export.file)) == (ExportState.RUNNING, False)


def test_a_failed_export_says_so():
    export = an_export()

    def broken(asked):
        raise OSError("No space left on device")
        yield

    with pytest.raises(OSError, match="No space"):
        audit_export.build(export.pk, [Sheet("a.csv", ["a"], broken)])
    export.refresh_from_db()
    assert export.state == ExportState.FAILED
    assert export.fault.startswith("The file could not be written (OSError).")
    assert audit_export.abandoned() == []


def test_memory_does_not_grow_with_the_sheet():
    export = an_export()
    rows = Sheet("a.csv", ["a", "b"], lambda asked: ((n, "=" * 200) for n in range(100_000)))
    tracemalloc.start()
    audit_export.build(export.pk, [rows])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    export.refresh_from_db()
    assert export.counts == {"a.csv": 100_000}
    assert peak < 3_000_000
