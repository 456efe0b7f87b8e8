"""What people are told where a page cannot be shown: by its words, never by a bare number."""

import pytest
from django.test import Client, RequestFactory
from django.urls import reverse
from django.views.defaults import server_error

from tests.builders import a_topic, a_user

pytestmark = pytest.mark.django_db


def test_an_address_that_leads_nowhere_leads_staff_back(client):
    page = client.get("/nowhere/")
    assert page.status_code == 404
    assert "There is no such page" in page.text
    assert "start page" not in page.text
    client.force_login(a_user())
    page = client.get("/admin/nowhere/")
    assert page.status_code == 404
    assert f'<a href="{reverse("admin:index")}">Go to your start page</a>' in page.text


def test_who_lacks_a_role_is_told_whom_to_ask(client):
    client.force_login(a_user())
    page = client.get(reverse("admin:campaigns_reply_changelist"))
    assert page.status_code == 403
    assert "Your role does not allow this" in page.text
    assert "ask whoever manages users" in page.text


def test_a_form_that_grew_stale_is_to_be_loaded_again():
    topic = a_topic()
    page = Client(enforce_csrf_checks=True).post(f"/join/{topic.slug}/", {"number": "x"})
    assert page.status_code == 403
    assert "load the page again" in page.text


def test_a_fault_of_ours_is_said_without_asking_the_database(django_assert_num_queries):
    with django_assert_num_queries(0):
        page = server_error(RequestFactory().get("/"))
    assert page.status_code == 500
    assert "Something went wrong on our side" in page.content.decode()
