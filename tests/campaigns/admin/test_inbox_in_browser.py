"""Inbox, clock and rehearsal in a real browser: by keyboard alone, and axe has no complaint."""

from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse

from campaigns import replies
from campaigns.models import Message, Reply, SavedAnswer
from campaigns.vocabulary import MessageKind
from consent import clock
from consent.vocabulary import EventKind, Source
from tests.builders import a_disclosure, a_number, a_reply, a_topic, an_event, an_opted_in_contact

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

INBOX = reverse("admin:campaigns_reply_inbox")
WORDS = (
    (
        "Please be so kind and write to somebody else from now on",
        "probably_stop",
        timedelta(days=30),
    ),
    ("When do you open?", "other", timedelta(days=6)),
    (
        "Is my order on its way? I have been waiting for it since Monday",
        "other",
        timedelta(hours=3),
    ),
    ("ok thanks", "other", timedelta(minutes=2)),
)


@pytest.fixture
def busy():
    """Make a few days of replies, of every sort that the pages show."""
    topic = a_topic()
    a_disclosure(topic)
    number = a_number(topic)
    SavedAnswer.objects.create(title="Opening hours", text="{brand}: we open at nine.")
    for body, meaning, waited in WORDS:
        a_reply(
            an_opted_in_contact(topic),
            number,
            destination=number.number,
            body=body,
            meaning=meaning,
            received_at=clock.now() - waited,
        )
    for serial, (body, seconds) in enumerate((("STOP", 2), ("stop!!", 9), ("HELP", 3))):
        replies.receive(
            {
                "originationNumber": an_opted_in_contact(topic).number,
                "destinationNumber": number.number,
                "messageBody": body,
                "inboundMessageId": f"now-{serial}",
            },
            published_at=clock.now() - timedelta(seconds=seconds),
        )
    left = an_opted_in_contact(topic)
    said_at = clock.now() - timedelta(hours=5)
    an_event(left, EventKind.OPTED_OUT, None, source=Source.PHONE_CALL, occurred_at=said_at)
    return topic


@pytest.fixture
def officers_page(page, live_server, officer, busy):
    page.goto(live_server.url + reverse("admin:login"))
    page.get_by_label("Username").fill("officer")
    page.get_by_label("Password").fill("a-long-password-1")
    page.get_by_role("button", name="Log in").click()
    page.get_by_role("heading", name="Today").wait_for()
    return page


def faults(page):
    complaints = list(page.complaints)  # axe injects styles of its own afterwards
    violations = Axe().run(page).response["violations"]
    page.complaints.clear()
    return complaints + [(each["id"], each["nodes"][0]["target"]) for each in violations]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_are_clean(officers_page, live_server, busy, scheme):
    page = officers_page
    page.emulate_media(color_scheme=scheme)
    addresses = [
        reverse("admin:index"),
        INBOX,
        reverse("admin:campaigns_reply_changelist"),
        reverse("admin:campaigns_reply_answer", args=[Reply.objects.last().pk]),
        reverse("admin:campaigns_reply_clock"),
        reverse("admin:campaigns_reply_report"),
        reverse("admin:campaigns_savedanswer_changelist"),
        reverse("admin:campaigns_savedanswer_add"),
        reverse("admin:consent_topic_rehearse", args=[busy.pk]),
    ]
    found = {}
    for address in addresses:
        page.goto(live_server.url + address)
        found[address] = faults(page)
        page.goto("about:blank")
        page.complaints.clear()
    page.goto(live_server.url + addresses[-1])
    page.get_by_role("button", name="Rehearse").click()
    page.get_by_role("heading", name="take me off your list").wait_for()
    found["played"] = faults(page)
    page.goto("about:blank")
    page.complaints.clear()
    page.goto(live_server.url + INBOX + "?meaning=other")
    page.keyboard.press("a")
    found["answering"] = faults(page)
    assert found == {each: [] for each in (*addresses, "played", "answering")}


def test_the_queue_is_worked_by_keyboard_alone(officers_page, live_server, busy):
    page = officers_page
    page.goto(live_server.url + INBOX + "?meaning=other")
    this = page.locator(".bubbles .this .bubble")
    assert "When do you open?" in this.inner_text()
    page.keyboard.press("j")
    page.wait_for_url("**reply=*")
    assert "Is my order" in this.inner_text()
    page.keyboard.press("ArrowUp")
    page.locator(".this .bubble", has_text="When do you open?").wait_for()

    page.keyboard.press("a")
    page.get_by_label("Saved answer").select_option(label="Opening hours")
    text = page.get_by_label("Answer", exact=True)
    assert text.input_value() == "Example Corp.: we open at nine."
    text.focus()
    page.keyboard.type(" jad")  # letters in a field are letters
    page.keyboard.press("Control+Enter")
    page.locator(".this .bubble", has_text="Is my order").wait_for()
    answered = Message.objects.get(kind=MessageKind.ANSWER)
    assert answered.text.endswith("nine. jad") or answered.text.startswith(" jad")

    page.keyboard.press("d")
    page.keyboard.type("Found the parcel")
    page.keyboard.press("Enter")
    page.locator(".this .bubble", has_text="ok thanks").wait_for()
    settled = Reply.objects.get(settled_note="Found the parcel")
    assert "Is my order" in settled.body

    page.keyboard.press("d")
    page.keyboard.press("Escape")
    assert page.locator("details[open]").count() == 0
    page.get_by_role("button", name="Keyboard shortcuts").click()
    page.keyboard.press("d")
    assert page.locator("details[open]").count() == 0
    assert page.complaints == []
