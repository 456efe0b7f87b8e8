"""Revocations that come by other roads than a text, from the number to the ledger and the file."""

import hashlib
from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from campaigns import claiming, intake
from campaigns.models import Message
from campaigns.vocabulary import MessageKind
from consent import clock
from consent.models import Contact, Evidence, OptInEvent, Subscription
from consent.vocabulary import EventKind, Source, Standing
from tests.builders import (
    a_brand,
    a_list_audit,
    a_number,
    a_topic,
    an_opted_in_contact,
)

pytestmark = pytest.mark.django_db
BEGIN = reverse("admin:consent_contact_revocation")
NUMBER = "+12125550133"


@pytest.fixture
def officer(client, staff):
    person = staff("olivia", "Compliance officers")
    person.first_name, person.last_name = "Olivia", "Reed"
    person.save()
    client.force_login(person)
    return person


@pytest.fixture
def topics():
    return [
        a_topic("example-offers"),
        a_topic("example-news"),
        a_topic("other-news", brand=a_brand("Other Corp.")),
    ]


@pytest.fixture
def number(topics):
    a_number(topics[2], number="54321")
    return a_number(*topics[:2])


@pytest.fixture
def member(topics, number):
    for topic in topics:
        contact = an_opted_in_contact(topic, NUMBER)
    return contact


def page_of(contact):
    return reverse("admin:consent_contact_opt_out", args=[contact.pk])


def typed(moment):
    return timezone.localtime(moment).strftime("%Y-%m-%dT%H:%M")


def given(ago=timedelta(days=2), **more):
    return {
        "topic": "",
        "source": "letter",
        "occurred_at": typed(clock.now() - ago),
        "taken_by": "Ben from the front desk",
        "words": "No more of these, please",
        "reason": "Letter of last week",
        **more,
    }


def standings():
    return dict(Subscription.objects.values_list("topic", "standing"))


def left():
    return OptInEvent.objects.filter(kind=EventKind.OPTED_OUT).order_by("pk")


@pytest.mark.parametrize("spelling", ["(212) 555-0133", "212.555.0133", "+1 212 555 0133"])
def test_any_spelling_of_the_number_leads_to_the_page(client, officer, member, spelling):
    answer = client.post(BEGIN, {"number": spelling})
    assert answer["Location"] == page_of(member)
    assert "555" not in answer["Location"]


def test_a_number_in_the_address_finds_nobody(client, officer, member):
    answer = client.get(BEGIN, {"number": NUMBER})
    assert answer.status_code == 200
    assert "0133" not in answer.text


def test_nonsense_is_no_number(client, officer):
    assert "look-up-fault" in client.post(BEGIN, {"number": "12"}).text


def test_a_number_that_we_never_heard_of_can_be_left_alone_for_good(client, officer):
    asked = client.post(BEGIN, {"number": NUMBER})
    assert "Not known to us" in asked.text
    assert not Contact.objects.exists()
    client.post(BEGIN, {"number": NUMBER, "make": "Record it for this number"})
    contact = Contact.objects.get()
    assert contact.number == NUMBER
    assert contact.history.latest().history_user == officer
    client.post(page_of(contact), given())
    assert standings() == {None: Standing.OPTED_OUT}
    assert not Message.objects.exists()


def test_the_page_previews_what_each_choice_does(client, officer, member, topics, number):
    a_list_audit(member, topics[0], number)
    shown = client.get(page_of(member))
    choices = [label for _, label in shown.context["form"].fields["topic"].choices]
    assert choices == [
        "Everything: ends 3 topics, and those to come; 1 waiting text refused",
        "All of Example Corp.: ends 2 topics; 1 waiting text refused",
        "All of Other Corp.: ends 1 topic",
        "Example Corp. news: ends it",
        "Example Corp. offers: ends it; 1 waiting text refused",
        "Other Corp. news: ends it",
    ]
    texts = dict(shown.context["action"].shown)
    assert [words for words in texts.values() if "Other Corp. news" in words] != []
    assert all("within 5 minutes" in label for label in texts)
    assert "0133" in shown.text


def test_a_letter_of_last_week_is_recorded_as_of_then_and_nobody_is_texted(client, officer, member):
    answer = client.post(page_of(member), given(), follow=True)
    (event,) = left()
    assert (event.topic, event.source, event.recorded_by, event.note) == (
        None,
        Source.LETTER,
        officer,
        "Letter of last week",
    )
    assert typed(event.occurred_at) == typed(clock.now() - timedelta(days=2))
    assert event.evidence.words_received == "No more of these, please"
    assert event.evidence.form_fields == {"taken_by": "Ben from the front desk"}
    said = [str(message) for message in answer.context["messages"]]
    assert said == ["Opted out: Everything; 1 event recorded, no text acknowledges it."]
    assert LogEntry.objects.filter(change_message__startswith=said[0]).count() == 1
    assert set(standings().values()) == {Standing.OPTED_OUT}
    assert not Message.objects.filter(kind=MessageKind.STOP_CONFIRMATION).exists()


def test_a_call_of_this_minute_is_acknowledged_by_one_text_that_may_go(
    client, officer, member, topics, number, business_hours
):
    asked = given(timedelta(0), source="phone_call", topic=str(topics[0].pk))
    client.post(page_of(member), asked)
    message = Message.objects.get(kind=MessageKind.STOP_CONFIRMATION)
    assert message.about_event == left().get()
    assert (message.origination_number, message.topic) == (number, topics[0])
    (claimed,) = claiming.claim(number.pk, "w").claimed
    assert claimed.message == message.pk
    client.post(page_of(member), given(timedelta(0)))
    assert Message.objects.filter(kind=MessageKind.STOP_CONFIRMATION).count() == 1


