"""Staff record a consent that they know of; it never overturns a no."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction

from consent import clock
from consent.ledger import SoftFacts
from consent.models import OptInEvent, Subscription
from consent.taking_consent import CannotTake, Given, take
from consent.vocabulary import EventKind, ImpliedBy, LegalBasis, Source, Standing
from tests.builders import a_contact, a_topic, a_user, an_event

pytestmark = pytest.mark.django_db
DAY = date(2026, 3, 2)


def given(basis=LegalBasis.EXPRESS, **fields) -> Given:
    return Given(
        **{"source": Source.PHONE_CALL, "on": DAY, "note": "Rang us", **fields}, basis=basis
    )


def implied(on=DAY, by=ImpliedBy.PURCHASE) -> Given:
    return given(LegalBasis.IMPLIED, on=on, implied_by=by)


def standing(contact, topic):
    row = Subscription.objects.get(contact=contact, topic=topic)
    return row.standing, row.legal_basis


def test_an_implied_consent_keeps_its_ground_and_day():
    contact, topic = a_contact(), a_topic()
    event = take(contact, topic, implied(), by=a_user())
    event.refresh_from_db()
    assert (event.kind, event.legal_basis, event.implied_by, event.implied_on) == (
        EventKind.OPTED_IN,
        LegalBasis.IMPLIED,
        ImpliedBy.PURCHASE,
        DAY,
    )
    assert event.occurred_at == datetime(2026, 3, 2, tzinfo=UTC)
    assert (event.note, event.recorded_by.username) == ("Rang us", "officer")
    assert standing(contact, topic) == (Standing.OPTED_IN, LegalBasis.IMPLIED)


def test_a_soft_opt_in_keeps_its_facts():
    soft = SoftFacts(True, True, True, False)
    event = take(a_contact(), a_topic(), given(LegalBasis.SOFT_OPT_IN, soft=soft), by=a_user())
    event.refresh_from_db()
    assert (
        event.details_from_sale,
        event.own_similar_products,
        event.refusal_offered_then,
        event.refusal_in_each_text,
    ) == (True, True, True, False)
    assert (event.implied_by, event.implied_on) == ("", None)


def test_a_later_purchase_begins_the_term_anew():
    contact, topic, officer = a_contact(), a_topic(), a_user()
    take(contact, topic, implied(), by=officer)
    again = take(contact, topic, implied(DAY + timedelta(days=40)), by=officer)
    assert Subscription.objects.get(contact=contact, topic=topic).authorised_by == again


def test_an_earlier_one_changes_nothing_and_is_not_recorded():
    contact, topic, officer = a_contact(), a_topic(), a_user()
    take(contact, topic, implied(), by=officer)
    with pytest.raises(CannotTake, match="newer than that day"):
        take(contact, topic, implied(DAY - timedelta(days=40)), by=officer)
    assert OptInEvent.objects.count() == 1


def test_what_was_expressed_is_not_replaced_by_what_is_implied():
    contact, topic, officer = a_contact(), a_topic(), a_user()
    take(contact, topic, given(), by=officer)
    with pytest.raises(CannotTake, match="They gave express consent, which is stronger"):
        take(contact, topic, implied(DAY + timedelta(days=1)), by=officer)
    assert standing(contact, topic) == (Standing.OPTED_IN, LegalBasis.EXPRESS)


@pytest.mark.parametrize("everything", [True, False])
def test_nobody_overturns_an_opt_out(everything):
    contact, topic = a_contact(), a_topic()
    an_event(contact, EventKind.OPTED_IN, topic, occurred_at=clock.now() - timedelta(days=900))
    an_event(contact, EventKind.OPTED_OUT, None if everything else topic)
    with pytest.raises(CannotTake, match="They opted out"):
        take(contact, topic, given(on=clock.now().date()), by=a_user())
    assert OptInEvent.objects.count() == 2


def test_nor_a_suppression_nor_a_refusal():
    topic, officer = a_topic(), a_user()
    barred, declined = a_contact("+12125550101"), a_contact("+12125550102")
    an_event(barred, EventKind.SUPPRESSED, None, source=Source.STAFF)
    with pytest.raises(CannotTake, match="This number is suppressed"):
        take(barred, topic, given(), by=officer)
    an_event(declined, EventKind.REQUESTED, topic)
    an_event(declined, EventKind.DECLINED, topic)
    with pytest.raises(CannotTake, match="asked and declined"):
        take(declined, topic, given(), by=officer)


def test_a_closed_topic_takes_none():
    with pytest.raises(CannotTake, match="The topic is closed"):
        take(a_contact(), a_topic(open=False), given(), by=a_user())


def test_the_file_of_a_consent_that_is_not_recorded_does_not_stay(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    contact, topic = a_contact(), a_topic()
    file = ContentFile(b"scan", "form.pdf")
    event = take(contact, topic, given(LegalBasis.EXPRESS_WRITTEN, file=file), by=a_user())
    kept = event.evidence.file.name
    assert default_storage.exists(kept)
    with pytest.raises(CannotTake):
        take(contact, topic, given(on=DAY - timedelta(days=9), file=file), by=a_user("other"))
    assert [each.name for each in tmp_path.rglob("*.pdf")] == [kept.rpartition("/")[2]]


@pytest.mark.parametrize(
    "fields",
    [
        {"basis": LegalBasis.IMPLIED, "implied_by": ImpliedBy.PURCHASE},  # no day
        {"basis": LegalBasis.IMPLIED, "implied_on": DAY},  # no ground
        {"basis": LegalBasis.IMPLIED, "implied_by": "luck", "implied_on": DAY},
        {"basis": LegalBasis.EXPRESS, "implied_by": ImpliedBy.PURCHASE, "implied_on": DAY},
        {"basis": LegalBasis.EXPRESS, "soft": SoftFacts(details_from_sale=True)},
    ],
)
def test_the_database_refuses_half_a_ground(fields):
    contact, topic = a_contact(), a_topic()
    with pytest.raises(IntegrityError), transaction.atomic():
        an_event(contact, EventKind.OPTED_IN, topic, source=Source.STAFF, **fields)
