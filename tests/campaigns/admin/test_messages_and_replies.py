import pytest
from django.urls import reverse

from campaigns import outbox, replies
from campaigns.clearance_facts import Decisions, facts_for
from campaigns.models import Message, SendAttempt
from campaigns.vocabulary import MessageKind, MessageStatus, ReplyState
from consent import clock
from tests.builders import a_number, a_reply, an_opted_in_contact

pytestmark = pytest.mark.django_db


@pytest.fixture
def unconfirmed(topic):
    number = a_number(topic)
    contact = an_opted_in_contact(topic)
    reply = a_reply(contact, number, body="who is this?", state=ReplyState.ACTED)
    message = outbox.enqueue(
        kind=MessageKind.HELP_REPLY, contact=contact, topic=topic, number=number, answers=reply
    )
    facts = facts_for([message])[message.pk]
    clearance, packed = Decisions(clock.now()).of(facts)
    SendAttempt.objects.create(
        message=message, ordinal=1, outcome="begun", at=clock.now(), worker="w"
    )
    Message.objects.filter(pk=message.pk).update(
        status=MessageStatus.UNCONFIRMED, clearance=packed, exemption=clearance.exemption
    )
    message.refresh_from_db()
    return message


def page(name, row):
    return reverse(f"admin:campaigns_{row._meta.model_name}_{name}", args=[row.pk])


def test_a_message_shows_its_words_its_reasons_and_its_attempts(client, officer, unconfirmed):
    client.force_login(officer)
    text = client.get(page("change", unconfirmed)).text
    assert "HELP: Example Corp. offers" in text
    assert "The number that it comes from is in use." in text
    assert "Begun" in text


def test_a_person_settles_an_unconfirmed_message_with_a_reason(client, officer, unconfirmed):
    client.force_login(officer)
    given = {"outcome": "accepted", "amazon_message_id": "amz-1", "reason": ""}
    client.post(page("settle", unconfirmed), given)
    unconfirmed.refresh_from_db()
    assert unconfirmed.status == MessageStatus.UNCONFIRMED
    client.post(page("settle", unconfirmed), {**given, "reason": "Seen in the delivery log"})
    unconfirmed.refresh_from_db()
    assert (unconfirmed.status, unconfirmed.amazon_message_id) == ("accepted", "amz-1")
    assert "It does not wait for anybody." in client.get(page("settle", unconfirmed)).text


def test_auditors_settle_nothing(client, staff, unconfirmed):
    client.force_login(staff("auditor", "Auditors"))
    assert client.post(page("settle", unconfirmed), {"reason": "x"}).status_code == 403
    waiting = a_reply(unconfirmed.contact)
    assert client.post(page("settle", waiting), {"reason": "x"}).status_code == 403


def test_a_reply_is_settled_once_with_a_note(client, officer):
    waiting = a_reply(body="who is this?")
    client.force_login(officer)
    assert "who is this?" in client.get(page("settle", waiting)).text
    client.post(page("settle", waiting), {"reason": "Called back"})
    waiting.refresh_from_db()
    assert (waiting.state, waiting.settled_by, waiting.settled_note) == (
        ReplyState.SETTLED,
        officer,
        "Called back",
    )
    assert "It does not wait for anybody." in client.get(page("settle", waiting)).text


def test_the_file_of_a_contact_holds_the_conversation(client, officer, unconfirmed):
    client.force_login(officer)
    text = client.get(reverse("admin:consent_contact_change", args=[unconfirmed.contact_id])).text
    assert text.index("who is this?") < text.index("HELP: Example Corp. offers")


def test_authors_see_messages_without_whole_numbers(client, author, unconfirmed):
    client.force_login(author)
    for address in (reverse("admin:campaigns_message_changelist"), page("change", unconfirmed)):
        text = client.get(address).text
        assert unconfirmed.contact.number[2:] not in text.replace("-", "")


def test_a_topic_shows_each_text_as_it_will_be_read(client, officer, topic):
    client.force_login(officer)
    text = client.get(reverse("admin:consent_topic_change", args=[topic.pk])).text
    for words in (
        "Text YES to join Example Corp. offers. 2 msgs/month.",
        "subscribed to Example Corp. offers. Msg &amp; data rates may apply.",
        "HELP: Example Corp. offers: email help@example.com or call 202-555-0199.",
        "At most 2 texts a month (texts say 2 msgs/month)",
    ):
        assert words in text


def explain(client, contact=None, **given):
    name = "consent_contact_explain" if contact else "consent_contact_why"
    address = reverse(f"admin:{name}", args=[contact.pk] if contact else [])
    return client.post(address, given).text


def test_staff_ask_why_about_a_contact_or_any_number(client, officer, topic):
    a_number(topic)
    contact = an_opted_in_contact(topic)
    client.force_login(officer)
    asked = {"topic": topic.pk, "kind": "campaign", "at": "2030-03-04T10:00"}
    for text in (
        explain(client, contact, **asked),
        explain(client, number=contact.number, **asked),
    ):
        assert "May be sent" in text
        assert "47 CFR 64.1200" in text
        assert "opted in" in text
    night = explain(client, contact, **{**asked, "at": "2030-03-04T23:00"})
    assert "Must wait" in night
    assert "Tuesday, Mar 5, 09:00 EST" in night


def test_asking_about_a_stranger_says_so(client, officer, topic):
    client.force_login(officer)
    text = explain(client, number="2125550199", topic=topic.pk, kind="campaign")
    assert "We have never heard of that number." in text


def test_what_probably_revokes_is_confirmed_or_lifted_with_a_reason(client, officer, topic):
    a_number(topic, number="23456")
    member = an_opted_in_contact(topic)
    reply = replies.receive(
        {
            "originationNumber": member.number,
            "destinationNumber": "23456",
            "messageBody": "enough already",
            "inboundMessageId": "probably-1",
        }
    )
    client.force_login(officer)
    shown = client.get(page("change", reply)).text
    assert page("confirm", reply) in shown
    assert page("lift", reply) in shown
    assert page("settle", reply) not in shown
    assert "confirm it or lift it" in client.get(page("settle", reply)).text
    asked = client.get(page("confirm", reply)).text
    assert "It bars 1 topic at present" in asked
    client.post(page("confirm", reply), {"reason": ""})
    reply.refresh_from_db()
    assert reply.state == ReplyState.NEEDS_PERSON
    client.post(page("confirm", reply), {"reason": "Clear enough"})
    reply.refresh_from_db()
    assert (reply.state, reply.verdict, reply.settled_by) == ("settled", "confirmed", officer)
    client.post(page("lift", reply), {"reason": "It was a joke"})
    reply.refresh_from_db()
    assert reply.verdict == "lifted"
    assert "It bars nothing." in client.get(page("lift", reply)).text


def test_auditors_decide_of_no_reply(client, staff, unconfirmed):
    client.force_login(staff("auditor", "Auditors"))
    waiting = a_reply(unconfirmed.contact)
    for name in ("confirm", "lift"):
        assert client.post(page(name, waiting), {"reason": "x"}).status_code == 403