def test_all_of_a_brand_ends_its_topics_and_no_others(client, officer, member, topics):
    brand = topics[0].brand
    third = a_topic("example-third")
    answer = client.post(
        page_of(member), given(timedelta(0), topic=f"brand-{brand.pk}"), follow=True
    )
    assert "3 events recorded, one text acknowledges it." in answer.text
    assert standings() == {
        topics[0].pk: Standing.OPTED_OUT,
        topics[1].pk: Standing.OPTED_OUT,
        third.pk: Standing.OPTED_OUT,
        topics[2].pk: Standing.OPTED_IN,
    }
    message = Message.objects.get(kind=MessageKind.STOP_CONFIRMATION)
    assert message.topic is None
    assert message.origination_number.brand == brand


@pytest.mark.parametrize("place", range(6))
def test_the_text_that_was_previewed_is_the_one_that_is_sent(
    client, officer, member, topics, place
):
    a_topic("example-third")
    effect = intake.effects(member)[place]
    client.post(page_of(member), given(timedelta(0), topic=effect.scope.key))
    message = Message.objects.get(kind=MessageKind.STOP_CONFIRMATION)
    assert (message.body, message.origination_number) == (effect.text, effect.number)


def test_who_gets_nothing_is_not_texted_to_say_so(client, officer, member, topics):
    client.post(page_of(member), given())
    again = client.get(page_of(member))
    assert "No text acknowledges it: they get nothing that it ends." in again.text
    client.post(page_of(member), given(timedelta(0)))
    assert left().count() == 2
    assert not Message.objects.exists()


def test_a_voicemail_is_a_road_of_its_own(client, officer, member):
    client.post(page_of(member), given(source="voicemail"))
    assert left().get().source == Source.VOICEMAIL


@pytest.mark.parametrize("topic", ["brand-0", "999999", "else", "brand-"])
def test_what_was_not_offered_is_not_recorded(client, officer, member, topic):
    assert client.post(page_of(member), given(topic=topic)).status_code == 200
    assert not left().exists()


def test_a_file_is_kept_under_a_name_of_ours_with_its_digest(client, officer, member, settings):
    letter = b"%PDF-1.7 a scan"
    scan = SimpleUploadedFile("Jane Doe 212-555-0133.PDF", letter, "application/pdf")
    client.post(page_of(member), given(file=scan))
    kept = Evidence.objects.get(event=left().get())
    assert kept.file_digest == hashlib.sha256(letter).hexdigest()
    assert kept.file.name.startswith("evidence/")
    assert kept.file.name.endswith(".pdf")
    assert "Jane" not in kept.file.name
    assert "0133" not in kept.file.name
    answer = client.get(reverse("admin:consent_evidence_file", args=[kept.pk]))
    assert b"".join(answer.streaming_content) == letter
    assert answer["Content-Disposition"] == f'attachment; filename="evidence-{kept.pk}.pdf"'
    assert answer["Content-Type"] == "application/octet-stream"
    assert "no-store" in answer["Cache-Control"]
    assert answer["X-Content-Type-Options"] == "nosniff"
    entry = LogEntry.objects.order_by("pk").last()
    assert (entry.object_id, entry.change_message) == (
        str(member.pk),
        f"Downloaded the file of event #{kept.pk}",
    )
    file = reverse("admin:consent_evidence_file", args=[kept.pk])
    assert file in client.get(reverse("admin:consent_contact_change", args=[member.pk])).text


def test_a_file_that_is_too_large_or_a_slip_keeps_nothing(client, officer, member, monkeypatch):
    from campaigns.admin import revocation

    monkeypatch.setattr(revocation, "LARGEST", 0)
    scan = SimpleUploadedFile("scan.pdf", b"x")
    assert "larger than" in client.post(page_of(member), given(file=scan)).text
    assert not left().exists()


def test_a_file_is_for_those_who_may_see_evidence(client, officer, member, staff):
    client.post(page_of(member), given(file=SimpleUploadedFile("scan.pdf", b"x")))
    file = reverse("admin:consent_evidence_file", args=[left().get().pk])
    client.force_login(staff("lisa", "List managers"))
    assert client.get(file).status_code == 403
    client.force_login(staff("audrey", "Auditors"))
    assert client.get(file).status_code == 200


def test_evidence_without_a_file_says_so(client, officer, member):
    client.post(page_of(member), given())
    pk = left().get().pk
    answer = client.get(reverse("admin:consent_evidence_file", args=[pk]), follow=True)
    assert "No file is kept with this evidence." in answer.text


def test_only_those_who_may_record_are_led_there(client, staff, member):
    for name, role, may in (
        ("lisa", "List managers", True),
        ("audrey", "Auditors", False),
        ("adam", "Campaign authors", False),
    ):
        client.force_login(staff(name, role))
        for address in (BEGIN, page_of(member)):
            assert client.get(address).status_code == (200 if may else 403), (role, address)
        assert (BEGIN in client.get(reverse("admin:index")).text) == may
        if role != "Campaign authors":
            listed = client.get(reverse("admin:consent_contact_changelist")).text
            assert (BEGIN in listed) == may
