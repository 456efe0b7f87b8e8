"""What is written by sets finds each row by its key, whatever the database believes of its tables.

Rows of a transaction that is not over count for nothing: a vacuum that comes by calls their table
empty, and what is planned for an empty table walks over all of it, once for each row.
"""

import pytest
from django.db import connection

from tests import builders as make
from tests.conftest import a_superuser
from tests.consent.importing.lists import a_list, a_row, applied
from tests.consent.reassigned import a_check, answered, many_people

pytestmark = pytest.mark.django_db

THERE, MORE = 3000, 40
_BELIEVED = """
    SELECT count(*) FILTER (WHERE relpages > 20), max(reltuples) FROM pg_class
    WHERE relname IN ('consent_contact', 'consent_optinevent', 'consent_subscription')
"""
# For the tests after this one
_FORGOTTEN = """
    UPDATE pg_class SET relpages = 0, reltuples = -1
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'i')
"""
_READ = """
    SELECT c.relname, pg_stat_get_xact_tuples_returned(c.oid)
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'i') AND (n.nspname = 'public' OR n.nspname LIKE 'pg_temp%')
"""


@pytest.fixture
def called_empty():
    """Let a vacuum come by that sees nothing of what this test has written, when it is called."""
    with a_superuser(connection.settings_dict["NAME"]) as superuser:
        superuser.autocommit = True
        superuser.execute("SET lock_timeout = '60s'")
        found = superuser.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        names = [name for (name,) in found.fetchall()]

        def vacuum():
            for name in names:
                superuser.execute(f'VACUUM "{name}"')
            assert superuser.execute(_BELIEVED).fetchone() == (3, 0)

        yield vacuum
        superuser.execute(_FORGOTTEN)


def read():
    with connection.cursor() as cursor:
        cursor.execute(_READ)
        return dict(cursor.fetchall())


def walked(before):
    """Return which tables and indexes were walked over more than twice since, and how much."""
    since = {name: rows - before.get(name, 0) for name, rows in read().items()}
    return {name: rows for name, rows in since.items() if rows > 2 * THERE + 10 * MORE}


def a_long_list(begin, rows):
    return a_list(*(a_row(f"+1212{2_000_000 + n}") for n in range(begin, begin + rows)))


def test_a_stretch_of_a_first_import_walks_over_no_table_for_each_row(called_empty):
    make.a_topic()
    assert applied(a_long_list(0, THERE)).counts == {"new": THERE}
    called_empty()
    before = read()
    half = MORE // 2
    assert applied(a_long_list(THERE - half, MORE)).counts == {"new": half, "known": half}
    assert walked(before) == {}


def test_answers_about_reassigned_numbers_walk_over_no_table_for_each_row(called_empty):
    topic = make.a_topic()
    many_people(topic, THERE)
    check = a_check()
    called_empty()
    before = read()
    lines = [f"212{2_000_000 + n},2025-03-04,yes" for n in range(MORE)]
    assert answered(check, *lines).counts == {"recorded": MORE}
    assert walked(before) == {}


def test_a_check_of_reassigned_numbers_walks_over_no_table_for_each_row(called_empty):
    many_people(make.a_topic(), THERE)
    called_empty()
    before = read()
    assert a_check().numbers == THERE
    assert walked(before) == {}
