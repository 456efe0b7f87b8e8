"""A campaign's link: the same place in the approved text, another address in each person's."""

import pytest
from django.urls import reverse

from campaigns import approval, claiming, unsubscribe_links, wording
from campaigns.admin.campaign_text import read_draft
from campaigns.models import Message
from consent import unsubscribing
from consent.models import UnsubscribeCode
from tests.builders import (
    a_campaign,
    a_number,
    a_running_campaign,
    a_topic,
    a_user,
    an_opted_in_contact,
)

pytestmark = pytest.mark.django_db
TEXT = "Example Corp.: hello. Leave: {unsubscribe_link}"


@pytest.fixture
def running(business_hours):
    topic = a_topic()
    number = a_number(topic)
    people = [an_opted_in_contact(topic) for _ in range(3)]
    return a_running_campaign(topic, number, text=TEXT), number, people


def test_each_person_gets_their_own_link_and_the_text_stays_as_approved(running):
    campaign, number, people = running
    assert campaign.text == TEXT
    assert campaign.is_approved
    assert not UnsubscribeCode.objects.exists()
    sent = {each.contact: each.text.body for each in claiming.claim(number.pk, "w").claimed}
    codes = unsubscribing.codes_for(person.pk for person in people)
    assert sent == {
        person.pk: f"Example Corp.: hello. Leave: http://localhost:8000/u/{codes[person.pk]}"
        for person in people
    }
    assert {row.text for row in Message.objects.all()} == {TEXT}


def test_parts_are_counted_with_the_link_in_place(business_hours):
    topic = a_topic()
    number = a_number(topic)
    an_opted_in_contact(topic)
    link = len(unsubscribing.address_of(unsubscribe_links.SAMPLE))
    fill = "Example Corp.: "
    for length, parts in ((160, 1), (161, 2)):
        text = fill + "x" * (length - link - len(fill)) + "{unsubscribe_link}"
        campaign = a_running_campaign(topic, number, text=text, name=str(length))
        assert campaign.messages.get().parts == parts
        draft = read_draft(campaign)
        assert (draft.size.units, draft.size.parts) == (length, parts)
        assert draft.text.endswith(unsubscribe_links.SAMPLE)


def test_a_text_without_the_link_asks_for_no_code(business_hours):
    topic = a_topic()
    number = a_number(topic)
    an_opted_in_contact(topic)
    a_running_campaign(topic, number)
    claiming.claim(number.pk, "w")
    assert not UnsubscribeCode.objects.exists()


def test_a_campaign_goes_back_and_forth_with_its_placeholder(business_hours):
    topic = a_topic()
    draft = a_campaign(topic, a_number(topic), text="{brand} {unsubscribe_link}. Bye.")
    row = approval.submit(draft, by=draft.author)
    assert row.text == "Example Corp. {unsubscribe_link}. Bye."
    row = approval.back_to_draft(row, by=a_user(), reason="Once more")
    assert approval.submit(row, by=draft.author).text == row.text


def test_only_campaigns_have_the_place():
    with pytest.raises(wording.UnknownPlaceholder):
        wording.render("{unsubscribe_link}", {})


def test_staff_read_that_there_is_a_link_and_neither_its_code_nor_a_placeholder(running, client):
    _, number, people = running
    claiming.claim(number.pk, "w")
    client.force_login(a_user("ada", superuser=True))
    code = unsubscribing.codes_for([people[0].pk])[people[0].pk]
    message = Message.objects.get(contact=people[0])
    for page in (
        reverse("admin:campaigns_message_changelist"),
        reverse("admin:campaigns_message_change", args=[message.pk]),
        reverse("admin:consent_contact_change", args=[people[0].pk]),
    ):
        text = client.get(page).text
        assert "Leave: [own link to leave]" in text
        assert "unsubscribe_link" not in text
        assert code not in text
