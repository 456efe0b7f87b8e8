import csv
import hashlib
import io
import tracemalloc

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from consent import list_export
from consent.csv_safety import ARMED, safe
from consent.list_export import ListExport, columns_of
from consent.models import Contact, OptInEvent, Subscription
from consent.phone_numbers import mask
from consent.vocabulary import EventKind
from tests.builders import a_contact, a_topic, a_user, an_event, an_opted_in_contact


def read(export):
    data = b"".join(export)
    assert export.digest == hashlib.sha256(data).hexdigest()
    rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    assert export.rows == len(rows)
    return rows


def exported(rows, *, whole=True):
    return read(ListExport(rows, columns_of(rows.model), whole=whole))


@pytest.mark.django_db
def test_a_list_is_exported_in_its_order_and_filtered_as_it_is():
    topic = a_topic()
    first = an_opted_in_contact(topic, "+12125550101")
    second = an_opted_in_contact(topic, "+12125550102")
    a_contact("+442079460123")
    rows = exported(Contact.objects.filter(country="US").order_by("-pk"))
    assert [(row["id"], row["number"]) for row in rows] == [
        (str(second.pk), "'+12125550102"),
        (str(first.pk), "'+12125550101"),
    ]


@pytest.mark.django_db
def test_what_a_row_refers_to_is_named_and_what_is_unknown_stays_empty():
    topic = a_topic()
    person = a_contact("+12125550101")
    event = an_event(person, EventKind.OPTED_IN, topic, recorded_by=a_user("olive").pk)
    an_event(person, EventKind.OPTED_OUT)
    joined, left = exported(OptInEvent.objects.order_by("pk"))
    assert (joined["contact_id"], joined["number"], joined["topic"], joined["recorded_by"]) == (
        str(person.pk),
        "'+12125550101",
        topic.slug,
        "olive",
    )
    assert joined["occurred_at"].startswith(f"{event.occurred_at:%Y-%m-%d %H:%M:%S}")
    assert joined["occurred_at"].endswith("+00")
    assert (left["topic_id"], left["topic"], left["recorded_by"]) == ("", "", "")
    assert "evidence_digest" not in joined
    assert {row["confirmed"] for row in exported(Subscription.objects.all())} == {"no"}


@pytest.mark.django_db
def test_numbers_are_masked_as_on_pages():
    numbers = ["+12125550101", "+442079460123", "+33612345678", "+35312345678", "+1246250123"]
    numbers += ["+79161234567", "+8613912345678", "+599912345678"]
    for number in numbers:
        Contact.objects.create(number=number, created_at="2026-01-01T00:00:00Z")
    rows = exported(Contact.objects.order_by("pk"), whole=False)
    assert [row["number"] for row in rows] == [f"'{mask(number)}" for number in numbers]


@pytest.mark.django_db
def test_a_list_of_nobody_has_its_headings():
    export = ListExport(Contact.objects.none(), columns_of(Contact), whole=True)
    assert b"".join(export).decode("utf-8-sig") == ",".join(columns_of(Contact)) + "\n"


def test_files_binaries_and_what_is_left_out_are_no_columns():
    assert "password" not in columns_of(get_user_model(), ["password"])
    assert "public_id" not in columns_of(Contact, ["public_id"])
    assert "evidence_digest" not in columns_of(OptInEvent)


class Armed(TestCase):
    @settings(max_examples=60, deadline=None)
    @given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20))
    def test_cells_are_disarmed_as_by_csv_safety(self, text):
        for typed in (text, *(before + sign + text for sign in ARMED for before in ("", "  "))):
            with connection.cursor() as cursor:
                cursor.execute(
                    list_export.Safe.template.replace("%(expressions)s", "v").join(
                        ("SELECT ", " FROM (SELECT %s::text AS v) AS t")
                    ),
                    [typed],
                )
                assert cursor.fetchone()[0] == safe(typed)


@pytest.mark.django_db
def test_memory_does_not_grow_with_the_list():
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO consent_contact (number, public_id, country, state, time_zones, "
            "stated_place, stated_postal_code, stated_time_zone, language, external_id, created_at)"
            " SELECT '+1212' || (2000000 + n), gen_random_uuid(), 'US', 'NY', '{}', '', '', '', '',"
            " repeat('x', 80), '2026-01-01' FROM generate_series(1, 20000) AS n"
        )
    peaks = []
    for count in (100, 5_000, 20_000):
        export = ListExport(Contact.objects.order_by("pk")[:count], columns_of(Contact), whole=True)
        tracemalloc.start()
        largest = max(len(piece) for piece in export)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert export.rows == count
        assert largest < 2 * list_export.PIECE
    assert peaks[2] < peaks[1] * 1.5
