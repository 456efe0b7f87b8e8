"""The page behind the link as a phone shows it, scripts on or off."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from consent import unsubscribing
from consent.models import OptInEvent, Subscription
from consent.vocabulary import EventKind, Standing
from tests.builders import a_topic, an_opted_in_contact

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PHONE = {"width": 360, "height": 740}


@pytest.fixture
def address(live_server):
    for slug in ("example-offers", "example-news"):
        contact = an_opted_in_contact(a_topic(slug), "+12125550133")
    return f"{live_server.url}/u/{unsubscribing.codes_for([contact.pk])[contact.pk]}"


def test_a_person_leaves_without_any_script(chromium, address):
    context = chromium.new_context(java_script_enabled=False, viewport=PHONE)
    page = context.new_page()
    page.goto(address)
    page.get_by_role("button", name="Leave Example Corp. offers").press("Enter")
    page.get_by_text("Done. What you left").wait_for()
    assert sorted(Subscription.objects.values_list("standing", flat=True)) == [
        Standing.OPTED_IN,
        Standing.OPTED_OUT,
    ]
    page.get_by_role("button", name="Leave everything").click()
    page.get_by_text("You have left everything.").wait_for()
    page.reload()
    assert OptInEvent.objects.filter(kind=EventKind.OPTED_OUT).count() == 2
    assert page.get_by_role("button").count() == 0
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_can_be_read_by_everybody_and_fits_a_phone(page, address, scheme):
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size(PHONE)
    for shown in (address, address + "?done", address[:-1]):
        page.goto(shown)
        found = Axe().run(page).response["violations"]
        assert [(each["id"], each["nodes"][0]["target"]) for each in found] == []
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert [said for said in page.complaints if "404" not in said] == []
