import hashlib

import pytest
from django.db import IntegrityError

from consent import clock, projection
from consent.importing import applying, lease, previewing
from consent.models import Contact, ContactImportRow, Evidence, OptInEvent, Subscription
from consent.vocabulary import (
    EventKind,
    ImportState,
    LegalBasis,
    Place,
    RowOutcome,
    Source,
    Standing,
)
from tests.builders import a_contact, a_disclosure, a_topic, a_user, an_event, an_opted_in_contact
from tests.consent.importing.lists import a_list, a_row, applied, previewed

pytestmark = pytest.mark.django_db


def numbers(how_many):
    return [f"+1212555{100 + n:04d}" for n in range(how_many)]


def test_an_applied_row_is_an_opt_in_with_its_proof():
    topic, officer = a_topic(), a_user()
    wording = a_disclosure(topic, place=Place.PAPER_FORM, language="es", version=2)
    header = "phone,topic,consented_at,source,disclosure_version,language,postal_code,external_id"
    row = "(212) 555-0101,example-alerts,2025-01-01T00:00:00Z,paper form,2,es,10001,crm-1"
    file = a_list(row, header=header)
    taken = applied(file, user=officer)
    assert (taken.state, taken.counts, taken.confirmed_by) == (
        ImportState.APPLIED,
        {"new": 1},
        officer,
    )
    event = OptInEvent.objects.get()
    assert (event.kind, event.source, event.legal_basis) == (
        EventKind.OPTED_IN,
        Source.PAPER_FORM,
        LegalBasis.EXPRESS_WRITTEN,
    )
    assert event.occurred_at.isoformat() == "2025-01-01T00:00:00+00:00"
    assert (event.disclosure, event.contact_import, event.recorded_by) == (wording, taken, officer)
    kept = event.evidence
    assert kept.words == wording.wording
    assert kept.cells == dict(zip(header.split(","), row.split(","), strict=True))
    assert (kept.file.name, kept.file_digest) == (
        "",  # it lies with its import: who may read one row may not read all
        hashlib.sha256(file.getvalue()).hexdigest(),
    )
    person = Contact.objects.get()
    assert (person.stated_postal_code, person.language, person.external_id) == (
        "10001",
        "es",
        "crm-1",
    )
    assert person.history.first().history_change_reason == f"Contact import #{taken.pk}"
    assert Subscription.objects.get().standing == Standing.OPTED_IN
    assert list(projection.differences()) == []


def test_an_unknown_wording_or_source_still_proves_when_and_how():
    a_topic()
    header = "phone,topic,consented_at,source,disclosure_version"
    applied(a_list(a_row(how="village fair") + ",7", header=header))
    event = OptInEvent.objects.get()
    assert (event.source, event.legal_basis, event.disclosure) == (
        Source.OTHER,
        LegalBasis.EXPRESS,
        None,
    )
    assert event.evidence.cells["source"] == "village fair"


def test_what_a_person_stated_before_is_not_overwritten():
    a_topic()
    Contact.objects.filter(pk=a_contact("+12125550101").pk).update(external_id="mine")
    header = "phone,topic,consented_at,source,external_id,zip,country,state"
    applied(a_list(a_row() + ",theirs,10001,US,NY", header=header))
    person = Contact.objects.get()
    stated = (person.external_id, person.stated_postal_code, person.stated_place)
    assert stated == ("mine", "10001", "US-NY")


def test_the_same_list_again_is_all_known_and_changes_nothing():
    a_topic()
    rows = [a_row(number) for number in numbers(3)]
    applied(a_list(*rows))
    before = OptInEvent.objects.count(), Contact.history.count()
    again = applied(a_list(*rows))
    assert again.counts == {"known": 3}
    assert (OptInEvent.objects.count(), Contact.history.count()) == before


