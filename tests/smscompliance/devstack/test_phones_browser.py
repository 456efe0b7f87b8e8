"""The phones page in a real browser: texts come by themselves and never disturb who is typing."""

import time

import boto3
import pytest
from django.conf import settings as project

from smscompliance.devstack import demo_data

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PHONE = "+16175550134"


def publish(message, number=PHONE, origin="55501"):
    boto3.client("sns", region_name="us-east-1", endpoint_url=project.AWS_ENDPOINT_URL).publish(
        PhoneNumber=number,
        Message=message,
        MessageAttributes={
            "AWS.MM.SMS.OriginationNumber": {"DataType": "String", "StringValue": origin}
        },
    )


@pytest.fixture
def phones(page, live_server, aws, business_hours):
    demo_data.load_records()
    page.goto(f"{live_server.url}/phones/")
    return page


def phone(page, ending):
    return page.locator(".phone", has=page.locator("h2", has_text=ending))


def test_a_text_appears_within_two_seconds_without_a_click(phones):
    began = time.monotonic()
    publish("Text YES to join")
    phone(phones, "0134").get_by_text("Text YES to join").wait_for()
    assert time.monotonic() - began < 2
    assert phones.title() == "(1) Phones"
    assert not phones.get_by_text("No phone has a text yet").is_visible()
    assert phones.complaints == []


def test_enter_sends_what_was_typed_and_new_texts_leave_it_alone(phones, aws):
    publish("First")
    here = phone(phones, "0134")
    typed = here.get_by_role("textbox").first
    typed.click()
    typed.type("hello ")
    publish("Second")
    publish("Elsewhere", origin="+18005550199")
    publish("Other phone", number="+16025550111")
    here.get_by_text("Second").wait_for()
    here.get_by_text("Elsewhere").wait_for(state="attached")
    phone(phones, "0111").wait_for()

    typed.type("there")
    typed.press("Enter")

    here.locator(".sent", has_text="hello there").wait_for()
    assert typed.input_value() == ""
    assert [entry["body"] for entry in said(aws, PHONE) if entry["mine"]] == ["hello there"]
    assert phones.complaints == []


def test_a_quick_reply_and_the_carriers_answer_work_by_keyboard(phones, aws):
    publish("First")
    here = phone(phones, "0134")
    here.get_by_role("button", name="STOP").focus()
    phones.keyboard.press("Enter")
    here.locator(".sent", has_text="STOP").wait_for()
    with phones.expect_response(lambda answer: answer.request.method == "POST"):
        here.get_by_label("This phone").select_option("switched_off")
    publish("Second")
    here.get_by_text("Not delivered: the phone is switched off").wait_for()


def test_the_clock_moves_without_a_reload(phones):
    day = phones.inner_text("#clock-day")
    phones.get_by_role("button", name="next morning").click()
    phones.wait_for_function(
        "day => document.querySelector('#clock-day').innerText !== day", arg=day
    )
    assert phones.inner_text("#clock-hours") == "Business hours: open"


def said(aws, number):
    """Return what went between a phone and our numbers, as the stand-in knows it."""
    (handset,) = aws.ask("/devstack/handsets/search", {"ending": number[1:]})["handsets"]
    return [entry for talk in handset["conversations"] for entry in talk["entries"]]
