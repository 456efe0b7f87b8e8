"""What is done beside goes over another connection, in order, and its faults come back."""

import threading

import pytest
from django.db import connection

from consent.lane import LAG, Lane
from consent.models import Contact
from tests.builders import a_contact


@pytest.mark.django_db(transaction=True)
def test_what_is_done_beside_is_done_in_order_by_another_thread():
    seen = []
    with Lane() as beside:
        for n in range(5):
            beside.do(lambda n: seen.append((n, threading.get_ident())), n)
    assert [n for n, _ in seen] == [0, 1, 2, 3, 4]
    assert threading.get_ident() not in {thread for _, thread in seen}


@pytest.mark.django_db
def test_within_a_transaction_it_is_done_at_once_where_its_rows_are_seen():
    a_contact()
    seen = []
    with Lane() as beside:
        beside.do(lambda: seen.append((Contact.objects.count(), threading.get_ident())))
        assert seen == [(1, threading.get_ident())]


@pytest.mark.django_db(transaction=True)
def test_what_fails_beside_fails_the_caller():
    with pytest.raises(ZeroDivisionError), Lane() as beside:
        beside.do(lambda: 1 / 0)


@pytest.mark.django_db(transaction=True)
def test_who_waits_hears_of_it_at_once():
    with Lane() as beside:
        beside.do(lambda: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            beside.wait()


@pytest.mark.django_db(transaction=True)
def test_the_caller_waits_where_the_lane_lags():
    go, seen = threading.Event(), []
    with Lane() as beside:
        for n in range(LAG + 1):
            beside.do(lambda n: (go.wait(60), seen.append(n)), n)
        assert seen == []
        threading.Timer(0.2, go.set).start()
        beside.do(seen.append, LAG + 1)
        assert seen[:1] == [0]
    assert seen == list(range(LAG + 2))


@pytest.mark.django_db(transaction=True)
def test_what_waits_is_dropped_where_the_caller_fails():
    go, seen = threading.Event(), []

    def failing():
        with Lane() as beside:
            beside.do(go.wait, 60)
            beside.do(seen.append, 1)
            threading.Timer(0.2, go.set).start()
            raise RuntimeError("my own fault")

    with pytest.raises(RuntimeError, match="my own fault"):
        failing()
    assert go.is_set()
    assert seen == []


@pytest.mark.django_db(transaction=True)
def test_its_connection_is_closed():
    def named():
        with connection.cursor() as cursor:
            cursor.execute("SET application_name = 'beside'")

    with Lane() as beside:
        beside.do(named)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_sleep(0.2)")
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'beside'")
        assert cursor.fetchone() == (0,)
