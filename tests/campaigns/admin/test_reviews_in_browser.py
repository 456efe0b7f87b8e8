"""Clearance reviews in a real browser: they fill themselves in, and axe has no complaint."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse

from campaigns import reviews
from campaigns.rulebook.changes import Change
from campaigns.vocabulary import ReviewKind
from tests import builders as make
from tests.campaigns.sent_texts import a_person, a_review, a_sent_text, in_new_york

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

EVENING = in_new_york("2026-01-21T19:30")


def faults(page):
    assert page.complaints == []  # axe injects styles of its own afterwards
    violations = Axe().run(page).response["violations"]
    return [(each["id"], each["nodes"][0]["target"]) for each in violations]


def test_a_review_fills_its_page_by_itself(page, live_server, officer):
    topic = make.a_topic()
    number = make.a_number(topic)
    for phone in ("+12155550101", "+12125550102"):
        a_sent_text(a_person(topic, phone), topic, number, EVENING)
    off = Change("house.hours", on=False)
    review = a_review(ReviewKind.WHAT_IF, changes=[off.as_json()], asked_by=officer)

    page.goto(live_server.url + reverse("admin:login"))
    page.get_by_label("Username").fill("officer")
    page.get_by_label("Password").fill("a-long-password-1")
    page.get_by_role("button", name="Log in").click()
    page.get_by_role("heading", name="Today").wait_for()
    for kind in ReviewKind:
        page.goto(f"{live_server.url}{reverse('admin:campaigns_clearancereview_add')}?kind={kind}")
        assert faults(page) == []
        page.goto("about:blank")
        page.complaints.clear()

    page.goto(live_server.url + reverse("admin:campaigns_clearancereview_change", args=[review.pk]))
    page.get_by_text("Clearance is being asked again").wait_for()
    reviews.carry_out(review.pk)
    page.get_by_role("heading", name="2 would be decided anew").wait_for()
    assert page.locator("svg rect.bar[height='12'][width='900.0']").count() == 1
    assert page.get_by_role("link", name="Download all found").is_visible()
    assert faults(page) == []
