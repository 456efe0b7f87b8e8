from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.urls import reverse

from consent import clock
from consent.models import OptInEvent, Subscription, Suppression
from consent.vocabulary import EventKind, Source, Standing
from tests.builders import a_contact, a_topic, a_user, an_opted_in_contact

pytestmark = pytest.mark.django_db
NUMBER = "+12125550142"


@pytest.fixture
def as_role(client):
    call_command("setup_roles", verbosity=0)

    def log_in(role):
        person = a_user(role.lower().replace(" ", "-"))
        person.groups.add(Group.objects.get(name=role))
        client.force_login(person)
        return client

    return log_in


def file_of(contact):
    return reverse("admin:consent_contact_change", args=[contact.pk])


@pytest.mark.parametrize("typed", ["(212) 555-0142", "212.555.0142", "+1 212 555 0142"])
def test_any_spelling_of_a_number_leads_to_its_file(as_role, typed):
    contact = a_contact(NUMBER)
    answer = as_role("List managers").post(
        reverse("admin:consent_contact_look_up"), {"number": typed}
    )
    assert answer.headers["Location"] == file_of(contact)


def test_an_unknown_number_is_said_to_be_unknown(as_role):
    answer = as_role("Auditors").post(
        reverse("admin:consent_contact_look_up"), {"number": "2125550199"}
    )
    assert answer.status_code == 200
    assert "Not known to us" in answer.text


def test_a_number_that_cannot_be_is_explained(as_role):
    answer = as_role("Auditors").post(
        reverse("admin:consent_contact_look_up"), {"number": "555-0142"}
    )
    assert "lacks its area code" in answer.text


def test_the_look_up_does_not_answer_to_an_address(as_role):
    contact = a_contact(NUMBER)
    answer = as_role("Auditors").get(
        reverse("admin:consent_contact_look_up"), {"number": contact.number}
    )
    assert answer.status_code == 200
    assert "0142" not in answer.text.replace("555-0147", "").split('id="content-main"')[1]


def test_authors_can_neither_look_up_nor_open_files(as_role):
    contact = a_contact(NUMBER)
    client = as_role("Campaign authors")
    assert client.post(reverse("admin:consent_contact_look_up")).status_code == 403
    assert client.get(file_of(contact)).status_code == 403


@pytest.mark.parametrize(
    ("role", "shown", "hidden"),
    [
        ("Compliance officers", "+1 212-555-0142", None),
        ("Auditors", "+1 212-555-0142", None),
        ("List managers", "+1 ••• ••• 0142", "212-555-0142"),
    ],
)
def test_numbers_are_whole_only_for_those_who_may_see_them(as_role, role, shown, hidden):
    contact = a_contact(NUMBER)
    client = as_role(role)
    for address in (reverse("admin:consent_contact_changelist"), file_of(contact)):
        text = client.get(address).text
        assert shown in text
        assert hidden is None or hidden not in text
        assert NUMBER not in text


def test_looking_at_a_file_is_written_down(as_role):
    contact = an_opted_in_contact(a_topic(), NUMBER)
    text = as_role("Auditors").get(file_of(contact)).text
    entry = LogEntry.objects.get()
    assert (entry.user.username, entry.object_id, entry.change_message) == (
        "auditors",
        str(contact.pk),
        "Looked at the evidence",
    )
    assert "212" not in entry.object_repr
    assert "I agree" in text
    assert "192.0.2.7" in text


def test_list_managers_see_no_evidence_and_leave_no_trace(as_role):
    contact = an_opted_in_contact(a_topic(), NUMBER)
    text = as_role("List managers").get(file_of(contact)).text
    assert "192.0.2.7" not in text
    assert not LogEntry.objects.exists()


