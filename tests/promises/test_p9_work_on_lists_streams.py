"""P9: memory does not grow with the file or the table."""

import gc
import tracemalloc

import pytest

from campaigns import message_export
from consent import audit_export
from consent.importing import applying, previewing
from consent.vocabulary import ExportState, ImportState
from tests.builders import a_topic
from tests.campaigns.exports import an_export
from tests.consent.importing.lists import a_list, a_row

AREA_CODES = (212, 213, 214, 312, 404)


def a_list_of(rows, first):
    return a_list(
        *(
            a_row(f"+1{AREA_CODES[n % 5]}{200 + n // 5 % 700:03d}{n // 3500:04d}")
            for n in range(first, first + rows)
        )
    )


def peak_of(work) -> int:
    # Else rows in cycles lie about until they come to a quarter of all that tests have loaded
    gc.collect()
    gc.freeze()
    gc.collect()
    tracemalloc.start()
    work()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    gc.unfreeze()
    return peak


@pytest.mark.django_db(transaction=True)
def test_p9_a_list_four_times_as_long_and_its_export_take_no_more_memory(monkeypatch, settings):
    settings.IMPORT_BATCH = 100
    monkeypatch.setattr("consent.audit_sheets.CHUNK", 100)
    a_topic()
    peaks = []
    for first, rows in ((0, 100), (1000, 400), (3000, 1600)):
        taken = previewing.receive(a_list_of(rows, first), "list.csv", default_topic=None)
        preview = peak_of(lambda taken=taken: previewing.preview(taken.pk))
        applying.confirm(taken.pk)
        apply = peak_of(lambda taken=taken: applying.apply(taken.pk))
        taken.refresh_from_db()
        assert (taken.state, taken.counts) == (ImportState.APPLIED, {"new": rows})
        export = an_export()
        build = peak_of(lambda export=export: audit_export.build(export.pk, message_export.SHEETS))
        export.refresh_from_db()
        assert export.state == ExportState.READY
        peaks.append({"preview": preview, "apply": apply, "export": build})
    _first_warms_up, short, long = peaks
    for step, peak in long.items():
        assert peak < short[step] * 1.5, (step, peaks)
