"""The inbox: a queue of replies, one open with its conversation, and what can be done."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from campaigns import outbox, replies
from campaigns.models import Message, Reply, SavedAnswer
from campaigns.vocabulary import MessageKind, ReplyState
from consent import clock
from consent.models import Contact
from tests.builders import a_brand, a_contact, a_number, a_reply, a_topic, an_opted_in_contact

pytestmark = pytest.mark.django_db

INBOX = reverse("admin:campaigns_reply_inbox")


@pytest.fixture
def number(topic):
    return a_number(topic)


def queue(client, **asked):
    return [each["row"] for each in client.get(INBOX, asked).context["queue"]]


def test_the_oldest_reply_is_open_and_those_that_look_like_revocations_come_first(
    client, officer, number
):
    new, old = (
        a_reply(a_contact(), number),
        a_reply(a_contact(), number, received_at=clock.now() - timedelta(hours=2)),
    )
    likely = a_reply(a_contact(), None, meaning="stop", body="halt")
    client.force_login(officer)
    page = client.get(INBOX)
    assert [each["row"] for each in page.context["queue"]] == [likely, old, new]
    assert page.context["reply"] == likely
    assert page.context["after"] == f"{INBOX}?reply={old.pk}"
    assert "Looks like a revocation" in page.text
    there = client.get(INBOX, {"reply": old.pk})
    assert (there.context["before"], there.context["after"]) == (
        f"{INBOX}?reply={likely.pk}",
        f"{INBOX}?reply={new.pk}",
    )


def test_filters_are_kept_from_reply_to_reply(client, officer, number):
    elsewhere = a_number(a_topic("acme-x", brand=a_brand("Acme")), number="54321")
    hour_old = clock.now() - timedelta(hours=2)
    one = a_reply(a_contact(), number, received_at=hour_old)
    two = a_reply(a_contact(), number, received_at=hour_old)
    other = a_reply(a_contact(), elsewhere, meaning="start")
    client.force_login(officer)
    assert queue(client, brand=elsewhere.brand_id) == [other]
    assert queue(client, number=number.pk) == [one, two]
    assert queue(client, meaning="start") == [other]
    assert queue(client, age="1") == [one, two]
    assert queue(client, age="24") == []
    assert queue(client, age="nonsense", meaning="nonsense", reply="x") == [one, two, other]
    after = client.get(INBOX, {"age": "1"}).context["after"]
    assert after == f"{INBOX}?age=1&reply={two.pk}"


def test_the_conversation_holds_the_changes_of_standing_in_the_persons_zone(
    client, officer, topic, number
):
    contact = an_opted_in_contact(topic, "+12065550123")
    Contact.objects.filter(pk=contact.pk).update(stated_time_zone="America/Los_Angeles")
    asked = a_reply(contact, number, received_at=clock.now() - timedelta(minutes=1))
    replies.receive(
        {
            "originationNumber": contact.number,
            "destinationNumber": "12345",
            "messageBody": "STOP",
            "inboundMessageId": "in-stop",
        }
    )
    client.force_login(officer)
    page = client.get(INBOX, {"reply": asked.pk})
    kinds = [
        entry.event.kind if hasattr(entry, "event") else entry.text[:4]
        for entry in page.context["entries"]
    ]
    assert kinds == ["when", "requested", "confirmed", "STOP", "opted_out", "STOP"]
    assert "Times in Los Angeles time" in page.text
    assert "Must not be sent" not in page.text
    assert "No answer may be sent" in page.text


def test_settling_leads_to_the_next_reply(client, officer, number):
    one, two = a_reply(a_contact(), number), a_reply(a_contact(), number)
    client.force_login(officer)
    panels = client.get(INBOX).context["panels"]
    assert [(panel.page, panel.key) for panel in panels] == [
        ("confirm", "c"),
        ("answer", "a"),
        ("settle", "d"),
    ]
    settle = panels[-1]
    done = client.post(settle.url, {"reason": "Called back"})
    assert (done.status_code, done.url) == (302, f"{INBOX}?reply={two.pk}")
    one.refresh_from_db()
    assert (one.state, one.settled_note) == (ReplyState.SETTLED, "Called back")
    refused = client.post(settle.url, {"reason": ""})
    assert refused.status_code == 200


def test_an_answer_goes_out_as_a_message_and_the_next_reply_opens(
    client, officer, topic, number, django_capture_on_commit_callbacks
):
    one = a_reply(an_opted_in_contact(topic), number)
    two = a_reply(a_contact(), number)
    saved = SavedAnswer.objects.create(title="Hours", text="{brand}: at nine.")
    client.force_login(officer)
    page = client.get(INBOX)
    assert "Example Corp.: at nine." in page.text
    [answer] = [panel for panel in page.context["panels"] if panel.page == "answer"]
    empty = client.post(answer.url, {"text": "", "saved": "", "reason": "x"})
    assert "Write the answer, or choose a saved one." in empty.text
    done = client.post(answer.url, {"saved": saved.pk, "text": "", "reason": "Asked"})
    assert done.url == f"{INBOX}?reply={two.pk}"
    [message] = Message.objects.filter(kind=MessageKind.ANSWER)
    assert (message.text, message.answers) == ("Example Corp.: at nine.", one)
    one.refresh_from_db()
    assert one.state == ReplyState.SETTLED
    shown = client.get(INBOX, {"reply": one.pk})
    assert [panel.page for panel in shown.context["panels"]] == ["confirm"]
    assert "Example Corp.: at nine." in shown.text
    log = reverse("admin:admin_logentry_changelist")
    assert f"Message #{message.pk} answers reply #{one.pk}." in client.get(log).text


@pytest.fixture
def barred(topic, number):
    """Give a reply that probably revokes, and so barred its writer at once."""
    return replies.receive(
        {
            "originationNumber": an_opted_in_contact(topic).number,
            "destinationNumber": "12345",
            "messageBody": "enough already",
            "inboundMessageId": "in-enough",
        }
    )


@pytest.mark.parametrize(("page", "standing"), [("confirm", "opted_out"), ("lift", "opted_in")])
def test_what_probably_revokes_is_confirmed_or_lifted_and_never_just_settled(
    client, officer, topic, number, barred, page, standing
):
    following = a_reply(a_contact(), number)
    client.force_login(officer)
    shown = client.get(INBOX)
    assert shown.context["reply"] == barred
    panels = {panel.page: panel for panel in shown.context["panels"]}
    assert list(panels) == ["confirm", "lift", "answer"]
    for each in ("confirm", "lift"):
        said = "It bars 1 topic at present: Example Corp. offers."
        assert panels[each].effect.startswith(said)
    assert "No answer may be sent" in shown.text
    settle = reverse("admin:campaigns_reply_settle", args=[barred.pk])
    assert "confirm it or lift it" in client.post(settle, {"reason": "x"}).text
    done = client.post(panels[page].url, {"reason": "I called them"})
    assert done.url == f"{INBOX}?reply={following.pk}"
    barred.refresh_from_db()
    assert (barred.state, barred.settled_note) == (ReplyState.SETTLED, "I called them")
    assert barred.contact.subscriptions.get(topic=topic).standing == standing
    assert barred.contact.suppressions.count() == 0


def test_auditors_read_and_do_nothing(client, staff, topic, number):
    reply = a_reply(an_opted_in_contact(topic), number)
    client.force_login(staff("auditor", "Auditors"))
    page = client.get(INBOX)
    assert (page.status_code, page.context["panels"]) == (200, [])
    address = reverse("admin:campaigns_reply_answer", args=[reply.pk])
    assert client.post(address, {"text": "x", "reason": "x"}).status_code == 403


def test_authors_see_no_inbox(client, author):
    client.force_login(author)
    assert client.get(INBOX).status_code == 403
    assert "Inbox" not in client.get(reverse("admin:index")).text


def test_an_empty_inbox_says_so(client, officer):
    client.force_login(officer)
    assert "Everything has been read." in client.get(INBOX).text
    assert "No reply is so." in client.get(INBOX, {"age": "24"}).text


def queries_of(client, address):
    with CaptureQueriesContext(connection) as asked:
        assert client.get(address).status_code == 200
    return len(asked)


def test_the_inbox_costs_the_same_with_one_reply_and_with_many(client, officer, topic, number):
    client.force_login(officer)
    contact = an_opted_in_contact(topic)

    def more():
        reply = a_reply(contact, number)
        outbox.enqueue(
            kind=MessageKind.HELP_REPLY, contact=contact, topic=topic, number=number, answers=reply
        )
        a_reply(a_contact(), number)

    more()
    first = Reply.objects.order_by("pk")[0].pk
    client.get(INBOX)
    with_one = queries_of(client, f"{INBOX}?reply={first}")
    for _ in range(3):
        more()
    assert queries_of(client, f"{INBOX}?reply={first}") == with_one


def test_a_saved_answer_that_could_not_be_sent_is_refused(client, officer):
    client.force_login(officer)
    address = reverse("admin:campaigns_savedanswer_add")
    given = {"title": "Hours", "text": "See {hours}.", "live": "on"}
    assert "Nothing fills {hours}" in client.post(address, given).text
    client.post(address, {**given, "text": "{brand}: at nine."})
    saved = SavedAnswer.objects.get()
    assert (saved.title, saved.text, saved.live) == ("Hours", "{brand}: at nine.", True)
    assert saved.history.get().history_user == officer
