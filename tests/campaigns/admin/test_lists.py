"""Every list exports what it shows, safely, by permission, on record."""

import csv
import io
import re

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.urls import reverse

from campaigns import outbox
from campaigns.models import Message
from campaigns.vocabulary import MessageKind
from consent import list_export, list_pages
from consent.admin.lists import ListPages, _in_plain
from consent.models import Contact
from tests.builders import a_contact, a_number, a_topic, a_user, an_opted_in_contact

pytestmark = pytest.mark.django_db

EXPORTABLE = sorted(
    (each for each in admin.site._registry.values() if getattr(each, "exportable", False)),
    key=lambda each: each.model.__name__,
)


def staff(client, *permissions):
    user = User.objects.filter(username="ada").first() or a_user("ada")
    names = [permission.split(".") for permission in permissions]
    for app, codename in names:
        user.user_permissions.add(
            Permission.objects.get(content_type__app_label=app, codename=codename)
        )
    client.force_login(user)
    return user


def url(model, page="export"):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}")


def taken(answer):
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_all_lists_of_ours_export_but_these():
    ours = {each.model.__name__ for each in admin.site._registry.values() if _ours(each)}
    assert ours - {each.model.__name__ for each in EXPORTABLE} == {"Evidence", "RuleSignOff"}


def _ours(each):
    return isinstance(each, ListPages)


@pytest.mark.parametrize("listed", EXPORTABLE, ids=lambda each: each.model.__name__)
def test_a_list_exports_with_a_reason_and_on_record(client, listed):
    a_number(a_topic())
    user = a_user("root")
    user.is_superuser = True
    user.save()
    client.force_login(user)
    page = client.get(url(listed.model))
    assert page.status_code == 200
    assert client.post(url(listed.model), {"reason": ""}).status_code == 200
    assert not LogEntry.objects.exists()
    answer = client.post(url(listed.model), {"reason": "The board asked"})
    rows = taken(answer)
    assert "no-store" in answer["Cache-Control"]
    said = list(LogEntry.objects.order_by("pk").values_list("change_message", flat=True))
    assert said[0] == "Exports the list (not filtered). Reason: The board asked"
    assert said[1].startswith(f"The file left, whole: {len(rows):,} rows, SHA-256 ")


@pytest.mark.parametrize(
    ("lookup", "said"),
    [
        ("status__exact", "status"),
        ("created_at__gte", "created at from"),
        ("question__check_made", "question check made"),
        ("topic__isnull", "topic missing"),
        ("due", "due"),
    ],
)
def test_filters_are_told_in_words(lookup, said):
    assert _in_plain(lookup) == said


def test_the_file_holds_what_the_list_shows_and_numbers_as_the_role_sees_them(client):
    topic = a_topic()
    a_number(topic)
    for number in ("+12125550101", "+12125550102"):
        person = an_opted_in_contact(topic, number)
        outbox.enqueue(kind=MessageKind.LIST_AUDIT, contact=person, topic=topic)
    wanted = Message.objects.get(contact=person)
    Message.objects.exclude(pk=wanted.pk).update(status="cancelled")
    ada = staff(client, "campaigns.view_message", "consent.export_lists")
    shown = client.get(f"{url(Message, 'changelist')}?status__exact=queued").content.decode()
    [address] = re.findall(r'href="([^"]*export/[^"]*)"', shown)
    assert address == f"{url(Message)}?status__exact=queued"
    assert "Numbers masked" in client.get(address).content.decode()
    [row] = taken(client.post(address, {"reason": "An audit"}))
    assert (row["id"], row["status"], row["number"]) == (
        str(wanted.pk),
        "queued",
        "'+1 ••• ••• 0102",
    )
    assert "clearance" not in row
    entry = LogEntry.objects.order_by("pk").first()
    assert (entry.user, entry.object_repr, entry.change_message) == (
        ada,
        "messages",
        "Exports the list (status queued). Reason: An audit",
    )
    staff(client, "consent.see_whole_numbers")
    [row] = taken(client.post(address, {"reason": "An audit"}))
    assert row["number"] == "'+12125550102"


def test_what_was_searched_for_is_not_written_down(client):
    a_contact("+12125550101")
    staff(client, "consent.view_contact", "consent.export_lists")
    assert taken(client.post(f"{url(Contact)}?q=jane", {"reason": "An audit"})) == []
    first = LogEntry.objects.order_by("pk").first()
    assert first.change_message == "Exports the list (a search). Reason: An audit"


def test_seeing_a_list_and_taking_it_away_are_two_rights(client):
    staff(client, "consent.view_contact")
    assert "export/" not in client.get(url(Contact, "changelist")).content.decode()
    assert client.get(url(Contact)).status_code == 403
    assert client.post(url(Contact), {"reason": "x"}).status_code == 403
    staff(client, "consent.export_lists")
    assert client.get(url(Contact)).status_code == 200
    assert client.get(url(Message)).status_code == 403


@pytest.mark.django_db(transaction=True)
def test_a_download_that_breaks_off_says_so(client, monkeypatch):
    monkeypatch.setattr(list_export, "PIECE", 1)
    for n in range(5):
        a_contact(f"+1212555010{n}")
    staff(client, "consent.view_contact", "consent.export_lists")
    answer = client.post(url(Contact), {"reason": "An audit"})
    pieces = iter(answer.streaming_content)
    assert [next(pieces) for _ in range(2)]
    answer.close()
    said = LogEntry.objects.order_by("pk").last().change_message
    assert said.startswith("The file left, broken off: 2 rows")


def test_a_long_list_says_that_its_count_is_about(client, monkeypatch):
    monkeypatch.setattr(list_pages, "COUNTED", 2)
    for n in range(4):
        a_contact(f"+1212555010{n}")
    staff(client, "consent.view_contact", "consent.export_lists")
    assert "about " in client.get(url(Contact, "changelist")).content.decode()
    assert "About " in client.get(url(Contact)).content.decode()


def test_contacts_are_filtered_by_the_countries_that_there_are(client):
    for number in ("+12125550101", "+12125550102", "+442079460123", "+33612345678"):
        a_contact(number)
    staff(client, "consent.view_contact")
    page = client.get(f"{url(Contact, 'changelist')}?country=GB")
    shown = page.context["cl"]
    offered = [each["display"] for each in shown.filter_specs[0].choices(shown)]
    assert offered == ["All", "FR", "GB", "US"]
    assert [row.number for row in shown.result_list] == ["+442079460123"]


def test_the_staffs_list_leaves_without_secrets(client):
    root = a_user("root", superuser=True)
    client.force_login(root)
    [row] = taken(client.post(url(User), {"reason": "Who may do what"}))
    assert (row["username"], row["is_superuser"]) == ("root", "yes")
    assert "password" not in row
    client.force_login(staff(client, "auth.view_user"))
    assert client.get(url(User)).status_code == 403
