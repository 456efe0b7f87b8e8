import hashlib
from datetime import timedelta

import pytest

from consent import clock
from consent.importing import lease, previewing
from consent.models import Contact, ContactImport, OptInEvent
from consent.vocabulary import EventKind, ImportState
from tests.builders import a_contact, a_topic, a_user, an_event, an_opted_in_contact
from tests.consent.importing.lists import LISTS, a_list, a_row, previewed

pytestmark = pytest.mark.django_db


def outcomes(taken):
    return dict(taken.import_rows.values_list("line", "outcome"))


def test_a_preview_changes_nothing_and_says_who_brought_what():
    a_topic()
    officer = a_user()
    file = a_list(a_row(), a_row("call me"))
    taken = previewed(file, user=officer, name="C:\\lists\\spring.csv")
    assert (taken.state, taken.rows, taken.counts) == (
        ImportState.PREVIEWED,
        2,
        {"new": 1, "invalid_number": 1},
    )
    assert (taken.file_name, taken.uploaded_by) == ("spring.csv", officer)
    assert taken.file_digest == hashlib.sha256(file.getvalue()).hexdigest()
    assert taken.file.read() == file.getvalue()
    assert (Contact.objects.count(), OptInEvent.objects.count()) == (0, 0)


def test_rows_are_held_against_the_ledger():
    topic, other = a_topic(), a_topic("example-offers")
    an_opted_in_contact(topic, "+12125550101")
    left = an_opted_in_contact(topic, "+12125550102")
    an_event(left, EventKind.OPTED_OUT, topic)
    everywhere = a_contact("+12125550103")
    an_event(everywhere, EventKind.OPTED_OUT)
    barred = a_contact("+12125550104")
    an_event(barred, EventKind.SUPPRESSED, note="Litigator")
    lifted = a_contact("+12125550105")
    an_event(lifted, EventKind.SUPPRESSED, note="By mistake")
    an_event(lifted, EventKind.SUPPRESSION_LIFTED)
    asked_again = an_opted_in_contact(topic, "+12125550106")
    an_event(asked_again, EventKind.OPTED_OUT, topic)
    an_event(asked_again, EventKind.REQUESTED, topic)
    taken = previewed(
        a_list(
            a_row("+12125550101"),
            a_row("+12125550102"),
            a_row("+12125550103"),
            a_row("+12125550104"),
            a_row("+12125550105"),
            a_row("+12125550106"),
            a_row("+12125550101", topic=other.slug),
        )
    )
    assert outcomes(taken) == {
        2: "known",
        3: "opted_out",
        4: "opted_out",
        5: "suppressed",
        6: "new",
        7: "opted_out",
        8: "new",
    }


def test_a_row_is_a_duplicate_only_of_a_good_one():
    a_topic(), a_topic("example-offers")
    taken = previewed(
        a_list(
            a_row(how=""),
            a_row(),
            a_row("+1 212 555 0101"),
            a_row(topic="example-offers"),
            a_row("(212) 555-0101"),
        )
    )
    assert outcomes(taken) == {
        2: "no_proof",
        3: "new",
        4: "duplicate_in_file",
        5: "new",
        6: "duplicate_in_file",
    }
    again = taken.import_rows.get(line=6)
    assert again.reason == "Line 3 says it already: the same number and topic."


def test_a_file_that_cannot_be_read_fails_and_is_not_kept():
    taken = previewed((LISTS / "ragged.csv").open("rb"), topic=a_topic())
    assert taken.state == ImportState.FAILED
    assert taken.fault.startswith("Line 2 has 2 cells and the header has 4")
    assert (taken.rows, taken.import_rows.count(), bool(taken.file)) == (0, 0, False)


def test_a_fault_far_down_the_list_leaves_no_rows(settings):
    settings.IMPORT_BATCH = 2
    a_topic()
    taken = previewed(a_list(*[a_row(f"+1212555010{n}") for n in range(5)], "one,two"))
    assert taken.fault.startswith("Line 7 has 2 cells")
    assert (taken.state, taken.import_rows.count(), taken.counts) == (ImportState.FAILED, 0, {})


def test_a_preview_is_begun_anew_where_its_worker_died():
    a_topic()
    taken = previewing.receive(a_list(a_row(), a_row("x")), "a.csv", default_topic=None)
    taken.import_rows.create(contact_import=taken, line=2, told="{}", outcome="known")
    previewing.preview(taken.pk)
    assert outcomes(taken) == {2: "new", 3: "invalid_number"}


def test_a_preview_that_somebody_works_on_is_left_alone():
    taken = previewing.receive(
        a_list(a_row()), "a.csv", default_topic=None, lease_until=lease.until()
    )
    previewing.preview(taken.pk)
    taken.refresh_from_db()
    assert (taken.state, taken.import_rows.count()) == (ImportState.UPLOADED, 0)


def test_who_lost_the_lease_writes_nothing_more():
    taken = previewing.receive(a_list(a_row()), "a.csv", default_topic=None)
    with pytest.raises(lease.LeaseLost):
        previewing.preview(taken.pk, clock.now() - timedelta(hours=1))
    assert taken.import_rows.count() == 0


def test_a_discarded_preview_keeps_the_record_and_no_personal_data():
    a_topic()
    taken = previewed(a_list(a_row()))
    assert previewing.discard(taken) is True
    taken = ContactImport.objects.get(pk=taken.pk)
    assert (taken.state, taken.counts, bool(taken.file)) == (
        ImportState.DISCARDED,
        {"new": 1},
        False,
    )
    assert taken.import_rows.count() == 0
    assert previewing.discard(taken) is False