def test_who_opts_out_after_the_preview_is_not_opted_in():
    topic = a_topic()
    taken = previewed(a_list(*[a_row(number) for number in numbers(3)]))
    assert (taken.counts, taken.figures["strangers"]) == ({"new": 3}, True)
    an_event(a_contact(numbers(1)[0]), EventKind.OPTED_OUT)
    applying.confirm(taken.pk)
    applying.apply(taken.pk)
    taken.refresh_from_db()
    assert taken.counts == {"new": 2, "opted_out": 1}
    row = ContactImportRow.objects.get(outcome=RowOutcome.OPTED_OUT)
    assert row.reason.startswith("This person opted out.")
    assert Subscription.objects.opted_in(topic).count() == 2


def test_strangers_are_neither_known_nor_named_twice():
    a_topic(), a_topic("example-offers")
    twice = previewed(a_list(a_row(), a_row(topic="example-offers")))
    alone = previewed(a_list(a_row()))
    a_contact("+12125550101")
    known = previewed(a_list(a_row()))
    assert [each.figures["strangers"] for each in (twice, alone, known)] == [False, True, False]


def test_an_import_never_overturns_an_opt_out():
    topic = a_topic()
    person = an_opted_in_contact(topic, "+12125550101")
    an_event(person, EventKind.OPTED_OUT, topic)
    taken = applied(a_list(a_row(at="2026-01-01T00:00:00Z")))
    assert taken.counts == {"opted_out": 1}
    assert Subscription.objects.get(topic=topic).standing == Standing.OPTED_OUT


def test_one_number_may_join_two_topics_in_one_list():
    a_topic(), a_topic("example-offers")
    taken = applied(a_list(a_row(), a_row(topic="example-offers")))
    assert taken.counts == {"new": 2}
    assert Subscription.objects.filter(standing=Standing.OPTED_IN).count() == 2


def test_nobody_on_a_list_shares_a_salt_or_a_public_id(settings):
    a_topic()
    settings.IMPORT_BATCH = 3
    applied(a_list(*[a_row(number) for number in numbers(8)]))
    assert len({bytes(kept.salt) for kept in Evidence.objects.all()}) == 8
    people = Contact.objects.values_list("pk", "public_id")
    assert len({public for _, public in people}) == 8
    assert sorted(people) == sorted(Contact.history.values_list("id", "public_id"))


def test_a_half_applied_import_is_carried_on_without_loss_or_double(monkeypatch, settings):
    topic = a_topic()
    settings.IMPORT_BATCH = 2
    taken = previewed(a_list(*[a_row(number) for number in numbers(7)]))
    applying.confirm(taken.pk)
    record_selected, batches = applying.ledger_in_bulk.record_selected, []

    def dies_in_the_third_batch(*given):
        recorded = record_selected(*given)
        batches.append(recorded)
        if len(batches) == 3:
            raise KeyboardInterrupt
        return recorded

    monkeypatch.setattr(applying.ledger_in_bulk, "record_selected", dies_in_the_third_batch)
    with pytest.raises(KeyboardInterrupt):
        applying.apply(taken.pk)
    taken.refresh_from_db()
    assert (taken.state, taken.progress, OptInEvent.objects.count()) == (ImportState.APPLYING, 4, 4)

    applying.apply(taken.pk)  # the dead worker's lease is not over
    assert OptInEvent.objects.count() == 4

    type(taken).objects.filter(pk=taken.pk).update(lease_until=None)
    applying.apply(taken.pk)
    taken.refresh_from_db()
    assert (taken.state, taken.progress, taken.counts) == (ImportState.APPLIED, 7, {"new": 7})
    assert (OptInEvent.objects.count(), Evidence.objects.count()) == (7, 7)
    assert Subscription.objects.opted_in(topic).count() == 7


def test_an_import_is_confirmed_once():
    a_topic()
    taken = previewed(a_list(a_row()))
    assert applying.confirm(taken.pk) is True
    assert applying.confirm(taken.pk) is False
    applying.apply(taken.pk)
    applying.apply(taken.pk)
    assert OptInEvent.objects.count() == 1


def test_who_was_taken_over_stops_before_writing():
    a_topic()
    taken = previewed(a_list(a_row()))
    applying.confirm(taken.pk, lease_until=lease.until())
    with pytest.raises(lease.LeaseLost):
        applying.apply(taken.pk, lease.until())
    assert OptInEvent.objects.count() == 0


