"""P2: the ledger only grows, and standings can be rebuilt from it at any time."""

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from consent import ledger, projection
from consent.models import OptInEvent, Subscription, Suppression
from consent.vocabulary import EventKind, Standing
from tests.builders import (
    a_contact,
    a_disclosure,
    a_topic,
    an_event,
    an_opted_in_contact,
    some_evidence,
)

GROWING = {
    "consent_optinevent": "UPDATE consent_optinevent SET kind = 'opted_in'",
    "consent_evidence": "UPDATE consent_evidence SET words_shown = 'other'",
    "consent_historicalcontact": "UPDATE consent_historicalcontact SET state = 'TX'",
    "campaigns_sendattempt": "UPDATE campaigns_sendattempt SET code = 'x'",
}
WITH_ROWS = ("consent_optinevent", "consent_evidence", "consent_historicalcontact")


def refused(sql):
    with pytest.raises(DatabaseError, match="refused"), transaction.atomic():
        connection.cursor().execute(sql)
    return True


@pytest.mark.django_db
def test_p2_the_application_s_own_role_is_no_superuser():
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        assert cursor.fetchone() == (False,)


@pytest.mark.django_db
@pytest.mark.parametrize("table", WITH_ROWS)
def test_p2_update_is_refused_by_the_database(table):
    an_opted_in_contact(a_topic())
    assert refused(GROWING[table])


@pytest.mark.django_db
def test_p2_delete_is_refused_by_the_database():
    an_opted_in_contact(a_topic())
    assert refused("DELETE FROM consent_optinevent WHERE kind = 'confirmed'")
    assert OptInEvent.objects.count() == 2


@pytest.mark.django_db
@pytest.mark.parametrize("table", GROWING)
def test_p2_truncate_is_refused_by_the_database(table):
    assert refused(f"TRUNCATE {table} CASCADE")


@pytest.mark.django_db
def test_p2_evidence_can_be_erased_and_the_digest_stays():
    event = an_event(
        a_contact(), EventKind.REQUESTED, a_topic(), evidence=some_evidence(words_shown="I agree")
    )
    kept = OptInEvent.objects.get()
    assert bytes(kept.evidence_digest) == ledger.evidence_digest(
        bytes(event.evidence.salt), some_evidence(words_shown="I agree")
    )
    event.evidence.delete()
    assert bytes(OptInEvent.objects.get().evidence_digest) == bytes(kept.evidence_digest)


@pytest.mark.django_db
def test_p2_a_published_disclosure_never_changes():
    a_disclosure(a_topic())
    assert refused("UPDATE consent_disclosure SET wording = 'Other words'")
    assert refused("DELETE FROM consent_disclosure")


@pytest.mark.django_db
def test_p2_standings_equal_the_fold_of_events(capsys):
    topic, other = a_topic(), a_topic("example-news", opt_in_keywords=[])
    an_opted_in_contact(topic)
    left = an_opted_in_contact(topic)
    an_event(left, EventKind.OPTED_OUT)
    an_event(left, EventKind.SUPPRESSED, other, note="A litigator")
    call_command("rebuild_standings", "--check")
    assert capsys.readouterr().out == "Every standing equals the fold of its events.\n"


@pytest.mark.django_db
def test_p2_a_tampered_standing_is_found_and_mended():
    contact = an_opted_in_contact(a_topic())
    an_event(contact, EventKind.SUPPRESSED, note="Asked by phone")
    Subscription.objects.update(standing=Standing.LAPSED, authorised_by=None)
    Suppression.objects.all().delete()
    with pytest.raises(CommandError, match="2 rows differ"):
        call_command("rebuild_standings", "--check")
    call_command("rebuild_standings")
    assert list(projection.differences()) == []
    assert Subscription.objects.get().standing == Standing.OPTED_IN
    assert Suppression.objects.get().reason == "Asked by phone"
