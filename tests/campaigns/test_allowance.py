"""A day's cap and a month's money hold over all workers; urgent texts have a reserve."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from django.db import connection, transaction

from campaigns import allowance, outbox, pacing, sending, unconfirmed
from campaigns.claiming import claim
from campaigns.models import Message, OriginationNumber, PartPrice, PartsUsed, SendingAccount
from campaigns.spending import Spending, spending
from campaigns.vocabulary import MessageKind, MessageStatus
from consent import clock
from consent.vocabulary import EventKind
from tests import builders as make

pytestmark = pytest.mark.django_db(transaction=True)
S = MessageStatus


@pytest.fixture
def topic():
    return make.a_topic()


@pytest.fixture
def number(topic):
    return make.a_number(topic)


def statuses():
    return dict(Counter(Message.objects.values_list("status", flat=True)))


def audits(topic, number, count):
    for _ in range(count):
        make.a_list_audit(make.an_opted_in_contact(topic), topic, number)


def a_stop_reply(topic):
    contact = make.a_contact()
    event = make.an_event(contact, EventKind.OPTED_OUT, topic)
    return outbox.enqueue(
        kind=MessageKind.STOP_CONFIRMATION, contact=contact, topic=topic, about_event=event
    )


def used():
    return sum(PartsUsed.objects.values_list("parts", flat=True))


def test_what_is_beyond_the_days_cap_waits_but_for_stop_replies(
    business_hours, stub_sns, topic, number
):
    OriginationNumber.objects.update(parts_per_day=4)
    audits(topic, number, 6)
    assert sending.send_due(number.pk) is False
    assert statuses() == {S.ACCEPTED: 3, S.QUEUED: 3}
    a_stop_reply(topic)
    sending.send_due(number.pk)
    assert statuses() == {S.ACCEPTED: 4, S.QUEUED: 3}
    a_stop_reply(topic)
    sending.send_due(number.pk)
    assert statuses() == {S.ACCEPTED: 4, S.QUEUED: 4}
    assert used() == 4


def test_a_day_later_the_cap_is_free_again(business_hours, stub_sns, topic, number):
    OriginationNumber.objects.update(parts_per_day=4)
    audits(topic, number, 6)
    sending.send_due(number.pk)
    for row in PartsUsed.objects.all():
        row.hour -= timedelta(hours=25)
        row.save()
    sending.send_due(number.pk)
    assert statuses() == {S.ACCEPTED: 6}


def test_workers_at_once_keep_to_one_cap(business_hours, topic, number):
    OriginationNumber.objects.update(parts_per_day=10)
    audits(topic, number, 20)

    def work(name):
        OriginationNumber.objects.update(next_slot_at=None)
        try:
            return len(claim(number.pk, name).claimed)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as workers:
        taken = sum(workers.map(work, "abcdefgh"))
    assert taken == 9  # one part is kept for STOP and HELP
    assert used() == 9


@pytest.mark.parametrize(
    ("answer", "counted"),
    [
        ("", 1),
        ("500 InternalError", 1),
        ("400 InvalidParameter", 0),
        ("400 Throttling", 0),
        ("403 AuthorizationError", 0),
    ],
)
def test_only_what_amazon_may_have_taken_counts(
    business_hours, stub_sns, topic, number, answer, counted
):
    stub_sns.behaviour = lambda phone, nth: answer
    audits(topic, number, 1)
    sending.send_due(number.pk, seconds=3)
    assert used() == counted


def test_campaigns_stop_before_the_months_limit_and_stop_replies_do_not(
    business_hours, stub_sns, topic, number
):
    SendingAccount.objects.create(
        monthly_limit=Decimal("1.00"), price_per_part=Decimal("0.01"), promotional_per_second=1000
    )
    hour = clock.now().astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    PartsUsed.objects.create(origination_number=number, country="US", hour=hour, parts=96)
    audits(topic, number, 4)
    assert sending.send_due(number.pk) is False
    assert statuses() == {S.ACCEPTED: 2, S.QUEUED: 2}  # 98 of 100
    for _ in range(3):
        a_stop_reply(topic)
    sending.send_due(number.pk)
    assert statuses() == {S.ACCEPTED: 4, S.QUEUED: 3}  # 100 of 100
    SendingAccount.objects.update(monthly_limit=Decimal("2.00"))
    sending.send_due(number.pk)
    assert statuses() == {S.ACCEPTED: 7}


def test_spending_is_parts_at_the_price_of_their_country_this_month(number):
    SendingAccount.objects.create(monthly_limit=Decimal("10"), price_per_part=Decimal("0.10"))
    PartPrice.objects.create(country="US", price=Decimal("0.01"))
    moment = clock.now().replace(day=15)
    for country, parts, at in (
        ("US", 100, moment.replace(day=1, hour=0, minute=0, second=0, microsecond=0)),
        ("DE", 3, moment),
        ("US", 1000, moment - timedelta(days=16)),
    ):
        PartsUsed.objects.create(origination_number=number, country=country, hour=at, parts=parts)
    assert spending(moment) == Spending(
        spent=Decimal("1.30"), limit=Decimal("10.00"), dearest=Decimal("0.10")
    )


@pytest.mark.parametrize(
    ("spent", "warning", "stopped"),
    [("0", None, False), ("4.99", None, False), ("5", 50, False), ("8", 80, False),
     ("9.5", 95, False), ("9.8", 95, True), ("12", 95, True)],
)  # fmt: skip
def test_warnings_come_at_50_80_and_95_percent_and_the_stop_before_the_limit(
    spent, warning, stopped
):
    money = Spending(Decimal(spent), Decimal("10"), Decimal("0.01"))
    assert (money.warning, money.stopped) == (warning, stopped)


def test_without_a_limit_nothing_is_watched():
    money = Spending(Decimal("1000"), None, Decimal("0.01"))
    assert (money.percent, money.warning, money.stopped) == (None, None, False)


def test_all_numbers_together_keep_to_the_accounts_pace(topic, number):
    other = make.a_number(make.a_topic("example-news"), number="54321")
    SendingAccount.objects.create(promotional_per_second=10)
    moment = clock.now()
    taken = []
    for each in (number, other, number):
        with transaction.atomic():
            held = pacing.hold(each.pk)
            taken += pacing.reserve(held, [1, 1, 1], moment, allowance.hold_account())
    seconds = [(at - moment).total_seconds() for at in taken]
    assert seconds == pytest.approx([n / 10 for n in range(9)])
    assert min(later - earlier for earlier, later in pairwise(sorted(seconds))) > 0.099


def test_the_classes_of_texts_have_slots_of_their_own(topic, number):
    alerts = make.a_number(
        make.a_topic("example-alerts-2", message_class="transactional"), number="54321"
    )
    SendingAccount.objects.create(promotional_per_second=1, transactional_per_second=1)
    moment = clock.now()
    with transaction.atomic():
        pacing.reserve(pacing.hold(number.pk), [1], moment, allowance.hold_account())
    with transaction.atomic():
        account = allowance.hold_account()
        assert pacing.free_from(alerts, moment, account) == moment
        number.refresh_from_db()
        assert pacing.free_from(number, moment, account) == moment + timedelta(seconds=1)
        assert pacing.room(number, moment, account) == 0


def test_workers_of_several_numbers_at_once_keep_to_one_limit(business_hours, topic, number):
    other_topic = make.a_topic("example-news")
    other = make.a_number(other_topic, number="54321")
    audits(topic, number, 10)
    audits(other_topic, other, 10)
    SendingAccount.objects.create(
        monthly_limit=Decimal("0.10"), price_per_part=Decimal("0.01"), promotional_per_second=1000
    )

    def work(which):
        SendingAccount.objects.update(promotional_slot_at=None)
        OriginationNumber.objects.update(next_slot_at=None)
        try:
            return len(claim(which, f"w{which}").claimed)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as workers:
        taken = sum(workers.map(work, [number.pk, other.pk] * 4))
    assert taken == 9  # ten are paid for, of which 2 % are kept
    assert used() == 9


def test_what_staff_found_rejected_is_taken_off_the_count(business_hours, stub_sns, topic, number):
    stub_sns.behaviour = lambda phone, nth: "cut"
    audits(topic, number, 1)
    sending.send_due(number.pk)
    assert used() == 1
    unconfirmed.settle(
        Message.objects.get(), S.REJECTED, by=make.a_user("officer"), reason="Amazon's log says so"
    )
    assert used() == 0