def test_a_topic_closed_since_the_preview_takes_nobody_in():
    topic = a_topic()
    taken = previewed(a_list(a_row()))
    topic.open = False
    topic.save()
    applying.confirm(taken.pk)
    applying.apply(taken.pk)
    taken.refresh_from_db()
    assert taken.counts == {"unknown_topic": 1}
    assert Contact.objects.count() == 0


def test_rows_that_went_with_a_crash_of_the_database_are_read_again_and_applied_once(
    monkeypatch, settings
):
    topic = a_topic()
    settings.IMPORT_BATCH = 2
    taken = previewed(a_list(*[a_row(number) for number in numbers(5)], a_row("call me")))
    applying.confirm(taken.pk)
    stretches = list(applying.uncovered([], 7, 2))
    monkeypatch.setattr(applying, "uncovered", lambda *_: iter(stretches[:1]))
    monkeypatch.setattr(applying, "_finish", lambda *_, **__: None)
    applying.apply(taken.pk)
    assert OptInEvent.objects.count() == 2
    monkeypatch.undo()

    ContactImportRow.objects.all().delete()
    type(taken).objects.filter(pk=taken.pk).update(lease_until=None)
    settings.IMPORT_BATCH = 3
    applying.apply(taken.pk)
    taken.refresh_from_db()
    assert (taken.state, taken.progress, taken.counts) == (
        ImportState.APPLIED,
        5,
        {"new": 5, "invalid_number": 1},
    )
    assert (OptInEvent.objects.count(), Evidence.objects.count()) == (5, 5)
    assert Subscription.objects.opted_in(topic).count() == 5


def test_a_preview_whose_rows_are_gone_waits_to_be_read_again():
    a_topic()
    taken = previewed(a_list(a_row()))
    assert lease.abandoned() == []
    ContactImportRow.objects.all().delete()
    assert lease.abandoned() == [taken.pk]
    previewing.preview(taken.pk)
    taken.refresh_from_db()
    assert (taken.state, taken.counts, taken.import_rows.count()) == ("previewed", {"new": 1}, 1)


@pytest.mark.parametrize(
    ("done", "left"),
    [
        ([], [(2, 5), (6, 9), (10, 10)]),
        ([[2, 3], [6, 7]], [(4, 5), (8, 10)]),
        ([[4, 10]], [(2, 3)]),
        ([[2, 10]], []),
    ],
)
def test_what_is_left_is_what_no_stretch_covers(done, left):
    assert list(applying.uncovered(done, 10, 4)) == left


def test_neighbouring_stretches_become_one():
    assert applying.merged([[6, 7], [2, 3], (4, 5), (9, 9)]) == [[2, 7], [9, 9]]


def test_a_stretch_that_crosses_another_writer_is_applied_again(monkeypatch):
    a_topic()
    a_contact(numbers(1)[0])
    taken = previewed(a_list(*[a_row(number) for number in numbers(3)]))
    applying.confirm(taken.pk)
    find_or_make, crossed = applying.contacts_in_bulk.find_or_make, []

    def somebody_was_faster_once(*given, **named):
        found = find_or_make(*given, **named)
        if not crossed:
            crossed.append(found)
            Contact.objects.create(number=numbers(2)[1], created_at=clock.now())
        return found

    monkeypatch.setattr(applying.contacts_in_bulk, "find_or_make", somebody_was_faster_once)
    applying.apply(taken.pk)
    taken.refresh_from_db()
    assert (taken.state, taken.counts, len(crossed)) == (ImportState.APPLIED, {"new": 3}, 1)
    assert (Contact.objects.count(), OptInEvent.objects.count()) == (3, 3)


def test_a_fault_of_another_kind_is_not_tried_again(monkeypatch):
    a_topic()
    taken = previewed(a_list(a_row()))
    applying.confirm(taken.pk)
    tried = []

    def breaks(*given):
        tried.append(given)
        Contact.objects.create(number="none", created_at=clock.now())

    monkeypatch.setattr(applying.ledger_in_bulk, "record_selected", breaks)
    with pytest.raises(IntegrityError, match="contact_number_is_e164"):
        applying.apply(taken.pk)
    assert (len(tried), Contact.objects.count()) == (1, 0)
