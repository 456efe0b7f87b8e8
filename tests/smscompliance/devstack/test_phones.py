"""The phones page, with the AWS stand-in behind it."""

import json
import re
from datetime import timedelta

import boto3
import pytest
from django.conf import settings as project
from django.test import Client
from django.urls import reverse

from consent import clock, phone_numbers
from smscompliance.devstack import demo_data

PHONE = "+12025550143"
PAGE = "/phones/"
_BUBBLE = re.compile(r'<p><span class="unseen">[^<]*</span>(.*?)</p>', re.DOTALL)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _stand_in(aws):
    """Run every test here against an emptied stand-in."""


def publish(number, message, origin="55501"):
    boto3.client("sns", region_name="us-east-1", endpoint_url=project.AWS_ENDPOINT_URL).publish(
        PhoneNumber=number,
        Message=message,
        MessageAttributes={
            "AWS.MM.SMS.OriginationNumber": {"DataType": "String", "StringValue": origin}
        },
    )


def feed(client, **asked):
    return client.get(reverse("phones:feed"), asked).json()


def bubbles(html):
    return [" ".join(text.split()) for text in _BUBBLE.findall(html)]


def replies():
    """Return the two-way payloads that wait for the consumer."""
    sqs = boto3.client("sqs", region_name="us-east-1", endpoint_url=project.AWS_ENDPOINT_URL)
    batch = sqs.receive_message(QueueUrl=project.INBOUND_QUEUE_URL, MaxNumberOfMessages=10)
    return [
        json.loads(json.loads(message["Body"])["Message"]) for message in batch.get("Messages", [])
    ]


def test_the_empty_page_says_what_to_do_first(client):
    demo_data.load_records()
    page = client.get(PAGE)
    assert page.status_code == 200
    assert "No phone has a text yet" in page.content.decode()
    assert reverse("opt_in_pages:join", args=["example-alerts"]) in page.content.decode()
    assert page.context["numbers"][0]["keyword"] == "JOIN"


def test_it_needs_no_login_and_allows_no_inline_script_or_style(client):
    page = client.get(PAGE)
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    html = page.content.decode()
    assert re.findall(r"<script(?![^>]*src=)|<style|\sstyle=|\son[a-z]+=", html) == []


def test_a_text_is_on_its_phone_under_its_senders_name(client):
    demo_data.load_records()
    publish(PHONE, "Sale & more <soon>")
    html = client.get(PAGE).content.decode()
    assert "+1 202-555-0143" in html
    assert "<strong>Example Corp.</strong>" in html
    assert bubbles(html) == ["Sale &amp; more &lt;soon&gt;"]


def test_the_feed_gives_only_what_changed(client):
    publish(PHONE, "First")
    before = feed(client)
    publish("+13125550117", "Second")
    after = feed(client, after=before["n"])
    assert [change["id"] for change in after["changed"]] == [2]
    assert bubbles(after["changed"][0]["html"]) == ["Second"]
    assert after["order"] == [2, 1]
    assert feed(client, after=after["n"])["changed"] == []


def test_the_feed_names_phones_by_id_alone(client):
    publish(PHONE, "First")
    publish("+13125550117", "Second")
    only = feed(client, ids="1")
    assert only["order"] == [1]
    assert feed(client, ids="0")["order"] == []


def test_a_typed_reply_reaches_the_inbound_queue(client):
    publish(PHONE, "Text YES to join")
    conversation = {"handset": 1, "to": "55501", "previous": "an-id", "body": " yes please "}
    answer = client.post(reverse("phones:reply"), conversation)
    assert answer.headers["Location"] == "/phones/#phone-1"
    (payload,) = replies()
    assert payload["originationNumber"] == PHONE
    assert payload["destinationNumber"] == "55501"
    assert payload["messageBody"] == "yes please"
    assert payload["previousPublishedMessageId"] == "an-id"


def test_a_quick_reply_sends_its_word(client):
    publish(PHONE, "Text YES to join")
    conversation = {"handset": 1, "to": "55501", "previous": "", "body": "", "quick": "STOP"}
    answer = client.post(
        reverse("phones:reply"), conversation, headers={"X-Requested-With": "fetch"}
    )
    assert answer.status_code == 204
    assert [payload["messageBody"] for payload in replies()] == ["STOP"]


