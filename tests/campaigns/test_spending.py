"""The month's money: what receipts say texts cost, and an estimate for those without one."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection, transaction

from campaigns import receipts, sending
from campaigns.models import DeliveryLog, Message, PartPrice, PartsPriced, PartsUsed, SendingAccount
from campaigns.receipt_matching import tell_messages
from campaigns.spending import Spending, known_and_guessed, month_of, spending
from campaigns.vocabulary import MessageStatus as S
from consent import clock
from tests import builders as make
from tests.campaigns.receipts_of_amazon import a_sent_text, an_event, log

pytestmark = pytest.mark.django_db

US = Decimal("0.01")


@pytest.fixture
def topic(aws):
    return make.a_topic()


@pytest.fixture
def number(topic):
    return make.a_number(topic)


@pytest.fixture
def account():
    return SendingAccount.objects.create(monthly_limit=Decimal("10"), price_per_part=US)


def claimed(topic, number, *names, parts=1, at=None):
    """Make accepted texts that were counted when they were claimed."""
    at = at or clock.now()
    found = []
    for name in names:
        made = a_sent_text(
            make.an_opted_in_contact(topic), topic=topic, number=number, amazon_id=name
        )
        Message.objects.filter(pk=made.pk).update(claimed_at=at, parts=parts)
        hour = at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
        row, _ = PartsUsed.objects.get_or_create(origination_number=number, country="US", hour=hour)
        row.parts += parts
        row.save()
        found.append(made)
    return found


def told(message, name, price=0.006, **more):
    log(an_event(name, message.contact.number, price=price, **more))


def money():
    return spending(clock.now())


def test_a_receipts_price_takes_the_place_of_the_estimate(topic, number, account):
    first, second, _ = claimed(topic, number, "amz-1", "amz-2", "amz-3", parts=2)
    assert (money().spent, money().known) == (Decimal("0.06"), 0)
    told(first, "amz-1", price=0.05)
    told(second, "amz-2", price=0.013)
    receipts.read()
    assert money() == Spending(
        spent=Decimal("0.083"), limit=Decimal("10.00"), dearest=US, known=Decimal("0.063")
    )
    assert money().estimated == Decimal("0.02")


def test_a_receipt_that_is_read_twice_counts_once(topic, number, account):
    (message,) = claimed(topic, number, "amz-1")
    told(message, "amz-1")
    receipts.read()
    DeliveryLog.objects.update(read_until=None)
    receipts.read()
    tell_messages([message.pk])
    (row,) = PartsPriced.objects.all()
    assert (row.country, row.parts, row.cost) == ("US", 1, Decimal("0.006"))
    assert row.month == month_of(clock.now())


def test_a_second_receipt_of_one_text_adds_only_what_it_cost_more(topic, number, account):
    (message,) = claimed(topic, number, "amz-1")
    for price in (0.006, None, 0.004, 0.009):
        told(message, "amz-1", price=price, said="Message has been accepted by phone")
        receipts.read()
    message.refresh_from_db()
    (row,) = PartsPriced.objects.all()
    assert (row.parts, row.cost, message.cost) == (1, Decimal("0.009"), Decimal("0.009"))


def test_a_receipt_without_a_price_leaves_the_estimate(topic, number, account):
    (message,) = claimed(topic, number, "amz-1")
    told(message, "amz-1", price=None, said="Unknown error attempting to reach phone")
    receipts.read()
    assert (money().spent, money().known) == (US, 0)


def test_a_price_of_nothing_is_known(topic, number, account):
    (message,) = claimed(topic, number, "amz-1")
    told(message, "amz-1", price=0)
    receipts.read()
    assert (money().spent, money().estimated) == (0, 0)


def test_a_receipt_that_finds_its_message_late_counts_then(topic, number, account):
    (message,) = claimed(topic, number, "amz-1")
    Message.objects.update(amazon_message_id="", status=S.SENDING, lease_until=clock.now())
    told(message, "amz-1", published=clock.now() - timedelta(hours=1))
    receipts.read()
    assert money().known == 0
    Message.objects.update(amazon_message_id="amz-1", status=S.ACCEPTED, lease_until=None)
    receipts.read()
    assert (money().spent, money().known) == (Decimal("0.006"), Decimal("0.006"))


def test_a_receipt_of_last_months_text_costs_last_month(topic, number, account):
    before = month_of(clock.now()) - timedelta(seconds=1)
    (message,) = claimed(topic, number, "amz-1", at=before)
    told(message, "amz-1")
    receipts.read()
    assert money().spent == 0
    assert spending(before).known == Decimal("0.006")


def test_what_others_in_the_account_sent_takes_nothing_off_our_estimate(topic, number, account):
    claimed(topic, number, "amz-1")
    log(an_event("amz-9", "+12125550177", price=3))
    receipts.read()
    assert (money().spent, money().known) == (US, 0)


def test_countries_keep_their_own_prices(topic, number, account):
    PartPrice.objects.create(country="DE", price=Decimal("0.10"))
    (message,) = claimed(topic, number, "amz-1")
    hour = PartsUsed.objects.get().hour
    PartsUsed.objects.create(origination_number=number, country="DE", hour=hour, parts=2)
    told(message, "amz-1", price=0.5)
    receipts.read()
    assert (money().spent, money().known) == (Decimal("0.7"), Decimal("0.5"))


def test_never_less_than_nothing_is_estimated(topic, number, account):
    (message,) = claimed(topic, number, "amz-1", parts=3)
    PartsUsed.objects.update(parts=1)
    told(message, "amz-1")
    receipts.read()
    assert money().spent == Decimal("0.006")


@pytest.mark.django_db(transaction=True)
def test_two_readings_at_once_count_a_price_once(topic, number, account):
    texts = claimed(topic, number, *(f"amz-{n}" for n in range(20)))
    for n, message in enumerate(texts):
        told(message, f"amz-{n}")
    receipts.read()
    PartsPriced.objects.all().delete()
    Message.objects.update(cost=None, delivery="")
    ids = [each.pk for each in texts]

    def work(order):
        try:
            tell_messages(order)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as workers:
        list(workers.map(work, [ids, ids[::-1]] * 4))
    (row,) = PartsPriced.objects.all()
    assert (row.parts, row.cost) == (20, Decimal("0.12"))


@pytest.mark.django_db(transaction=True)
def test_dear_receipts_stop_campaigns_before_the_limit_and_cheap_ones_let_them_go(
    business_hours, stub_sns, topic, number
):
    SendingAccount.objects.create(monthly_limit=Decimal("1.00"), price_per_part=US)
    hour = clock.now().astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    PartsUsed.objects.create(origination_number=number, country="US", hour=hour, parts=50)
    make.a_list_audit(make.an_opted_in_contact(topic), topic, number)
    month = month_of(clock.now())
    PartsPriced.objects.create(country="US", month=month, parts=50, cost=Decimal("0.98"))
    sending.send_due(number.pk)
    assert Message.objects.get().status == S.QUEUED
    assert (money().warning, money().stopped) == (95, True)
    PartsPriced.objects.update(cost=Decimal("0.30"))
    sending.send_due(number.pk)
    assert Message.objects.get().status == S.ACCEPTED
    assert (money().warning, money().stopped) == (None, False)


@pytest.mark.parametrize(
    ("known", "words"),
    [
        ("0", "all of it estimated; no receipt has told a price yet"),
        ("2", "all of it as Amazon's receipts say"),
        ("1.5", "$1.50 as Amazon's receipts say, $0.50 estimated"),
    ],
)
def test_it_is_said_how_much_is_known(known, words):
    assert known_and_guessed(Spending(Decimal(2), None, US, Decimal(known))) == words


def test_the_month_is_amazons(account):
    moment = datetime(2026, 11, 30, 23, 59, tzinfo=UTC)
    assert month_of(moment) == datetime(2026, 11, 1, tzinfo=UTC)


@transaction.atomic
def the_query_of_a_claim():
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_get_xact_tuples_returned('campaigns_message'::regclass)")
        before = cursor.fetchone()[0]
        spending(clock.now())
        cursor.execute("SELECT pg_stat_get_xact_tuples_returned('campaigns_message'::regclass)")
        return cursor.fetchone()[0] - before


def test_the_months_money_reads_no_message(topic, number, account):
    claimed(topic, number, "amz-1", "amz-2")
    assert the_query_of_a_claim() == 0
