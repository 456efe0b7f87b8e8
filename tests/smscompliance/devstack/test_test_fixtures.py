"""The fixtures that other tests stand on, tried by themselves."""

import boto3
import pytest
from django.conf import settings
from django.db import connection

from smscompliance.celery import app


def test_the_tests_run_on_postgresql_without_superuser(db):
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        assert cursor.fetchone() == (False,)


@pytest.mark.e2e
def test_a_text_published_over_the_socket_is_on_the_stand_in(aws):
    client = boto3.client("sns", endpoint_url=settings.AWS_ENDPOINT_URL, region_name="us-east-1")
    client.publish(PhoneNumber="+12125550100", Message="hello")
    assert [text["message"] for text in aws.texts()] == ["hello"]


@pytest.mark.e2e
def test_the_stand_in_is_empty_again_in_the_next_test(aws):
    assert aws.texts() == []


@pytest.mark.e2e
def test_a_worker_answers_and_comes_back_after_a_kill(running_worker):
    running_worker.kill()
    running_worker.start()
    assert app.control.ping([running_worker.node], timeout=2) == [
        {running_worker.node: {"ok": "pong"}}
    ]


@pytest.mark.browser
def test_a_browser_opens_a_page(page):
    page.set_content("<h1>Hello</h1>")
    assert page.inner_text("h1") == "Hello"
