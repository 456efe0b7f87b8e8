"""Every link that a page shows may be followed by whoever reads the page."""

from collections import deque
from datetime import timedelta
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import pytest
from django.contrib import admin
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.urls import reverse
from simple_history.admin import SimpleHistoryAdmin

from campaigns.management.commands.setup_roles import AUDITORS, AUTHORS, LIST_MANAGERS, OFFICERS
from campaigns.models import (
    AmazonBlock,
    ClearanceReview,
    DeadLetter,
    Message,
    OptOutComparison,
    OriginationNumber,
    PartPrice,
    Receipt,
    RuleSignOff,
    SavedAnswer,
    SendingAccount,
    SendingStop,
)
from consent import clock
from consent.models import AuditExport, Contact, Disclosure, ListMapping, OptInEvent, Topic
from tests import builders as make
from tests.consent import reassigned
from tests.consent.importing.lists import a_list, applied
from tests.smscompliance.rows import a_row_of_everything

pytestmark = pytest.mark.django_db


class Links(HTMLParser):
    """Collect where the links of a page lead."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        if tag == "a" and dict(attrs).get("href"):
            self.found.append(dict(attrs)["href"])


def links_on(answer, url):
    """Return the admin's own pages that a page leads to."""
    if answer.streaming or not answer["Content-Type"].startswith("text/html"):
        return []
    page = Links()
    page.feed(answer.text)
    found = [urljoin(url, link) for link in page.found]
    return [link for link in found if urlsplit(link).path.startswith("/admin/")]


def crawl(client, begin):
    """Follow every link from pages that open, each path once; return who leads where in vain."""
    waiting = deque((url, "") for url in begin)
    seen, refused, opened = set(), [], set()
    while waiting:
        url, shown_on = waiting.popleft()
        path = urlsplit(url).path
        if path in seen:
            continue
        answer = client.get(url)
        if answer.status_code != 200:
            if shown_on and answer.status_code != 302:
                refused.append((shown_on, url, answer.status_code))
            elif shown_on:
                seen.add(path)
            continue  # whoever leads here too is asked about it as well
        seen.add(path)
        opened.add(path)
        waiting.extend((link, url) for link in links_on(answer, url))
    return refused, opened


def one_of_all_else():
    """Add rows to the lists that `a_row_of_everything` leaves empty."""
    topic, user = Topic.objects.first(), make.a_user("somebody")
    now = clock.now()
    applied(a_list("+12125550177,example-topic1,2025-01-01T00:00:00Z,web form"), user=user)
    reassigned.answered(reassigned.a_check(asked_by=user), "2125550177,20990101,N")
    AuditExport.objects.create(
        reason="An audit", asked_at=now, asked_by=user, contact=Contact.objects.first()
    ).topics.set([topic])
    ClearanceReview.objects.create(
        kind="look_back", reason="Why", asked_at=now, asked_by=user, topic=topic, since=now
    )
    DeadLetter.objects.create(
        road="sqs", reference="x", payload="{", reason="broken", arrived_at=now, tried_at=now
    )
    RuleSignOff.objects.create(
        rule="house.hours",
        row_digest="0",
        signed_by="Counsel",
        signed_on=now,
        review_by=now + timedelta(days=9),
        recorded_by=user,
    )
    SavedAnswer.objects.create(title="Hours", text="We open at nine.", brand=topic.brand)
    SendingAccount.objects.create()
    PartPrice.objects.create(country="FR", price="0.08")
    number = OriginationNumber.objects.first()
    SendingStop.objects.create(
        fault="sandbox", origination_number=number, began_at=now, seen_at=now, tried_by=user
    )
    ListMapping.objects.create(name="CRM", holds="consents")
    make.an_hours_policy()
    AmazonBlock.objects.create(
        contact=Contact.objects.first(), seen_at=now, found_by=OptOutComparison.objects.first()
    )
    message = Message.objects.first()
    event = OptInEvent.objects.first()
    Message.objects.filter(pk=message.pk).update(about_event=event, authorised_by=event)
    for record in (user, Group.objects.first(), topic, message):  # as a superuser leaves them
        LogEntry.objects.create(
            action_time=now,
            user=user,
            content_type=ContentType.objects.get_for_model(record),
            object_id=str(record.pk),
            object_repr=str(record),
            action_flag=CHANGE,
            change_message="",
        )


def pages_of_all():
    """Return the dashboard, every list, every row's page and what it was, open or not."""
    found = [reverse("admin:index")]
    for model, pages in admin.site._registry.items():
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        found.append(reverse(f"{name}_changelist"))
        for row in model._default_manager.all():
            found.append(reverse(f"{name}_change", args=[row.pk]))
            found += [
                reverse(f"{name}_simple_history", args=[row.pk, past.pk])
                for past in (row.history.all() if isinstance(pages, SimpleHistoryAdmin) else ())
            ]
    return found


@pytest.fixture
def everything():
    call_command("setup_roles", verbosity=0)
    a_row_of_everything(1)
    one_of_all_else()


def signed_in(client, *roles):
    person = make.a_user("reader")
    person.groups.set(Group.objects.filter(name__in=roles))
    client.force_login(person)
    return person


@pytest.mark.parametrize("role", [OFFICERS, AUTHORS, LIST_MANAGERS, AUDITORS])
def test_no_link_leads_to_a_page_that_is_closed_to_its_reader(client, everything, role):
    signed_in(client, role)
    refused, opened = crawl(client, pages_of_all())
    assert refused == []
    assert reverse("admin:consent_topic_change", args=[Topic.objects.first().pk]) in opened


def page_of(client, record, page="change"):
    meta = record._meta
    return client.get(reverse(f"admin:{meta.app_label}_{meta.model_name}_{page}", args=[record.pk]))


def test_who_may_open_a_contact_is_led_there_and_others_read_its_name(client, everything):
    message = Message.objects.first()
    file = reverse("admin:consent_contact_change", args=[message.contact_id])
    who = signed_in(client, OFFICERS)
    assert f'<a href="{file}">{message.contact}</a>' in page_of(client, message).text
    who.groups.set(Group.objects.filter(name=AUTHORS))
    shown = page_of(client, message).text
    assert file not in shown
    assert f'<div class="readonly">{message.contact}</div>' in shown


def test_lists_lead_only_where_their_reader_may_go(client, everything):
    who = signed_in(client)
    who.user_permissions.set(
        Permission.objects.filter(codename__in=["view_receipt", "view_logentry"])
    )
    receipt = Receipt.objects.first()
    address = reverse("admin:campaigns_message_change", args=[receipt.message_id])
    log, receipts = (
        reverse("admin:admin_logentry_changelist"),
        reverse("admin:campaigns_receipt_changelist"),
    )
    for page in (log, receipts):
        assert address not in client.get(page).text
        assert f"Message #{receipt.message_id}" in client.get(page).text
    assert address not in page_of(client, receipt).text
    who.user_permissions.add(Permission.objects.get(codename="view_message"))
    assert address in client.get(log).text
    assert address in client.get(receipts).text
    assert address in page_of(client, receipt).text


def test_an_earlier_state_leads_only_where_its_reader_may_go(client, everything):
    who = signed_in(client)
    who.user_permissions.set(Permission.objects.filter(codename__in=["view_disclosure"]))
    past = Disclosure.objects.first()
    page = reverse(
        "admin:consent_disclosure_simple_history", args=[past.pk, past.history.latest().pk]
    )
    topic = reverse("admin:consent_topic_change", args=[past.topic_id])
    assert topic not in client.get(page).text
    who.user_permissions.add(Permission.objects.get(codename="view_topic"))
    assert topic in client.get(page).text
