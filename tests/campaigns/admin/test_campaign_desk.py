from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse

from campaigns import approval, audience
from campaigns.admin.campaign import next_business_morning
from campaigns.admin.campaign_progress import progress
from campaigns.models import Campaign
from campaigns.vocabulary import CampaignStatus
from consent import clock
from consent.vocabulary import EventKind, Source
from tests.builders import an_event, an_opted_in_contact
from tests.campaigns.admin.conftest import MONDAY

pytestmark = pytest.mark.django_db


def page(name, campaign):
    return reverse(f"admin:campaigns_campaign_{name}", args=[campaign.pk])


def given(campaign, **changed):
    return {
        "name": campaign.name,
        "topic": campaign.topic_id,
        "origination_number": campaign.origination_number_id,
        "text": campaign.text,
        "scheduled_at": "2030-03-04T10:00",
        "when_window_closes": "hold",
        "change_reason": "Reads better",
        "_save": "Save",
        **changed,
    }


@pytest.mark.parametrize(
    ("moment", "morning"),
    [
        (datetime(2030, 3, 4, 15, tzinfo=UTC), datetime(2030, 3, 5, 15, tzinfo=UTC)),
        (datetime(2030, 3, 8, 15, tzinfo=UTC), datetime(2030, 3, 11, 14, tzinfo=UTC)),
        (datetime(2030, 3, 9, 3, tzinfo=UTC), datetime(2030, 3, 11, 14, tzinfo=UTC)),
    ],
    ids=["Monday to Tuesday", "Friday over the change of summer time", "Friday night by our clock"],
)
def test_a_new_campaign_proposes_ten_on_the_next_weekday(moment, morning):
    assert next_business_morning(moment) == morning


def test_an_author_writes_and_sees_it_as_people_read_it(client, author, draft):
    client.force_login(author)
    answer = client.post(
        reverse("admin:campaigns_campaign_add"),
        given(draft, name="Summer", text="Sun! See bit.ly/x"),
        follow=True,
    )
    made = Campaign.objects.get(name="Summer")
    assert (made.author, made.status, made.scheduled_at) == (author, CampaignStatus.DRAFT, MONDAY)
    assert answer.redirect_chain[-1][0] == page("change", made)
    assert "Carriers block links through bit.ly" in answer.text
    assert "Say who is writing: name Example Corp." in answer.text
    assert "17 characters, 1 part, GSM-7" in answer.text


def test_a_number_that_does_not_carry_the_topic_is_refused(client, author, draft):
    draft.origination_number.topics.clear()
    client.force_login(author)
    answer = client.post(reverse("admin:campaigns_campaign_add"), given(draft, name="Summer"))
    assert "12345 does not carry Example Corp. offers. Numbers that do: none yet." in answer.text


def test_a_submitted_campaign_waits_and_cannot_change(client, author, draft):
    client.force_login(author)
    client.post(page("submit", draft), {"reason": "Ready"})
    client.post(page("change", draft), given(draft, name="Changed"))
    draft.refresh_from_db()
    assert (draft.status, draft.name) == (CampaignStatus.SUBMITTED, "Spring")
    assert draft.text == "Example Corp.: still here. Reply STOP to cancel."
    assert draft.history.latest().history_change_reason == "Ready"


def test_the_approval_page_names_text_audience_and_refusals(client, author, officer, draft):
    barred = an_opted_in_contact(draft.topic)
    an_event(barred, EventKind.SUPPRESSED, source=Source.STAFF, note="A lawyer wrote")
    approval.submit(draft, by=author)
    client.force_login(officer)
    text = client.get(page("approve", draft)).text
    assert "Example Corp.: still here. Reply STOP to cancel." in text
    assert "2 people are opted in now." in text
    assert "1 would be texted at once when it starts." in text
    assert "1 would be refused: the person is suppressed." in text
    assert "It starts by itself on Monday, March 4, 2030 at 10:00 EST." in text


def test_the_approval_page_says_until_when_people_are_held(client, author, officer, draft):
    draft.scheduled_at = datetime(2030, 3, 2, 15, tzinfo=UTC)  # a Saturday
    draft.save()
    approval.submit(draft, by=author)
    client.force_login(officer)
    text = client.get(page("approve", draft)).text
    assert "1 would wait until Monday, March 4, 09:00 EST." in text


