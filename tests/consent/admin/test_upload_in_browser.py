"""A list goes in by parts in a real browser, over a closed tab, to its preview."""

import hashlib
import re

import pytest
from django.core.management import call_command
from django.urls import reverse

from consent.importing import previewing, uploads
from consent.models import ContactImport, ListUpload
from tests.builders import a_topic
from tests.consent.admin.test_upload_over_socket import DATA, a_lister, until
from tests.consent.importing.lists import a_list
from tests.smscompliance.test_admin_in_browser import faults

pytestmark = [pytest.mark.browser, pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

ADD = reverse("admin:consent_contactimport_add")
PATIENT = 30_000  # ms, on a machine that is busy with other things too


@pytest.fixture
def lists(page, live_server, settings, tmp_path, monkeypatch):
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.MEDIA_ROOT.mkdir()
    monkeypatch.setattr(uploads, "PART", 1_000_000)  # several parts without a large file
    call_command("setup_roles", verbosity=0)
    a_topic()
    a_lister()
    page.goto(live_server.url + reverse("admin:login"))
    page.get_by_label("Username").fill("lisa")
    page.get_by_label("Password").fill("a-long-password-1")
    page.get_by_role("button", name="Log in").click()
    page.get_by_role("heading", name="Today").wait_for()
    page.goto(live_server.url + ADD)
    return page


@pytest.fixture
def big(tmp_path):
    file = tmp_path / "big.csv"
    file.write_bytes(DATA)
    return file


def choose(page, file):
    page.get_by_label("List:", exact=True).set_input_files(file)


def test_a_closed_tab_goes_on_where_it_stopped_and_ends_in_a_preview(lists, live_server, big):
    let_through = 2

    def some_parts_only(route):
        nonlocal let_through
        if route.request.method == "PATCH":
            let_through -= 1
        route.continue_() if let_through >= 0 else route.abort("connectionreset")

    lists.route("**/upload/*/", some_parts_only)
    choose(lists, big)
    lists.get_by_text("The line is down").wait_for(timeout=PATIENT)
    assert ListUpload.objects.get().received == 2_000_000
    again = lists.context.new_page()
    lists.close()  # as one closes a tab
    again.goto(live_server.url + ADD)
    again.get_by_text("Unfinished: big.csv").wait_for()
    places = []
    again.on(
        "request",
        lambda request: (
            places.append(request.headers.get("upload-offset"))
            if request.method == "PATCH"
            else None
        ),
    )
    choose(again, big)
    again.get_by_role("button", name="Upload and preview").click()
    again.wait_for_url(re.compile(r"/contactimport/\d+/change/"), timeout=PATIENT)
    assert places == ["2000000", "3000000", "4000000"]
    taken = ContactImport.objects.get()
    assert taken.file_digest == hashlib.sha256(DATA).hexdigest()
    assert taken.file.read() == DATA


def test_an_upload_is_paused_and_resumed(lists, big):
    held = []
    lists.route("**/upload/*/", lambda route: held.append(route))
    choose(lists, big)
    assert until(lambda: lists.wait_for_timeout(20) or held)
    lists.get_by_role("button", name="Pause").click()
    held.pop().continue_()
    assert until(
        lambda: lists.wait_for_timeout(20) or ListUpload.objects.get().received == 1_000_000
    )
    lists.get_by_text("Paused. The tab may be closed").wait_for()
    lists.wait_for_timeout(300)
    assert held == []  # no further part leaves while it is paused
    lists.unroute("**/upload/*/")
    lists.get_by_role("button", name="Resume").click()
    lists.get_by_text("and its SHA-256 fits").wait_for(timeout=PATIENT)
    assert ListUpload.objects.get().digest == hashlib.sha256(DATA).hexdigest()
    assert lists.complaints == []


def test_a_lost_line_is_waited_for(lists, big):
    lost = []

    def lose_two(route):
        if len(lost) < 2:
            lost.append(route.abort("connectionreset"))
        else:
            route.continue_()

    lists.route("**/upload/*/", lose_two)
    choose(lists, big)
    lists.get_by_text("The line is down. Trying again in").wait_for(timeout=PATIENT)
    lists.get_by_text("and its SHA-256 fits").wait_for(timeout=PATIENT)


def test_a_file_that_is_too_large_says_so_and_a_smaller_one_goes_in_its_place(
    lists, big, settings, tmp_path
):
    settings.IMPORT_MAX_MB = 1
    choose(lists, big)
    lists.get_by_text("This file has 4.8 MB and 1 MB is the most").wait_for(timeout=PATIENT)
    small = tmp_path / "small.csv"
    small.write_bytes(DATA[:1000])
    choose(lists, small)
    lists.get_by_text("All of small.csv is here").wait_for(timeout=PATIENT)


def test_a_mistake_in_the_form_does_not_ask_for_the_file_again(lists, big):
    choose(lists, big)
    lists.get_by_label("The list holds").select_option("suppressions")
    lists.get_by_role("button", name="Upload and preview").click()
    lists.get_by_text("it need not be chosen again").wait_for(timeout=PATIENT)
    lists.get_by_label("The list holds").select_option("consents")
    lists.get_by_role("button", name="Upload and preview").click()
    lists.wait_for_url(re.compile(r"/contactimport/\d+/change/"), timeout=PATIENT)
    assert ContactImport.objects.get().file.read() == DATA


def test_the_pages_are_clean(lists, live_server):
    page = lists
    taken = previewing.receive(
        a_list("+12125550101", header="phone"), "fair.csv", default_topic=None, to_attest=True
    )
    found = {}
    for address in (ADD, reverse("admin:consent_contactimport_attest", args=[taken.pk])):
        page.goto(live_server.url + address)
        complaints = list(page.complaints)  # axe injects styles of its own afterwards
        found[address] = (complaints, faults(page))
        page.goto("about:blank")
        page.complaints.clear()
    assert found == dict.fromkeys(found, ([], []))


def test_the_browser_takes_the_same_sha256_as_everybody(lists):
    lengths = [0, 1, 55, 56, 63, 64, 65, 119, 120, 1000, 1_000_003]
    found = lists.evaluate(
        """async (lengths) => {
            const { Sha256 } = await import("/static/consent/sha256.js");
            return lengths.map((length) => {
                const data = new Uint8Array(length).map((_, at) => (at * 31) % 251);
                const sum = new Sha256();
                for (let at = 0; at < length; at += 77777) sum.add(data.subarray(at, at + 77777));
                return sum.hex();
            });
        }""",
        lengths,
    )
    data = [bytes(at * 31 % 251 for at in range(length)) for length in lengths]
    assert found == [hashlib.sha256(each).hexdigest() for each in data]
