"""Trying a campaign's text without sending it: Amazon is asked about its own words, once."""

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse

from campaigns import approval
from campaigns.models import Campaign, Message, OriginationNumber, SendAttempt
from campaigns.vocabulary import CampaignStatus
from consent.models import Contact, OptInEvent

pytestmark = pytest.mark.django_db
PHONE = "(212) 555-0143"
OFFERED = "Try without sending"


@pytest.fixture
def campaign(draft):
    OriginationNumber.objects.update(gateway="eum", max_price="0.05")
    draft.origination_number.refresh_from_db()
    return draft


@pytest.fixture
def client(client, officer):
    client.force_login(officer)
    return client


def page(name, campaign):
    return reverse(f"admin:campaigns_campaign_{name}", args=[campaign.pk])


@pytest.mark.parametrize("status", [CampaignStatus.DRAFT, CampaignStatus.SUBMITTED])
def test_amazon_is_asked_about_the_campaigns_own_words_once(client, campaign, stub_eum, status):
    Campaign.objects.update(status=status)
    contacts = Contact.objects.count()
    assert page("try", campaign) in client.get(page("change", campaign)).text
    answer = client.post(page("try", campaign), {"number": PHONE}).text
    assert "Amazon would take it" in answer
    assert "Nothing was sent, nothing is charged, nothing is recorded as sent." in answer
    (asked,) = stub_eum.requests
    assert (asked["DryRun"], asked["DestinationPhoneNumber"], asked["MessageBody"]) == (
        True,
        "+12125550143",
        "Example Corp.: still here. Reply STOP to cancel.",
    )
    assert (asked["MessageType"], asked["MaxPrice"]) == ("PROMOTIONAL", "0.05000")
    campaign.refresh_from_db()
    kept = (Message.objects.count(), SendAttempt.objects.count(), Contact.objects.count())
    assert (campaign.status, *kept) == (status, 0, 0, contacts)


def test_the_page_names_what_it_does_before_anything_is_asked(client, campaign, stub_eum):
    text = client.get(page("try", campaign)).text
    assert "Nothing is sent, nothing is charged, and no message is recorded." in text
    assert "Example Corp.: still here. Reply STOP to cancel." in text
    assert "1 part, GSM-7" in text
    assert "is an example" not in text
    Campaign.objects.update(text="{brand}: hello. Leave: {unsubscribe_link}")
    assert "The link to unsubscribe is an example" in client.get(page("try", campaign)).text
    assert (stub_eum.requests, LogEntry.objects.count()) == ([], 0)


def test_a_refusal_comes_in_words_and_is_written_down_without_the_number(
    client, campaign, stub_eum, officer
):
    events = OptInEvent.objects.count()
    stub_eum.behaviour = lambda request: "400 ConflictException DESTINATION_PHONE_NUMBER_OPTED_OUT"
    text = client.post(page("try", campaign), {"number": PHONE}).text
    assert "the number is on Amazon&#x27;s opt-out list" in text
    entry = LogEntry.objects.get()
    assert (entry.user, entry.object_id) == (officer, str(campaign.pk))
    assert entry.get_change_message() == (
        "Had Amazon check a text without sending it: Amazon would refuse this text "
        "(DESTINATION_PHONE_NUMBER_OPTED_OUT)."
    )
    assert OptInEvent.objects.count() == events


@pytest.mark.parametrize("number", ["", "12"])
def test_nonsense_is_not_asked(client, campaign, stub_eum, number):
    text = client.post(page("try", campaign), {"number": number}).text
    assert "errornote" in text
    assert (stub_eum.requests, LogEntry.objects.count()) == ([], 0)


def test_what_must_be_mended_is_said_beside_it(client, campaign, stub_eum):
    Campaign.objects.update(text="{nobody}: hello.")
    assert "Must be mended" in client.get(page("try", campaign)).text


@pytest.mark.parametrize("move", [approval.approve, approval.cancel])
def test_it_is_over_once_the_campaign_moves_on(client, campaign, stub_eum, author, officer, move):
    approval.submit(campaign, by=author, reason="Ready")
    move(campaign, by=officer, reason="Read it")
    assert OFFERED not in client.get(page("change", campaign)).text
    assert client.post(page("try", campaign), {"number": PHONE}).status_code == 404
    assert stub_eum.requests == []


def test_sns_has_no_such_question(client, draft, stub_sns):
    assert OFFERED not in client.get(page("change", draft)).text
    assert client.get(page("try", draft)).status_code == 404
    assert stub_sns.requests == []


def test_only_who_may_is_offered_it(client, author, campaign, stub_eum):
    client.force_login(author)
    assert OFFERED not in client.get(page("change", campaign)).text
    assert client.get(page("try", campaign)).status_code == 403
    assert client.post(page("try", campaign), {"number": PHONE}).status_code == 403
    assert stub_eum.requests == []