def opt_out(contact, **given):
    return reverse("admin:consent_contact_opt_out", args=[contact.pk]), {
        "topic": "",
        "source": "phone_call",
        "occurred_at": (clock.now() - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M"),
        "words": "Take me off your list",
        "reason": "Rang the shop",
        **given,
    }


def test_an_opt_out_by_phone_goes_to_the_ledger_with_who_how_and_why(as_role):
    topic = a_topic()
    contact = an_opted_in_contact(topic, NUMBER)
    client = as_role("List managers")
    answer = client.post(*opt_out(contact))
    assert answer.headers["Location"] == file_of(contact)
    event = OptInEvent.objects.latest("pk")
    assert (event.kind, event.source, event.topic, event.note, event.recorded_by.username) == (
        EventKind.OPTED_OUT,
        Source.PHONE_CALL,
        None,
        "Rang the shop",
        "list-managers",
    )
    assert event.evidence.words_received == "Take me off your list"
    assert Subscription.objects.get(contact=contact, topic=topic).standing == Standing.OPTED_OUT


def test_the_opt_out_page_names_what_it_ends(as_role):
    contact = an_opted_in_contact(a_topic(), NUMBER)
    text = as_role("List managers").get(opt_out(contact)[0]).text
    assert "The person gets texts about: Example Corp. alerts." in text
    assert "No text waits to be sent to them." in text


def test_an_opt_out_of_one_topic_leaves_the_others(as_role):
    left, kept = a_topic("example-offers"), a_topic("example-news")
    contact = an_opted_in_contact(left, NUMBER)
    an_opted_in_contact(kept, NUMBER)
    as_role("Compliance officers").post(*opt_out(contact, topic=str(left.pk)))
    standings = dict(Subscription.objects.values_list("topic", "standing"))
    assert standings == {left.pk: Standing.OPTED_OUT, kept.pk: Standing.OPTED_IN}


@pytest.mark.parametrize("missing", ["reason", "source", "occurred_at"])
def test_an_opt_out_without_its_particulars_is_not_recorded(as_role, missing):
    contact = an_opted_in_contact(a_topic(), NUMBER)
    before = OptInEvent.objects.count()
    answer = as_role("Compliance officers").post(*opt_out(contact, **{missing: ""}))
    assert answer.status_code == 200
    assert OptInEvent.objects.count() == before


def test_an_opt_out_cannot_lie_in_the_future(as_role):
    contact = an_opted_in_contact(a_topic(), NUMBER)
    later = (clock.now() + timedelta(days=2)).strftime("%Y-%m-%dT%H:%M")
    answer = as_role("Compliance officers").post(*opt_out(contact, occurred_at=later))
    assert "This moment has not come yet." in answer.text


def test_officers_suppress_and_lift_with_a_reason(as_role):
    contact = an_opted_in_contact(a_topic(), NUMBER)
    client = as_role("Compliance officers")
    suppress = reverse("admin:consent_contact_suppress", args=[contact.pk])
    client.post(suppress, {"topic": "", "reason": "Threatened to sue"})
    assert Suppression.objects.get().reason == "Threatened to sue"
    lift = reverse("admin:consent_contact_lift", args=[contact.pk])
    assert "Threatened to sue" in client.get(lift).text
    client.post(lift, {"topic": "", "reason": "Settled"})
    assert not Suppression.objects.exists()
    assert [entry.get_change_message() for entry in LogEntry.objects.order_by("pk")][-2:] == [
        "Suppressed: Everything. Reason: Threatened to sue",
        "Suppression lifted: Everything. Reason: Settled",
    ]


@pytest.mark.parametrize("role", ["List managers", "Auditors"])
def test_others_cannot_suppress(as_role, role):
    contact = a_contact(NUMBER)
    answer = as_role(role).post(
        reverse("admin:consent_contact_suppress", args=[contact.pk]), {"topic": "", "reason": "x"}
    )
    assert answer.status_code == 403


def test_a_stated_place_is_one_that_there_is(as_role):
    contact, client = a_contact(NUMBER), as_role("Compliance officers")
    for place in ("Texas", "US-TN"):
        client.post(file_of(contact), {"stated_place": place, "change_reason": "Said so"})
    contact.refresh_from_db()
    newest = contact.history.latest()
    assert (contact.stated_place, newest.stated_place, newest.history_change_reason) == (
        "US-TN",
        "US-TN",
        "Said so",
    )


def test_what_a_contact_stated_changes_only_with_a_reason(as_role):
    contact = a_contact(NUMBER)
    client = as_role("Compliance officers")
    given = {"stated_time_zone": "America/Chicago", "stated_postal_code": "", "language": ""}
    client.post(file_of(contact), {**given, "external_id": "", "change_reason": ""})
    contact.refresh_from_db()
    assert contact.stated_time_zone == ""
    client.post(file_of(contact), {**given, "external_id": "", "change_reason": "Said so"})
    contact.refresh_from_db()
    newest = contact.history.latest()
    assert (
        contact.stated_time_zone,
        newest.history_change_reason,
        newest.history_user.username,
    ) == (
        "America/Chicago",
        "Said so",
        "compliance-officers",
    )
