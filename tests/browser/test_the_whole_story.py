"""The newcomer's story in a real browser, over real workers, broker, database and sockets.

Opt in on the page, YES on the phone, import a list, author and approve a campaign, watch it
arrive, STOP, and take the proof along. P7 and P10 are held against what the whole run left behind.
"""

import csv
import hashlib
import io
import json
import logging
import re
import zipfile

import pytest
from django.core.management import call_command
from django.utils import timezone

from campaigns import approval
from campaigns.models import Campaign, Message
from campaigns.vocabulary import CampaignStatus, MessageStatus
from consent import clock
from consent.models import AuditExport, ContactImport

pytestmark = [pytest.mark.browser, pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

TYPED = "212-555-0123"
NUMBER = "+12125550123"
HEARD = "Example Corp. alerts: doors open at nine. Reply STOP to cancel."
LIST = (
    "phone,topic,consented_at,source\n"
    "212-555-0123,example-alerts,2026-01-05T10:00:00+00:00,web form\n"
    "617-555-0142,example-alerts,2026-01-05T10:00:00+00:00,web form\n"
    "call me,example-alerts,2026-01-05T10:00:00+00:00,web form\n"
    "617-555-0143,example-alerts,,\n"
)
PATIENT = 20_000  # ms, on a machine that is busy with other things too


ANY_NUMBER = re.compile(r"(?<![\w.-])\+?1?[ (.-]{0,2}[2-9]\d{2}[ ).-]{0,2}555[ .-]?\d{4}(?!\d)")


class Desk:
    """One browser window and the people who sit down at it."""

    def __init__(self, page, address, logins):
        self.page, self.address = page, address
        self.passwords = {one["username"]: one["password"] for one in json.loads(logins)}

    def sit_down(self, name):
        self.page.context.clear_cookies()
        self.page.goto(f"{self.address}/admin/")
        self.page.fill("#id_username", name)
        self.page.fill("#id_password", self.passwords[name])
        self.page.click("input[type=submit]")
        self.page.get_by_role("heading", name="Today").wait_for()

    def open(self, path):
        self.page.goto(f"{self.address}{path}")

    def tool(self, words):
        self.page.locator(".object-tools a", has_text=words).click()

    def give_reason(self, button, reason="Part of the story"):
        self.page.get_by_label("Reason").fill(reason)
        self.page.get_by_role("button", name=button, exact=True).click()

    def phone(self):
        self.open("/phones/")
        return self.page.locator("article.phone", has=self.page.locator("h2", has_text=TYPED))


@pytest.fixture
def desk(page, live_server, aws, running_beat, running_consumer, tmp_path, caplog):
    caplog.set_level(logging.INFO)
    logins = tmp_path / "logins.json"
    call_command("load_demo", logins=logins, verbosity=0)
    return Desk(page, live_server.url, logins.read_text())


def test_the_whole_story(
    desk, aws, running_worker, running_beat, running_consumer, caplog, tmp_path
):
    joins_and_confirms(desk)
    imports_a_list(desk, tmp_path)
    campaign = is_written_and_approved(desk)
    arrives(desk, campaign)
    leaves(desk)
    gets_nothing_more(desk, aws)
    proof = takes_the_proof_along(desk, tmp_path)
    tells_everything(proof)
    assert desk.page.complaints == []
    said = running_worker.said() + running_beat.said() + running_consumer.said() + caplog.text
    assert "campaigns.send_due" in said  # the logs were really read
    assert ANY_NUMBER.findall(said) == []


def joins_and_confirms(desk):
    desk.open("/join/example-alerts/")
    desk.page.get_by_label("Mobile number").fill(TYPED)
    assert not desk.page.locator("input[name=agree]").is_checked()
    desk.page.locator("input[name=agree]").check()
    desk.page.get_by_role("button", name="Text me to confirm").click()
    desk.page.wait_for_url("**/thanks/", timeout=PATIENT)
    phone = desk.phone()
    phone.get_by_text("Text YES to join Example Corp. alerts.").wait_for(timeout=PATIENT)
    phone.get_by_role("button", name="YES").click()
    phone.get_by_text("You're subscribed to Example Corp. alerts.").wait_for(timeout=PATIENT)


def imports_a_list(desk, folder):
    file = folder / "spring.csv"
    file.write_text(LIST)
    desk.sit_down("lists")
    desk.open("/admin/consent/contactimport/add/")
    desk.page.get_by_label("List:", exact=True).set_input_files(file)
    desk.page.get_by_role("button", name="Upload and preview").click()
    desk.page.get_by_role("heading", name="What will happen").wait_for(timeout=PATIENT)
    brought = ContactImport.objects.get()
    assert brought.counts == {"known": 1, "new": 1, "invalid_number": 1, "no_proof": 1}
    desk.tool("Confirm")
    desk.give_reason("Record these consents")
    desk.page.get_by_role("heading", name="The consents are on record").wait_for(timeout=PATIENT)


def is_written_and_approved(desk):
    desk.sit_down("author")
    desk.open("/admin/campaigns/campaign/add/")
    desk.page.get_by_label("Name:").fill("Doors open")
    desk.page.get_by_label("Topic:").select_option(label="Example Corp. alerts")
    desk.page.get_by_label("Origination number:").select_option(label="55501")
    desk.page.get_by_label("Text:").fill(HEARD)
    now = timezone.localtime(clock.now())
    desk.page.fill("#id_scheduled_at", f"{now:%Y-%m-%dT%H:%M}")
    desk.page.get_by_role("button", name="Save and continue editing").click()
    desk.page.get_by_text("As people read it").wait_for()
    desk.tool("Submit for approval")
    desk.give_reason("Submit for approval")
    assert not desk.page.locator(".object-tools a", has_text="Approve").is_visible()
    campaign = Campaign.objects.get(name="Doors open")
    assert campaign.status == CampaignStatus.SUBMITTED
    desk.sit_down("approver")
    desk.page.get_by_role("link", name=re.compile("to approve")).click()
    desk.open(f"/admin/campaigns/campaign/{campaign.pk}/change/")
    desk.tool("Approve")
    desk.give_reason("Approve")
    return campaign


def arrives(desk, campaign):
    # The campaign's page goes on by itself
    desk.page.get_by_role("link", name="Pause").wait_for(timeout=PATIENT)
    desk.page.locator("#live-progress", has_text="Accepted").wait_for(timeout=PATIENT)
    desk.phone().get_by_text(HEARD).wait_for(timeout=PATIENT)
    assert campaign.messages.filter(reason_code="").exclude(clearance=None).exists()
    history = campaign.history.order_by("history_date", "history_id")
    told = [(each.status, str(each.history_user), each.history_change_reason) for each in history]
    assert told[:3] == [
        ("draft", "author", told[0][2]),
        ("submitted", "author", "Part of the story"),
        ("approved", "approver", "Part of the story"),
    ]


def leaves(desk):
    phone = desk.phone()
    phone.get_by_role("button", name="STOP").click()
    phone.get_by_text("STOP: You're unsubscribed from Example Corp. alerts.").wait_for(
        timeout=PATIENT
    )


def gets_nothing_more(desk, aws):
    heard = len([one for one in aws.texts() if one["phone_number"] == NUMBER])
    again = Campaign.objects.get(name="Doors open")
    author, approver = again.author, again.approved_by
    again = Campaign.objects.create(
        name="Once more",
        topic=again.topic,
        origination_number=again.origination_number,
        text="Example Corp. alerts: we close at five. Reply STOP to cancel.",
        scheduled_at=clock.now(),
        author=author,
    )
    approval.submit(again, by=author, reason="Part of the story")
    again = Campaign.objects.get(pk=again.pk)
    approval.approve(again, by=approver, reason="Part of the story")
    others = Message.objects.filter(campaign=again, status=MessageStatus.ACCEPTED)
    desk.open(f"/admin/campaigns/campaign/{again.pk}/change/")
    desk.page.locator("#live-progress", has_text="Accepted").wait_for(timeout=PATIENT)
    assert others.exists()
    assert not others.filter(contact__number=NUMBER).exists()
    assert len([one for one in aws.texts() if one["phone_number"] == NUMBER]) == heard


def takes_the_proof_along(desk, folder):
    desk.sit_down("officer")
    desk.page.locator("input[name=number]").fill("(212) 555 0123")
    desk.page.keyboard.press("Enter")
    desk.page.get_by_role("heading", name="+1 212-555-0123").wait_for()
    assert "555" not in desk.page.url
    desk.page.get_by_text("Looked at the evidence").wait_for()
    desk.open("/admin/consent/auditexport/add/")
    desk.page.get_by_label("Phone number").fill(TYPED)
    desk.page.get_by_label("Reason").fill("A carrier asks")
    desk.page.get_by_role("button", name="Export", exact=True).click()
    desk.page.get_by_role("heading", name="The file is ready").wait_for(timeout=PATIENT)
    with desk.page.expect_download() as coming:
        desk.tool("Download")
    proof = folder / "proof.zip"
    coming.value.save_as(proof)
    assert hashlib.sha256(proof.read_bytes()).hexdigest() == AuditExport.objects.get().digest
    return zipfile.ZipFile(proof)


def tells_everything(proof):
    def rows(name):
        return list(csv.DictReader(io.StringIO(proof.read(name).decode("utf-8-sig"))))

    assert [row["kind"] for row in rows("consents.csv")] == ["requested", "confirmed", "opted_out"]
    assert "not a condition of any purchase" in rows("consents.csv")[0]["words_shown"]
    assert [(row["kind"], row["status"]) for row in rows("messages.csv")] == [
        ("confirmation_request", "accepted"),
        ("welcome", "accepted"),
        ("campaign", "accepted"),
        ("stop_confirmation", "accepted"),
    ]
    assert [row["text"] for row in rows("replies.csv")] == ["YES", "STOP"]