def test_a_start_that_is_past_is_not_promised_for_then(client, author, officer, draft):
    draft.scheduled_at = clock.now() - timedelta(minutes=1)
    draft.save()
    approval.submit(draft, by=author)
    client.force_login(officer)
    text = client.get(page("approve", draft)).text
    assert "It starts at once: the moment that it was scheduled for is past." in text
    client.post(page("approve", draft), {"reason": "Checked the offer"})
    assert "It starts within seconds; its audience" in client.get(page("change", draft)).text


def test_another_person_approves_with_a_reason(client, author, officer, draft):
    approval.submit(draft, by=author)
    client.force_login(officer)
    client.post(page("approve", draft), {"reason": ""})
    draft.refresh_from_db()
    assert draft.status == CampaignStatus.SUBMITTED
    client.post(page("approve", draft), {"reason": "Checked the offer"})
    draft.refresh_from_db()
    assert (draft.status, draft.approved_by) == (CampaignStatus.APPROVED, officer)
    assert draft.history.latest().history_change_reason == "Checked the offer"


def test_nobody_approves_what_they_wrote_even_with_both_roles(client, staff, draft):
    both = staff("both", "Campaign authors", "Compliance officers")
    draft.author = both
    draft.save()
    approval.submit(draft, by=both)
    client.force_login(both)
    assert "somebody else must approve it" in client.get(page("approve", draft)).text
    client.post(page("approve", draft), {"reason": "It is fine"})
    draft.refresh_from_db()
    assert draft.status == CampaignStatus.SUBMITTED


@pytest.mark.parametrize("move", ["approve", "pause", "resume", "cancel"])
def test_authors_cannot_make_the_moves_of_officers(client, author, draft, move):
    client.force_login(author)
    assert client.post(page(move, draft), {"reason": "x"}).status_code == 403


def test_officers_cannot_write(client, officer, draft):
    client.force_login(officer)
    assert client.get(reverse("admin:campaigns_campaign_add")).status_code == 403
    assert client.post(page("submit", draft), {"reason": "x"}).status_code == 403


@pytest.fixture
def running(author, officer, draft):
    barred = an_opted_in_contact(draft.topic)
    an_event(barred, EventKind.SUPPRESSED, source=Source.STAFF, note="A lawyer wrote")
    approval.submit(draft, by=author)
    Campaign.objects.filter(pk=draft.pk).update(scheduled_at=datetime(2026, 1, 5, tzinfo=UTC))
    approval.approve(draft, by=officer)
    assert audience.start(draft.pk)
    audience.freeze(draft.pk)
    draft.refresh_from_db()
    return draft


def test_a_running_campaign_shows_how_far_it_has_come(client, author, running):
    client.force_login(author)
    answer = client.get(page("progress", running)).json()
    assert sum(answer["counts"].values()) == 2
    assert answer["counts"]["refused"] == 1
    assert answer["status"] == "running"
    assert "The person is suppressed" in answer["panel"]
    text = client.get(page("change", running)).text
    assert f'data-live="{page("progress", running)}"' in text


def test_each_count_leads_to_its_messages(client, author, running):
    client.force_login(author)
    rows = progress(running, author).rows
    refused = next(row for row in rows if row.status == "refused")
    for url in (refused.url, refused.reasons[0].url):
        answer = client.get(url)
        assert answer.status_code == 200
        assert answer.context["cl"].result_count == 1


def test_pausing_resuming_and_cancelling_name_the_effect_and_ask_why(client, officer, running):
    client.force_login(officer)
    for move, status in (("pause", "paused"), ("resume", "running"), ("cancel", "cancelled")):
        assert "What this does" in client.get(page(move, running)).text
        client.post(page(move, running), {"reason": f"{move}: because"})
        running.refresh_from_db()
        assert running.status == status
        assert running.history.latest().history_change_reason == f"{move}: because"
    assert not running.messages.filter(status__in=["queued", "held"]).exists()
    assert "Cancel" not in client.get(page("change", running)).text.split("object-tools")[1][:300]
