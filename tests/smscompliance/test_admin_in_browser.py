"""The admin in a real browser: nothing refused by the content policy, nothing axe complains of."""

from datetime import UTC, datetime

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.urls import reverse

from campaigns import approval, audience
from campaigns.models import Campaign, Message
from campaigns.vocabulary import MessageStatus
from tests.builders import a_disclosure, a_number, a_topic, a_user, an_opted_in_contact

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def running():
    call_command("setup_roles", verbosity=0)
    author, officer = a_user("author"), a_user("officer")
    author.groups.add(Group.objects.get(name="Campaign authors"))
    officer.groups.add(Group.objects.get(name="Compliance officers"))
    topic = a_topic()
    a_disclosure(topic, published=False)
    for _ in range(2):
        an_opted_in_contact(topic)
    campaign = Campaign.objects.create(
        name="Spring",
        topic=topic,
        origination_number=a_number(topic),
        text="{brand}: still here. Reply STOP to cancel.",
        scheduled_at=datetime(2026, 1, 5, tzinfo=UTC),
        author=author,
    )
    approval.submit(campaign, by=author)
    approval.approve(campaign, by=officer, reason="Reads well")
    audience.start(campaign.pk)
    audience.freeze(campaign.pk)
    return campaign


@pytest.fixture
def officers_page(page, live_server, running):
    page.goto(live_server.url + reverse("admin:login"))
    page.get_by_label("Username").fill("officer")
    page.get_by_label("Password").fill("a-long-password-1")
    page.get_by_role("button", name="Log in").click()
    page.get_by_role("heading", name="Today").wait_for()
    return page


def faults(page):
    violations = Axe().run(page).response["violations"]
    return [(each["id"], each["nodes"][0]["target"]) for each in violations]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_main_pages_are_clean(officers_page, live_server, running, scheme):
    page = officers_page
    page.emulate_media(color_scheme=scheme)
    contact = running.messages.first().contact_id
    addresses = [
        reverse("admin:index"),
        reverse("admin:consent_contact_changelist"),
        reverse("admin:consent_contact_change", args=[contact]),
        reverse("admin:consent_contact_opt_out", args=[contact]),
        reverse("admin:consent_contact_explain", args=[contact]),
        reverse("admin:consent_topic_change", args=[running.topic_id]),
        reverse("admin:consent_disclosure_changelist"),
        reverse("admin:campaigns_campaign_changelist"),
        reverse("admin:campaigns_campaign_change", args=[running.pk]),
        reverse("admin:campaigns_campaign_pause", args=[running.pk]),
        reverse("admin:campaigns_campaign_history", args=[running.pk]),
        reverse("admin:campaigns_message_changelist"),
        reverse("admin:campaigns_message_change", args=[running.messages.first().pk]),
        reverse("admin:campaigns_rulesignoff_changelist"),
        reverse("admin:campaigns_rulesignoff_row", args=["us.fl.cap"]),
        reverse("admin:campaigns_rulesignoff_sign_row", args=["us.fl.cap"]),
        reverse("admin:campaigns_sendingpolicy_add"),
        reverse("admin:campaigns_sendingpolicy_add") + "?kind=hours",
    ]
    found = {}
    for address in addresses:
        page.goto(live_server.url + address)
        complaints = list(page.complaints)  # axe injects styles of its own afterwards
        found[address] = (complaints, faults(page))
        page.goto("about:blank")
        page.complaints.clear()
    assert found == dict.fromkeys(addresses, ([], []))


def test_the_login_page_is_clean(page, live_server):
    page.goto(live_server.url + reverse("admin:login"))
    assert page.complaints == []
    assert faults(page) == []


def test_progress_moves_without_reloading(officers_page, live_server, running):
    page = officers_page
    page.goto(live_server.url + reverse("admin:campaigns_campaign_change", args=[running.pk]))
    page.get_by_text("0 of 2 settled").wait_for()
    Message.objects.filter(campaign=running).update(status=MessageStatus.CANCELLED)
    page.get_by_text("2 of 2 settled").wait_for()
    assert page.get_by_role("link", name="Pause").count() == 1
    audience.finish_exhausted()
    page.get_by_text("Finished", exact=True).wait_for()
    assert page.get_by_role("link", name="Pause").count() == 0
    assert page.complaints == []


def test_a_number_is_looked_up_with_the_keyboard_and_never_shows_in_an_address(
    officers_page, running
):
    page = officers_page
    contact = running.messages.first().contact
    page.get_by_label("Look a number up").last.fill(contact.number[2:])
    page.keyboard.press("Enter")
    page.get_by_text("Contact file").wait_for()
    assert page.url.endswith(reverse("admin:consent_contact_change", args=[contact.pk]))
