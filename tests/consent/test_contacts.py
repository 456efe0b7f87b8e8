import threading

import pytest
from django.db import connection

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
