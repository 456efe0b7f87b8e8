"""An applied list is taken back: what it brought is withdrawn, and nothing else."""

from datetime import UTC, datetime

import pytest

from consent import projection
from consent.importing import lease, recalling
from consent.models import Contact, ContactImport, OptInEvent, Subscription
from consent.vocabulary import EventKind, ImportState, ListKind, Source, Standing
from tests.builders import a_contact, a_topic, a_user, an_event, an_opted_in_contact
from tests.consent.importing.lists import a_list, a_row, applied

pytestmark = pytest.mark.django_db
NUMBERS = [f"+1212555010{n}" for n in range(8)]


def recalled(taken, user=None, reason="The vendor forged the forms"):
    assert recalling.confirm(taken.pk, user=user, reason=reason) is True
    recalling.recall(taken.pk)
    taken.refresh_from_db()
    return taken


def standings(topic):
    rows = Subscription.objects.filter(topic=topic).select_related("contact")
    return {row.contact.number: row.standing for row in rows}


def test_a_recalled_list_withdraws_its_consents_and_says_so_in_the_ledger(monkeypatch):
    monkeypatch.setattr(recalling, "BATCH", 2)
    topic, officer = a_topic(), a_user()
    taken = applied(a_list(*map(a_row, NUMBERS[:5])))
    assert recalling.reach(taken) == recalling.Reach(withdrawn=5, standing=5)
    recalled(taken, officer)
    assert (taken.state, taken.progress, taken.recalled_by) == (ImportState.RECALLED, 5, officer)
    assert taken.recalled_at is not None
    assert standings(topic) == {}
    brought = OptInEvent.objects.filter(contact_import=taken)
    corrections = OptInEvent.objects.filter(kind=EventKind.CORRECTED)
    assert brought.count() == 5
    assert set(corrections.values_list("corrects", flat=True)) == set(
        brought.values_list("pk", flat=True)
    )
    assert set(corrections.values_list("source", "recorded_by", "note")) == {
        (
            Source.STAFF,
            officer.pk,
            f"Recall of contact import #{taken.pk}: The vendor forged the forms",
        )
    }
    assert Contact.objects.count() == 5
    assert list(projection.differences()) == []


def test_what_came_from_elsewhere_stays():
    topic, other = a_topic(), a_topic("example-offers")
    taken = applied(a_list(*map(a_row, NUMBERS[:5])))
    people = {person.number: person for person in Contact.objects.all()}
    an_event(people[NUMBERS[0]], EventKind.OPTED_OUT, topic)
    an_event(people[NUMBERS[1]], EventKind.OPTED_IN, topic)
    an_event(people[NUMBERS[2]], EventKind.OPTED_IN, other)
    an_event(people[NUMBERS[3]], EventKind.SUPPRESSED, note="Litigator")
    an_opted_in_contact(topic, NUMBERS[6])
    applied(a_list(a_row(NUMBERS[7])))
    assert recalling.reach(taken) == recalling.Reach(withdrawn=5, standing=3)
    recalled(taken)
    assert standings(topic) == {
        NUMBERS[0]: Standing.OPTED_OUT,
        NUMBERS[1]: Standing.OPTED_IN,
        NUMBERS[6]: Standing.OPTED_IN,
        NUMBERS[7]: Standing.OPTED_IN,
    }
    assert standings(other) == {NUMBERS[2]: Standing.OPTED_IN}
    assert people[NUMBERS[3]].suppressions.count() == 1
    assert list(projection.differences()) == []


def test_a_yes_to_a_list_that_asked_again_is_the_persons_own():
    topic = a_topic()
    taken = applied(a_list(*map(a_row, NUMBERS[:2])), ask_again=True)
    confirmed = Contact.objects.get(number=NUMBERS[0])
    an_event(confirmed, EventKind.CONFIRMED, topic, source=Source.REPLY)
    recalled(taken)
    assert taken.progress == 1
    assert standings(topic) == {NUMBERS[0]: Standing.OPTED_IN}


def test_opt_outs_that_a_list_brought_are_never_recalled():
    taken = applied(a_list(NUMBERS[0], header="phone"), holds=ListKind.OPT_OUTS)
    assert recalling.may_be_recalled(taken) is False
    assert recalling.confirm(taken.pk, user=None, reason="No") is False


def test_a_recall_that_died_is_carried_on_without_loss_or_double(monkeypatch):
    monkeypatch.setattr(recalling, "BATCH", 2)
    topic = a_topic()
    taken = applied(a_list(*map(a_row, NUMBERS[:7])))
    recalling.confirm(taken.pk, user=None, reason="Forged")
    record_many, batches = recalling.ledger.record_many, []

    def dies_in_the_third_batch(drafts):
        batches.append(record_many(drafts))
        if len(batches) == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr(recalling.ledger, "record_many", dies_in_the_third_batch)
    with pytest.raises(KeyboardInterrupt):
        recalling.recall(taken.pk)
    assert (ContactImport.objects.get().progress, len(standings(topic))) == (4, 3)
    recalling.recall(taken.pk)  # the dead worker's lease is not over
    assert len(standings(topic)) == 3
    ContactImport.objects.update(lease_until=None)
    assert lease.abandoned() == [taken.pk]
    recalling.recall(taken.pk)
    taken.refresh_from_db()
    assert (taken.state, taken.progress, standings(topic)) == (ImportState.RECALLED, 7, {})
    assert OptInEvent.objects.filter(kind=EventKind.CORRECTED).count() == 7


def test_an_import_is_recalled_once_and_may_be_brought_again():
    topic = a_topic()
    taken = recalled(applied(a_list(a_row(NUMBERS[0]))))
    assert recalling.confirm(taken.pk, user=None, reason="Again") is False
    again = applied(a_list(a_row(NUMBERS[0])))
    assert again.counts == {"new": 1}
    assert standings(topic) == {NUMBERS[0]: Standing.OPTED_IN}


def test_an_event_that_staff_corrected_before_is_not_corrected_again():
    topic = a_topic()
    taken = applied(a_list(a_row(NUMBERS[0])))
    event = OptInEvent.objects.get()
    an_event(
        a_contact(NUMBERS[0]),
        EventKind.CORRECTED,
        topic,
        corrects=event.pk,
        occurred_at=datetime(2026, 1, 1, tzinfo=UTC),
    )
    assert recalling.reach(taken) == recalling.Reach(0, 0)
    recalled(taken)
    assert (taken.progress, OptInEvent.objects.count()) == (0, 2)
