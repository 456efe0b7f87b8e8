"""What lists and the menu say, wherever they are."""

from datetime import timedelta

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.urls import reverse

from campaigns.models import SavedAnswer, SendingAccount, SendingStop
from campaigns.models.sending_account import THE_ONE
from consent import clock
from consent.models import ContactImport
from tests.builders import a_user

pytestmark = pytest.mark.django_db


def address(model, page="changelist"):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}")


def test_an_empty_list_says_so_and_is_not_exported(admin_client):
    page = admin_client.get(address(SendingStop, "changelist")).text
    assert "Nothing has ever stopped the sender." in page
    assert "Export as CSV" not in page
    page = admin_client.get(address(SavedAnswer, "changelist"), {"q": "x"}).text
    assert "Nothing fits what you look for." in page


def test_lists_name_staff_in_full_and_pages_name_their_clock(admin_client):
    user = a_user("liam", first_name="Liam", last_name="Lists")
    ContactImport.objects.create(file_name="list.csv", uploaded_by=user, uploaded_at=clock.now())
    page = admin_client.get(address(ContactImport, "changelist")).text
    assert '<td class="field-uploaded_by">Liam Lists</td>' in page
    assert "Times are in New York time unless they name another zone." in page


def test_nobody_is_led_to_add_a_second_sending_account(admin_client):
    add = address(SendingAccount, "add")
    listed = address(SendingAccount, "changelist")
    assert f'href="{add}"' in admin_client.get(listed).text
    SendingAccount.objects.create(
        pk=THE_ONE, transactional_per_second=20, promotional_per_second=20
    )
    assert f'href="{add}"' not in admin_client.get(listed).text
    assert f'href="{add}"' not in admin_client.get(reverse("admin:index")).text


def test_the_staff_log_keeps_one_clock_whoever_writes_it(admin_client, monkeypatch):
    moment = clock.now() + timedelta(days=40)
    monkeypatch.setattr(clock, "now", lambda: moment)
    given = {"title": "Hours", "text": "We open at nine.", "live": "on"}
    assert admin_client.post(address(SavedAnswer, "add"), given).status_code == 302
    change = reverse("admin:campaigns_savedanswer_change", args=[SavedAnswer.objects.get().pk])
    given |= {"title": "Opening hours", "change_reason": "Clearer"}
    assert admin_client.post(change, given).status_code == 302
    added, changed = LogEntry.objects.order_by("pk")
    assert (added.action_time, changed.action_time) == (moment, moment)
    assert (added.get_change_message(), changed.action_flag) == ("Added.", CHANGE)
    assert changed.get_change_message().startswith("Changed Title")
