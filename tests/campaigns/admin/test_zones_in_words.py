"""Pages say time zones as people do; what is kept and what programs read holds their ids."""

import pytest
from django.urls import reverse

from campaigns import outbox
from campaigns.clearance import sentences
from campaigns.clearance_facts import Decisions, facts_for
from campaigns.house_policy import rulebook_to_read
from campaigns.models import Message
from campaigns.vocabulary import MessageKind
from consent import clock
from tests.builders import a_number, a_reply, an_opted_in_contact

pytestmark = pytest.mark.django_db

SAID = "Chicago or New York time"
IDS = "America/Chicago, America/New_York"


@pytest.fixture
def person(topic, officer, client):
    """Give somebody whose area code lies in two zones."""
    client.force_login(officer)
    return an_opted_in_contact(topic, "+18505550147")


@pytest.fixture
def message(topic, person):
    """Give a text to them that clearance has decided about."""
    a_number(topic)
    row = outbox.enqueue(kind=MessageKind.LIST_AUDIT, contact=person, topic=topic)
    _, packed = Decisions(clock.now()).of(facts_for([row])[row.pk])
    Message.objects.filter(pk=row.pk).update(clearance=packed)
    row.refresh_from_db()
    return row


def read(answer):
    """Return a page's text, in which no zone of these stands by its id."""
    assert [zone for zone in ("New_York", "America/New York") if zone in answer.text] == []
    return answer.text


def test_a_kept_decision_holds_ids_and_is_read_in_words(client, message):
    assert message.clearance["z"] == IDS
    page = read(client.get(reverse("admin:campaigns_message_change", args=[message.pk])))
    assert f"The person may be in {SAID}." in page
    exported = sentences(message.clearance, rulebook_to_read())
    assert any(line.startswith(f"Pass: The person may be in {IDS}.") for line in exported)


def test_the_contacts_file_names_zones_in_words(client, person, message):
    page = read(client.get(reverse("admin:consent_contact_change", args=[person.pk])))
    assert f"· {SAID} ·" in page
    assert f"The person may be in {SAID}." in page


def test_the_answer_to_why_names_zones_in_words(client, topic, person):
    a_number(topic)
    address = reverse("admin:consent_contact_explain", args=[person.pk])
    page = read(client.post(address, {"topic": topic.pk, "kind": "campaign"}))
    assert f"<dt>Where they may be</dt><dd>{SAID}</dd>" in page
    assert f"The person may be in {SAID}." in page


def test_the_inbox_says_whose_clock_it_shows(client, topic, person):
    a_reply(person, a_number(topic))
    page = read(client.get(reverse("admin:campaigns_reply_inbox")))
    assert "Times in Chicago time." in page


def test_the_rulebook_says_by_whose_clock_a_row_goes_and_its_file_by_which_id(client, person):
    row = client.get(reverse("admin:campaigns_rulesignoff_row", args=["us.tx.central"])).text
    assert "by Chicago time" in row
    assert "America/Chicago" not in row
    file = client.get(reverse("admin:campaigns_rulesignoff_export"))
    words = b"".join(file).decode()
    assert "by the clock of America/Chicago" in words
