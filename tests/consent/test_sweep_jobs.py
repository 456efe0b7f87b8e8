import time

import pytest

from consent.importing import applying, previewing
from consent.models import AuditExport, ContactImport, ReassignedAnswerFile, ReassignedCheck
from consent.tasks import sweep_jobs
from consent.vocabulary import CheckState, ExportState, ImportState
from tests.builders import a_topic, an_opted_in_contact
from tests.campaigns.exports import an_export
from tests.consent.importing.lists import a_list, a_row, previewed
from tests.consent.reassigned import a_check, received

pytestmark = [pytest.mark.e2e]


def comes_to(model, pk, state, within=30):
    """Wait until a row has come to a state."""
    until = time.monotonic() + within
    while model.objects.get(pk=pk).state != state and time.monotonic() < until:
        time.sleep(0.2)
    return model.objects.get(pk=pk).state


def test_what_nobody_woke_is_found_and_done_by_a_real_worker(running_worker):
    a_topic()
    uploaded = previewing.receive(a_list(a_row()), "a.csv", default_topic=None)
    confirmed = previewed(a_list(a_row("+12125550102")))
    applying.confirm(confirmed.pk)
    export = an_export()
    sweep_jobs()
    assert comes_to(ContactImport, uploaded.pk, ImportState.PREVIEWED) == ImportState.PREVIEWED
    assert comes_to(ContactImport, confirmed.pk, ImportState.APPLIED) == ImportState.APPLIED
    assert comes_to(AuditExport, export.pk, ExportState.READY) == ExportState.READY


def test_checks_and_answers_that_nobody_woke_are_found_and_done(running_worker):
    an_opted_in_contact(a_topic(), "+12125550103")
    asked = a_check(only_due=False)
    answers = received(asked, "2125550103,2025-03-04,no\n")
    waiting = a_check(made=False, only_due=False)
    sweep_jobs()
    assert comes_to(ReassignedCheck, waiting.pk, CheckState.ASKED) == CheckState.ASKED
    assert comes_to(ReassignedAnswerFile, answers.pk, ExportState.READY) == ExportState.READY
    assert ReassignedCheck.objects.get(pk=asked.pk).state == CheckState.ANSWERED