def test_any_phone_can_be_picked_up_to_text_a_keyword(client):
    demo_data.load_records()
    client.post(
        reverse("phones:pick_up"), {"phone": "(312) 555-0117", "to": "55501", "body": "JOIN"}
    )
    (payload,) = replies()
    assert payload["originationNumber"] == "+13125550117"
    assert payload["messageBody"] == "JOIN"
    assert bubbles(client.get(PAGE).content.decode()) == ["JOIN"]


def test_a_mistyped_number_is_explained(client):
    answer = client.post(
        reverse("phones:pick_up"), {"phone": "call me", "body": "JOIN"}, follow=True
    )
    assert phone_numbers.LETTERS in answer.content.decode()
    assert replies() == []


def test_a_phone_set_to_fail_shows_what_became_of_its_texts(client):
    publish(PHONE, "First")
    client.post(reverse("phones:answer"), {"handset": 1, "answer": "switched_off"})
    publish(PHONE, "Second")
    (change,) = feed(client)["changed"]
    assert bubbles(change["html"]) == ["First", "Second"]
    assert change["html"].count("Not delivered: the phone is switched off") == 1


def test_phones_in_hand_come_first_and_a_search_finds_the_rest(client):
    publish(PHONE, "Mine")
    client.post(reverse("phones:reply"), {"handset": 1, "to": "55501", "body": "hello"})
    for last in range(20):
        publish(f"+141555501{last:02d}", "Crowd")
    page = client.get(PAGE)
    assert [handset["id"] for handset in page.context["handsets"]] == [1, *range(21, 10, -1)]
    assert page.context["more"] == 24
    found = client.post(reverse("phones:search"), {"ending": "555-0103"})
    assert [handset["number"] for handset in found.context["handsets"]] == ["+1 415-555-0103"]


def test_numbers_are_in_no_address(client):
    demo_data.load_records()
    publish(PHONE, "First")
    client.post(reverse("phones:reply"), {"handset": 1, "to": "55501", "body": "YES"})
    html = client.get(PAGE).content.decode()
    addresses = re.findall(r'(?:href|action|src)="([^"]*)"', html)
    assert addresses
    assert [address for address in addresses if re.search(r"\d{4}|55501", address)] == []


@pytest.mark.parametrize(
    ("jump", "least", "most"),
    [
        ("next_hour", timedelta(minutes=59), timedelta(minutes=61)),
        ("next_morning", timedelta(0), timedelta(days=4)),
        ("next_month", timedelta(days=28), timedelta(days=36)),
    ],
)
def test_buttons_move_the_clock_that_all_follow(client, business_hours, jump, least, most):
    before = clock.now()
    client.post(reverse("phones:clock"), {"jump": jump})
    assert least <= clock.now() - before <= most
    assert feed(client)["clock"]["open"] is True


def test_nonsense_is_refused(client, business_hours):
    for address, content in [
        ("phones:clock", {"jump": "yesterday"}),
        ("phones:reply", {"handset": 77, "to": "55501", "body": "YES"}),
        ("phones:answer", {"handset": 1, "answer": "on_fire"}),
    ]:
        assert client.post(reverse(address), content).status_code == 400
    assert (
        client.get(reverse("phones:feed"), {"after": "x", "shown": "-3", "ids": "a,"}).json()[
            "order"
        ]
        == []
    )


def test_posts_without_the_forms_token_are_refused():
    strict = Client(enforce_csrf_checks=True)
    for name in ("reply", "answer", "clock", "pick_up", "search"):
        assert strict.post(reverse(f"phones:{name}"), {}).status_code == 403


def test_a_silent_stand_in_is_said_and_not_fatal(client, settings):
    settings.AWS_ENDPOINT_URL = "http://127.0.0.1:9"
    assert client.get(reverse("phones:feed")).status_code == 503
    page = client.get(PAGE)
    assert page.status_code == 503
    assert "The AWS stand-in does not answer" in page.content.decode()
    answer = client.post(reverse("phones:pick_up"), {"phone": "202-555-0143", "body": "JOIN"})
    assert answer.status_code == 302
