import threading

import pytest
from django.db import connection
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from consent.contacts import contact_for, contacts_for
from consent.models import Contact
from consent.phone_numbers import parse


def histories():
    return sorted(Contact.history.values_list("number", "history_type", "history_change_reason"))


@pytest.mark.django_db
def test_a_contact_is_made_once_with_one_row_of_history():
    first = contact_for(parse("(212) 555-0101"))
    assert contact_for(parse("+1 212 555 0101")) == first
    contacts_for([parse("2125550101"), parse("2125550102")], reason="A list")
    assert histories() == [
        ("+12125550101", "+", "First heard of"),
        ("+12125550102", "+", "A list"),
    ]
    assert (first.country, first.state, first.time_zones) == ("US", "NY", ["America/New_York"])


@pytest.mark.django_db(transaction=True)
def test_two_writers_of_the_same_numbers_end_with_one_contact_and_one_history_each():
    numbers = [parse(f"212555{n:04d}") for n in range(100, 200)]
    both = threading.Barrier(2)

    def write():
        both.wait()
        contacts_for(numbers)
        connection.close()

    writers = [threading.Thread(target=write) for _ in range(2)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert Contact.objects.count() == 100
    assert len(histories()) == 100


@pytest.mark.django_db
@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(
        st.from_regex(r"\+?[0-9]{0,17}.?", fullmatch=True)
        | st.text("+0123456789 \n\t\u0661\uff11", max_size=18)
        | st.integers(0, 10**17).map("+{}".format),
        min_size=50,
    )
)
@example(["", "+", "+0", "+1", "0", "+1234567", "+12345678", "+02345678", "+1\n2345678"])
@example(["+12345678\n", "+123456789012345", "+1234567890123456", "++12345678", "+1234567+"])
def test_the_database_keeps_numbers_of_e164_and_no_others(numbers):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_get_expr(conbin, conrelid) FROM pg_constraint "
            "WHERE conname = 'contact_number_is_e164'"
        )
        [check] = cursor.fetchone()
        numbers = [number for number in numbers if "\0" not in number]
        cursor.execute(
            f"SELECT number FROM unnest(%s::text[]) AS t(number) WHERE ({check}) "
            "IS DISTINCT FROM (number ~ '^\\+[1-9][0-9]{6,14}$')".replace("'+0%'", "'+0%%'"),
            [numbers],
        )
        assert cursor.fetchall() == []
