"""The pages of dead letters: who may see, read, retry and dismiss."""

import json

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse

from campaigns import dead_letters
from campaigns.models import DeadLetter, Reply
from campaigns.vocabulary import InboundRoad
from tests.builders import a_number, a_topic, an_opted_in_contact
from tests.campaigns.inbound.amazon import a_payload

pytestmark = pytest.mark.django_db
REASON = {"reason": "Amazon mended it"}


def a_letter(text, reference="id-1"):
    dead_letters.keep(InboundRoad.SQS, reference, text, "not JSON")
    return DeadLetter.objects.get(reference=reference)


def address(letter, page="change"):
    return reverse(f"admin:campaigns_deadletter_{page}", args=[letter.pk])


def said(answer):
    return [str(message) for message in answer.context["messages"]]


@pytest.fixture
def envelope():
    topic = a_topic()
    a_number(topic)
    member = an_opted_in_contact(topic, "+12125550133")
    payload = a_payload(member.number)
    return json.dumps({"Type": "Notification", "Message": json.dumps(payload)}), member


def test_an_officer_tries_again_and_the_reply_is_taken(client, officer, envelope):
    text, member = envelope
    letter = a_letter(text)
    client.force_login(officer)
    assert "tried 1 time;" in client.get(address(letter, "retry")).content.decode()
    answer = client.post(address(letter, "retry"), REASON, follow=True)
    reply = Reply.objects.get()
    assert reply.contact == member
    assert said(answer) == [f"Dead letter #{letter.pk} is taken: it is Reply #{reply.pk} now."]
    assert "Reason: Amazon mended it" in LogEntry.objects.get().change_message


def test_what_still_cannot_be_read_says_so_on_the_page(client, officer):
    letter = a_letter("STOP said +12125550133")
    client.force_login(officer)
    page = client.post(address(letter, "retry"), REASON).content.decode()
    assert "It still cannot be taken: not JSON. The try is counted." in page
    letter.refresh_from_db()
    assert (letter.tries, letter.state) == (2, "waiting")


def test_what_it_holds_is_shown_on_its_own_page_and_the_look_is_written_down(client, officer):
    letter = a_letter("STOP said +12125550133")
    client.force_login(officer)
    for page in (address(letter), reverse("admin:campaigns_deadletter_changelist")):
        assert "5550133" not in client.get(page).content.decode()
    assert "+12125550133" in client.get(address(letter, "read")).content.decode()
    assert LogEntry.objects.get().change_message == "Read what it holds."


def test_dismissing_erases_and_needs_a_reason(client, officer):
    letter = a_letter("STOP said +12125550133")
    client.force_login(officer)
    client.post(address(letter, "dismiss"), {"reason": ""})
    letter.refresh_from_db()
    assert letter.state == "waiting"
    answer = client.post(address(letter, "dismiss"), REASON, follow=True)
    assert said(answer) == [f"Dead letter #{letter.pk} is dismissed."]
    assert "erased" in client.get(address(letter, "read")).content.decode()
    assert "has settled it already" in client.get(address(letter, "retry")).content.decode()


def test_auditors_see_the_record_and_nothing_of_what_it_holds(client, staff):
    letter = a_letter("STOP said +12125550133")
    client.force_login(staff("auditor", "Auditors"))
    assert client.get(address(letter)).status_code == 200
    for page in ("read", "retry", "dismiss"):
        assert client.get(address(letter, page)).status_code == 403
        assert client.post(address(letter, page), REASON).status_code == 403


def test_roads_are_asked_for_by_the_words_of_the_list(client, officer):
    a_letter("x")
    client.force_login(officer)
    listed = reverse("admin:campaigns_deadletter_changelist")
    page = client.get(listed, {"road": "sqs"})
    assert ('<a href="?road=sqs">SQS queue</a>' in page.text, page.context["cl"].result_count) == (
        True,
        1,
    )
    assert client.get(listed, {"road": "https"}).context["cl"].result_count == 0


def test_others_see_nothing(client, author):
    letter = a_letter("x")
    client.force_login(author)
    assert client.get(address(letter)).status_code == 403


def test_the_list_costs_the_same_with_more_rows(client, officer, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client.force_login(officer)
    place = reverse("admin:campaigns_deadletter_changelist")
    a_letter("x")
    client.get(place)
    with CaptureQueriesContext(connection) as one:
        client.get(place)
    a_letter("x", "id-2")
    a_letter("x", "id-3")
    with django_assert_num_queries(len(one)):
        client.get(place)


def test_the_dashboard_counts_them(client, officer):
    a_letter("x")
    client.force_login(officer)
    waiting = client.get(reverse("admin:index")).context["waiting"]
    assert [item.count for item in waiting if item.words == "dead letter"] == [1]
