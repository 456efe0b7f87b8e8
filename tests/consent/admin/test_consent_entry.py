"""The page on which staff record a consent."""

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.urls import reverse

from consent.models import OptInEvent
from consent.models.opt_in_event import SOFT_FACTS
from tests.builders import a_contact, a_topic, a_user, an_opted_in_contact

pytestmark = pytest.mark.django_db
ALL_FOUR = {"soft": list(SOFT_FACTS)}


@pytest.fixture
def as_role(client):
    call_command("setup_roles", verbosity=0)

    def log_in(role):
        person = a_user(role.lower().replace(" ", "-"))
        person.groups.add(Group.objects.get(name=role))
        client.force_login(person)
        return client

    return log_in


def entry(contact, topic, **given):
    return reverse("admin:consent_contact_consent", args=[contact.pk]), {
        "topic": topic.pk,
        "basis": "implied",
        "on": "2026-03-02",
        "source": "point_of_sale",
        "implied_by": "purchase",
        "words": "Order 4711",
        "reason": "Bought at the fair",
        **given,
    }


def test_a_consent_goes_to_the_ledger_with_who_how_and_why(as_role):
    contact, topic = a_contact(), a_topic()
    answer = as_role("List managers").post(*entry(contact, topic))
    assert answer.headers["Location"] == reverse("admin:consent_contact_change", args=[contact.pk])
    event = OptInEvent.objects.get()
    assert (event.legal_basis, event.implied_by, str(event.implied_on), event.source) == (
        "implied",
        "purchase",
        "2026-03-02",
        "point_of_sale",
    )
    assert event.evidence.words_received == "Order 4711"
    assert LogEntry.objects.get().get_change_message() == (
        f"Consent to Example Corp. alerts recorded as event #{event.pk}. Reason: Bought at the fair"
    )


def test_the_contact_file_and_the_event_show_the_ground(as_role):
    contact, topic = a_contact(), a_topic()
    client = as_role("Compliance officers")
    client.post(*entry(contact, topic))
    file = client.get(reverse("admin:consent_contact_change", args=[contact.pk])).text
    assert "implied consent by purchase on Mar 2, 2026" in file
    event = OptInEvent.objects.get()
    page = client.get(reverse("admin:consent_optinevent_change", args=[event.pk])).text
    assert "Purchase" in page
    assert "Mar 2, 2026" in page


def test_a_soft_opt_in_with_all_four_facts_is_recorded(as_role):
    contact, topic = a_contact("+447400123456"), a_topic()
    soft = {"basis": "soft_opt_in", "implied_by": "", **ALL_FOUR}
    as_role("Compliance officers").post(*entry(contact, topic, **soft))
    event = OptInEvent.objects.get()
    assert [getattr(event, fact) for fact in SOFT_FACTS] == [True, True, True, True]


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"implied_by": ""}, "Say what implies it"),
        ({"implied_by": "luck"}, "Select a valid choice"),
        ({"on": ""}, "This field is required"),
        ({"on": "2999-01-01"}, "This day has not come yet"),
        ({"on": "0202-03-04"}, "too early to be true"),
        ({"basis": "none"}, "Select a valid choice"),
        ({"basis": "express"}, "Only an implied consent is implied by anything"),
        ({"basis": "express", "implied_by": "", "words": ""}, "Give their words or a file"),
        ({"basis": "express_written", "implied_by": ""}, "In writing means a paper form"),
        ({"basis": "soft_opt_in", "implied_by": ""}, "A soft opt-in rests on all four"),
        (
            {"basis": "soft_opt_in", "implied_by": "", "soft": list(SOFT_FACTS)[:3]},
            "A soft opt-in rests on all four",
        ),
        ({"soft": ["details_from_sale"]}, "Only a soft opt-in rests on these"),
        ({"reason": ""}, "This field is required"),
    ],
)
def test_half_a_ground_is_not_recorded(as_role, given, says):
    answer = as_role("Compliance officers").post(*entry(a_contact(), a_topic(), **given))
    assert answer.status_code == 200
    assert says in answer.text
    assert not OptInEvent.objects.exists()


def test_what_cannot_be_taken_is_explained(as_role):
    topic = a_topic()
    contact = an_opted_in_contact(topic)
    answer = as_role("Compliance officers").post(*entry(contact, topic))
    assert "They gave express written consent, which is stronger" in answer.text
    assert OptInEvent.objects.count() == 2


@pytest.mark.parametrize("role", ["Auditors", "Campaign authors"])
def test_others_cannot_record_consents(as_role, role):
    answer = as_role(role).post(*entry(a_contact(), a_topic()))
    assert answer.status_code == 403
    assert not OptInEvent.objects.exists()
