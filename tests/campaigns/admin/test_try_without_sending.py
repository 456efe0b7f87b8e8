"""Trying a text without sending it: Amazon is asked once, and nothing else happens."""

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse

from campaigns.models import Message, PartsUsed, SendAttempt, SendingStop
from consent.models import Contact, OptInEvent
from tests import builders as make

pytestmark = pytest.mark.django_db
PHONE = "(212) 555-0143"
WORDS = "Example Corp.: what is new this week."


@pytest.fixture
def number(topic):
    return make.a_number(topic, gateway="eum", configuration_set="alerts", max_price="0.05")


@pytest.fixture
def client(client, officer):
    client.force_login(officer)
    return client


def address(number):
    return reverse("admin:campaigns_originationnumber_try", args=[number.pk])


def page_of(number):
    return reverse("admin:campaigns_originationnumber_change", args=[number.pk])


def tried(client, origination, /, **changed):
    return client.post(address(origination), {"number": PHONE, "body": WORDS, **changed})


def test_amazon_is_asked_once_and_says_that_it_would_take_the_text(client, number, stub_eum):
    assert "Try without sending" in client.get(page_of(number)).text
    page = tried(client, number).text
    assert "Amazon would take it" in page
    assert "Nothing was sent, nothing is charged, nothing is recorded as sent." in page
    assert stub_eum.requests == [
        {
            "DestinationPhoneNumber": "+12125550143",
            "OriginationIdentity": "12345",
            "MessageBody": WORDS,
            "MessageType": "PROMOTIONAL",
            "MaxPrice": "0.05000",
            "ConfigurationSetName": "alerts",
            "TimeToLive": 259200,
            "DryRun": True,
        }
    ]


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (
            "400 ConflictException DESTINATION_PHONE_NUMBER_OPTED_OUT",
            "the number is on Amazon&#x27;s opt-out list",
        ),
        ("400 ValidationException PRICE_OVER_THRESHOLD", "more than the most per text"),
        ("400 ValidationException SOMETHING_NEW", "no more than the code below"),
        (
            "400 ConflictException DESTINATION_PHONE_NUMBER_NOT_VERIFIED",
            "The account is in the SMS sandbox",
        ),
        (
            "402 ServiceQuotaExceededException MONTHLY_SPEND_LIMIT_REACHED_FOR_TEXT",
            "Raise the monthly SMS spend limit",
        ),
        ("400 ThrottlingException", "Amazon allows five a second"),
        ("500 InternalServerException", "Amazon did not answer, or not so that we understand it"),
        ("cut", "Amazon did not answer, or not so that we understand it"),
    ],
)
def test_the_reason_is_shown_and_nothing_else_comes_of_it(
    client, number, stub_eum, topic, answer, told
):
    person = make.an_opted_in_contact(topic, number="+12125550143")
    events = OptInEvent.objects.count()
    stub_eum.behaviour = lambda request: answer
    page = tried(client, number).text
    assert told in page
    assert "Amazon would take it" not in page
    for code in answer.split()[2:]:
        assert f"<code>{code}</code>" in page
    kept = (Message, SendAttempt, SendingStop, PartsUsed)
    assert [each.objects.count() for each in kept] == [0, 0, 0, 0]
    assert OptInEvent.objects.count() == events
    assert person.subscriptions.get().standing == "opted_in"
    number.refresh_from_db()
    assert number.next_slot_at is None


def test_who_tried_and_what_amazon_said_is_written_down_without_number_or_words(
    client, number, stub_eum, officer
):
    stub_eum.behaviour = lambda request: "400 ConflictException DESTINATION_PHONE_NUMBER_OPTED_OUT"
    tried(client, number)
    entry = LogEntry.objects.get()
    assert (entry.user, entry.object_id) == (officer, str(number.pk))
    assert entry.get_change_message() == (
        "Had Amazon check a text without sending it: Amazon would refuse this text "
        "(DESTINATION_PHONE_NUMBER_OPTED_OUT)."
    )
    assert Contact.objects.count() == 0


@pytest.mark.parametrize(
    "wrong", [{"number": "12"}, {"number": ""}, {"body": " "}, {"body": "x" * 1601}]
)
def test_nonsense_is_not_asked(client, number, stub_eum, wrong):
    page = tried(client, number, **wrong)
    assert (page.status_code, "errornote" in page.text) == (200, True)
    assert (stub_eum.requests, LogEntry.objects.count()) == ([], 0)


def test_looking_at_the_page_asks_nothing(client, number, stub_eum):
    page = client.get(address(number)).text
    assert "Nothing is sent, nothing is charged, and no message is recorded." in page
    assert (stub_eum.requests, LogEntry.objects.count()) == ([], 0)


def test_sns_has_no_such_question(client, topic, stub_sns):
    number = make.a_number(topic)
    assert "Try without sending" not in client.get(page_of(number)).text
    assert client.get(address(number)).status_code == 404
    assert tried(client, number).status_code == 404
    assert stub_sns.requests == []


@pytest.mark.parametrize("role", ["Auditors", "Campaign authors"])
def test_only_who_may_is_offered_it(client, staff, number, stub_eum, role):
    client.force_login(staff("somebody", role))
    assert "Try without sending" not in client.get(page_of(number)).text
    assert client.get(address(number)).status_code == 403
    assert tried(client, number).status_code == 403
    assert stub_eum.requests == []


def test_india_is_told_the_template(client, topic, stub_eum):
    number = make.a_number(
        topic, number="EXAMPLE", kind="sender_id", country="IN", gateway="eum", entity_id="110100"
    )
    page = tried(client, number, number="+919876543210", template_id="110700")
    assert "Amazon would take it" in page.text
    (asked,) = stub_eum.requests
    assert asked["DestinationCountryParameters"] == {
        "IN_ENTITY_ID": "110100",
        "IN_TEMPLATE_ID": "110700",
    }
    assert asked["OriginationIdentity"] == "EXAMPLE"
