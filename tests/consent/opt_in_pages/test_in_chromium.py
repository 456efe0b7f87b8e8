"""The public page as people meet it: a real browser solves the check under the real policy."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from consent.models import OptInEvent
from consent.vocabulary import EventKind, Place
from tests.builders import a_disclosure, a_topic

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def address(live_server):
    topic = a_topic()
    a_disclosure(topic)
    a_disclosure(topic, language="es", wording="Acepto recibir mensajes de Example Corp.")
    a_disclosure(topic, place=Place.KEYWORD, wording="Text JOIN to 12345 to get alerts.")
    # By name: browsers run workers' cryptography only where the origin is trustworthy
    return live_server.url.replace("127.0.0.1", "localhost") + "/join/example-alerts/"


def faults(page):
    found = Axe().run(page)
    return [
        (each["id"], [n["target"] for n in each["nodes"]]) for each in found.response["violations"]
    ]


def test_a_person_joins_with_the_keyboard_alone(page, address):
    page.goto(address)
    assert page.get_by_role("checkbox").first.is_checked() is False
    page.get_by_label("Mobile number").focus()
    page.keyboard.type("(212) 555-0147")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")  # "I'm not a robot"
    page.locator("altcha-widget [data-state='verified']").wait_for()
    page.get_by_role("button", name="Text me to confirm").press("Enter")
    page.get_by_role("heading", name="Look at your phone").wait_for()

    assert page.url == address + "thanks/"
    event = OptInEvent.objects.get()
    assert (event.kind, event.contact.number) == (EventKind.REQUESTED, "+12125550147")
    assert page.complaints == []
    assert faults(page) == []


def test_the_check_solves_itself_for_who_forgets_it(page, address):
    page.goto(address)
    page.get_by_label("Mobile number").fill("212-555-0148")
    page.locator("#id_agree").check()
    page.get_by_role("button", name="Text me to confirm").click()
    page.get_by_role("heading", name="Look at your phone").wait_for()
    assert OptInEvent.objects.count() == 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_nobody_is_shut_out(page, address, scheme, width):
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(address)
    page.locator("altcha-widget input[type=checkbox]").wait_for()
    assert faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width

    page.get_by_label("Mobile number").fill("555-0148")
    page.get_by_role("button", name="Text me to confirm").click()
    page.get_by_role("alert").wait_for()
    assert page.title().startswith("Please look at this again")
    assert faults(page) == []
    page.goto(address + "?lang=es")
    page.get_by_role("button", name="Envíenme").wait_for()
    page.get_by_text("No soy un robot").wait_for()
    for path in ("thanks/", "../", "../nothing-here/"):
        page.goto(address + path)
        assert faults(page) == []


def test_without_javascript_the_way_by_text_is_told(chromium, address):
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address)
    page.get_by_text("You can join by text instead").wait_for()
    assert page.get_by_text("Text JOIN to 12345").is_visible()
    context.close()
