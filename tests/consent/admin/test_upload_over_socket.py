"""Parts of a list over a real socket, through gunicorn as it serves staff."""

import hashlib
import http.client
import json
import re
import socket
import time
from pathlib import Path
from urllib.parse import urlencode

import psutil
import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from consent.importing import previewing, uploads
from consent.models import ContactImport, ListUpload
from tests.builders import a_topic, a_user
from tests.processes import RunningWeb

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]

HEADER = b"phone,topic,consented_at,source\n"
ROW = b"%s,example-alerts,2025-01-01T00:00:00Z,web form\n"
DATA = HEADER + b"".join(ROW % str(2125550000 + n).encode() for n in range(85_000))
BEGIN = "/admin/consent/contactimport/upload/"


@pytest.fixture
def web(transactional_db, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.MEDIA_ROOT.mkdir()
    server = RunningWeb()
    server.start()
    yield server
    server.stop()


class Browser:
    """A person's browser, down to the bytes."""

    def __init__(self, web, user):
        self.port = web.port
        client = Client()
        client.force_login(user)
        self.session = client.cookies["sessionid"].value
        page = self.ask("GET", reverse("admin:consent_contactimport_add"))
        found = re.search(r'csrfmiddlewaretoken" value="(\w+)"', page[1].decode())
        self.token = found.group(1) if found else ""
        self.cookie = re.search(r"csrftoken=(\w+)", page[2] or "")
        self.cookie = self.cookie.group(1) if self.cookie else ""

    def headers(self, **more):
        cookies = f"sessionid={self.session}; csrftoken={getattr(self, 'cookie', '')}"
        return {"Cookie": cookies, "X-CSRFToken": getattr(self, "token", ""), **more}

    def ask(self, method, address, body=None, **headers):
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        line.request(method, address, body, self.headers(**headers))
        answer = line.getresponse()
        told = answer.status, answer.read(), answer.getheader("Set-Cookie")
        line.close()
        return told

    def asked(self, *args, **headers):
        status, body, _ = self.ask(*args, **headers)
        return status, json.loads(body)

    def begin(self, data=DATA, name="big.csv", **changes):
        first = hashlib.sha256(data[: uploads.BEGINNING]).hexdigest()
        about = {"name": name, "size": len(data), "beginning": first, **changes}
        return self.asked("POST", BEGIN, json.dumps(about), **{"Content-Type": "application/json"})

    def part(self, begun, offset, data):
        return self.asked("PATCH", begun["parts_url"], data, **{"Upload-Offset": str(offset)})

    def check(self, begun, data=DATA):
        body = urlencode({"sha256": hashlib.sha256(data).hexdigest()})
        kind = "application/x-www-form-urlencoded"
        return self.asked("POST", begun["check_url"], body, **{"Content-Type": kind})


def a_lister(name="lisa", *more):
    user = a_user(name)
    user.user_permissions.set(
        Permission.objects.filter(codename__in=["add_contactimport", "view_contactimport", *more])
    )
    return user


def received(pk):
    return ListUpload.objects.get(pk=pk).received


def until(true, within=20):
    end = time.monotonic() + within
    while not true() and time.monotonic() < end:
        time.sleep(0.02)
    return true()


def test_a_line_cut_amid_a_part_costs_only_what_was_in_the_air(web):
    a_topic()
    browser = Browser(web, a_lister())
    status, begun = browser.begin()
    assert (status, begun["offset"], begun["part"]) == (200, 0, 5 * 1024 * 1024)

    with socket.create_connection(("127.0.0.1", web.port)) as line:
        head = browser.headers(**{"Upload-Offset": "0", "Content-Length": str(1_000_000)})
        told = "".join(f"{name}: {value}\r\n" for name, value in head.items())
        line.sendall(
            f"PATCH {begun['parts_url']} HTTP/1.1\r\nHost: localhost\r\n{told}\r\n".encode()
        )
        line.sendall(DATA[:400_000])
    assert until(lambda: received(begun["id"]) == 400_000)
    assert browser.asked("GET", begun["parts_url"])[1]["offset"] == 400_000

    assert browser.part(begun, 1_000_000, DATA[1_000_000:2_000_000]) == (409, {"offset": 400_000})
    again = Browser(web, begun_by(begun))  # the tab was closed; the same file is chosen again
    assert again.begin()[1]["offset"] == 400_000
    assert again.part(begun, 400_000, DATA[400_000:])[1]["offset"] == len(DATA)
    assert again.part(begun, 400_000, DATA[400_000:])[0] == 200  # its answer was lost
    assert again.check(begun)[0] == 200

    form = urlencode({"upload": begun["id"], "holds": "consents"})
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    sent = [again.ask("POST", reverse("admin:consent_contactimport_add"), form, **kind)]
    sent += [again.ask("POST", reverse("admin:consent_contactimport_add"), form, **kind)]
    assert [status for status, _, _ in sent] == [302, 302]
    taken = ContactImport.objects.get()
    assert taken.file_digest == hashlib.sha256(DATA).hexdigest()
    assert (taken.file_name, taken.file.read()) == ("big.csv", DATA)
    assert not ListUpload.objects.get().path.exists()
    previewing.preview(taken.pk)
    taken.refresh_from_db()
    assert (taken.state, taken.rows) == ("previewed", 85_000)


def begun_by(begun):
    return ListUpload.objects.get(pk=begun["id"]).owner


def test_the_server_holds_one_part_at_a_time(web):
    browser = Browser(web, a_lister())
    data = DATA * 16  # 76 MB
    _, begun = browser.begin(data)
    part = uploads.PART
    browser.part(begun, 0, data[:part])
    before = peaks(web)
    for at in range(part, len(data), part):
        browser.part(begun, at, data[at : at + part])
    assert browser.check(begun, data)[0] == 200
    grown = [after - was for was, after in zip(before, peaks(web), strict=True)]
    assert max(grown) < 40_000  # kB: a part twice, and what Python rounds up


def peaks(web):
    """Return the most memory that each process of the server ever held, in kB."""
    master = psutil.Process(web.process.pid)
    pids = sorted(each.pid for each in [master, *master.children(recursive=True)])
    status = [Path(f"/proc/{pid}/status").read_text() for pid in pids]
    return [int(re.search(r"VmHWM:\s+(\d+)", text).group(1)) for text in status]


def test_nobody_else_reaches_an_upload(web):
    _, begun = Browser(web, a_lister()).begin()
    other = Browser(web, a_lister("other"))
    assert other.ask("GET", begun["parts_url"])[0] == 404
    assert other.ask("PATCH", begun["parts_url"], b"x", **{"Upload-Offset": "0"})[0] == 404
    assert other.ask("POST", begun["check_url"], "sha256=0")[0] == 404
    assert other.begin()[1]["id"] != begun["id"]
    assert received(begun["id"]) == 0


def test_who_may_not_bring_lists_or_shows_no_token_is_refused(web):
    lister = a_lister()
    browser = Browser(web, lister)
    _, begun = browser.begin()
    browser.token = "x" * 64
    assert browser.ask("PATCH", begun["parts_url"], b"x", **{"Upload-Offset": "0"})[0] == 403
    lister.user_permissions.clear()
    browser = Browser(web, lister)
    assert browser.ask("GET", begun["parts_url"])[0] == 403
    assert browser.ask("GET", BEGIN)[0] == 403


def test_too_much_is_refused_before_and_while_it_comes(web, settings):
    browser = Browser(web, a_lister())
    status, told = browser.begin(size=settings.IMPORT_MAX_MB * 1_000_000 + 1)
    assert (status, "2,000 MB is the most" in told["fault"]) == (413, True)
    _, begun = browser.begin(DATA[:1000])
    assert browser.part(begun, 0, DATA[:1001])[0] == 413
    _, begun = browser.begin()
    length = {"Content-Length": str(uploads.PART + 1)}
    assert (
        browser.asked("PATCH", begun["parts_url"], b"", **length, **{"Upload-Offset": "0"})[0]
        == 413
    )
    assert browser.asked("PATCH", begun["parts_url"], b"x")[0] == 411
    assert browser.asked("POST", BEGIN, "{", **{"Content-Type": "application/json"})[0] == 422


def test_another_file_than_was_sent_is_refused(web):
    browser = Browser(web, a_lister())
    _, begun = browser.begin()
    browser.part(begun, 0, DATA)
    assert browser.check(begun, b"another file")[0] == 422
    assert browser.ask("GET", begun["parts_url"])[0] == 404
    assert ContactImport.objects.count() == 0


def test_a_part_never_leaves_through_any_address(web):
    browser = Browser(web, a_lister())
    _, begun = browser.begin()
    browser.part(begun, 0, DATA[:1000])
    name = ListUpload.objects.get().path.name
    found = [
        browser.ask("GET", f"/{place}{name}")[0] for place in ("uploads/", "media/", "static/")
    ]
    assert found == [404, 404, 404]
