"""A database that older migrations made is refused in words, not by pages that break."""

import pytest
from django.db import connection

from smscompliance.devstack import prepare

pytestmark = pytest.mark.django_db


def noted(text):
    with connection.cursor() as cursor:
        cursor.execute("COMMENT ON TABLE django_migrations IS %s", [text])


def test_a_database_that_these_migrations_made_is_brought_on():
    prepare.note_applied()
    assert prepare.rewritten(own=True) == []


def test_a_database_that_rewritten_migrations_made_is_told():
    noted('{"consent.0001_initial": "of another state", "consent.0009_gone": "of another state"}')
    assert prepare.rewritten(own=False) == ["consent.0001_initial", "consent.0009_gone"]


def test_of_the_stacks_own_database_none_is_without_a_note():
    noted(None)
    assert "consent.0001_initial" in prepare.rewritten(own=True)
    assert prepare.rewritten(own=False) == []
