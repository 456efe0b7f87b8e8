import pytest
from django.db import connection

from consent import list_pages
from consent.list_pages import BoundedPaginator
from consent.models import Contact
from tests.builders import a_contact

pytestmark = pytest.mark.django_db


def contacts(count):
    for n in range(count):
        a_contact(f"+1212555{n:04d}")


def test_few_rows_are_counted():
    contacts(3)
    pages = BoundedPaginator(Contact.objects.order_by("-pk"), 2)
    assert (pages.count, pages.estimated, pages.num_pages) == (3, False, 2)


def test_many_rows_are_estimated_and_never_below_what_was_counted(monkeypatch):
    monkeypatch.setattr(list_pages, "COUNTED", 10)
    contacts(40)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE consent_contact")
    rows = Contact.objects.select_related().order_by("-pk")
    pages = BoundedPaginator(rows, 5)
    assert (pages.count, pages.estimated) == (40, True)
    few = BoundedPaginator(rows.filter(number__endswith="7"), 5)
    assert (few.count, few.estimated) == (4, False)
    wrongly_guessed = BoundedPaginator(rows.exclude(number__startswith="+44"), 5)
    assert wrongly_guessed.count >= 11


def test_the_count_of_a_long_list_reads_no_further_than_its_bound(
    monkeypatch, django_assert_max_num_queries
):
    monkeypatch.setattr(list_pages, "COUNTED", 10)
    contacts(20)
    with django_assert_max_num_queries(2) as asked:
        assert BoundedPaginator(Contact.objects.order_by("-pk"), 5).count >= 11
    counted, planned = (each["sql"] for each in asked.captured_queries)
    assert "LIMIT 11" in counted
    assert planned.startswith("EXPLAIN")


def test_a_far_page_holds_what_a_near_one_would(monkeypatch):
    contacts(25)
    rows = Contact.objects.order_by("-pk")
    near = [[each.pk for each in BoundedPaginator(rows, 4).page(n)] for n in range(1, 8)]
    monkeypatch.setattr(list_pages, "FAR", 4)
    far = [[each.pk for each in BoundedPaginator(rows, 4).page(n)] for n in range(1, 8)]
    assert far == near
    assert [key for keys in far for key in keys] == list(rows.values_list("pk", flat=True))


def test_a_far_page_is_looked_for_among_keys_alone(monkeypatch, django_assert_num_queries):
    contacts(9)
    monkeypatch.setattr(list_pages, "FAR", 4)
    pages = BoundedPaginator(Contact.objects.order_by("-pk"), 4)
    assert pages.count == 9
    with django_assert_num_queries(2) as asked:
        list(pages.page(2))
    keys, rows = (each["sql"] for each in asked.captured_queries)
    assert keys.startswith('SELECT "consent_contact"."id" AS "pk" FROM')
    assert "OFFSET" in keys
    assert "OFFSET" not in rows
