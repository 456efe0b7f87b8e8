"""Past days of Amazon's logs are read again: what appears late is found, once, and not too fast."""

import time
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command

from campaigns import receipts, receipts_again
from campaigns.gateways import delivery_logs, reads
from campaigns.models import DeliveryLog, Message, Receipt
from campaigns.receipts_again import BETWEEN_PAGES, BUSY
from consent import clock
from consent.models import OptInEvent
from tests import builders as make
from tests.campaigns.receipts_of_amazon import a_sent_text, an_event, log

pytestmark = pytest.mark.django_db
LATE = timedelta(hours=20)


@pytest.fixture
def contact(aws, monkeypatch):
    monkeypatch.setattr(receipts_again, "BETWEEN_PAGES", 0)
    monkeypatch.setattr(receipts_again, "TURN", 300)
    return make.an_opted_in_contact(make.a_topic())


def cursors():
    return list(DeliveryLog.objects.order_by("pk").values_list("read_until", flat=True))


def test_a_receipt_that_shows_up_twenty_hours_late_is_found_once(contact):
    receipts.read()
    before = cursors()
    message = a_sent_text(contact, amazon_id="amz-1")
    log(an_event("amz-1", contact.number), at=clock.now() - LATE)
    assert receipts.read().taken.total() == 0
    assert dict(receipts_again.go_on().taken) == {"delivered": 1}
    message.refresh_from_db()
    assert message.delivery == "delivered"
    assert all(now >= then for now, then in zip(cursors(), before, strict=True))
    DeliveryLog.objects.update(again_at=None)
    assert receipts_again.go_on().taken.total() == 0
    assert receipts.read().taken.total() == 0
    assert Receipt.objects.count() == 1


def test_whatever_is_up_to_72_hours_late_is_found_within_a_day(contact):
    receipts.read()
    receipts_again.go_on()
    log(an_event("amz-1", contact.number), at=clock.now() - timedelta(hours=72))
    DeliveryLog.objects.update(again_at=clock.now() - timedelta(hours=23))
    assert receipts_again.go_on().taken.total() == 0
    DeliveryLog.objects.update(again_at=clock.now() - timedelta(hours=24))
    assert receipts_again.go_on().taken.total() == 1
    assert timedelta(hours=72) + receipts_again.EVERY <= receipts_again.DEPTH


def test_a_late_opt_out_opts_out_and_is_recorded_once(contact):
    receipts.read()
    a_sent_text(contact, amazon_id="amz-1")
    log(an_event("amz-1", contact.number, said="Phone number is opted out"), at=clock.now() - LATE)
    receipts_again.go_on()
    assert contact.subscriptions.exclude(standing="opted_out").count() == 0
    events = OptInEvent.objects.count()
    receipts_again.read_back(timedelta(hours=30))
    assert OptInEvent.objects.count() == events


def test_a_lost_receipt_settles_what_is_unconfirmed(contact):
    receipts.read()
    message = a_sent_text(contact)
    log(an_event("amz-1", contact.number), at=clock.now() - LATE)
    assert receipts_again.go_on().late.settled == 1
    message.refresh_from_db()
    assert (message.status, message.amazon_message_id) == ("accepted", "amz-1")


def test_it_goes_on_where_it_was_stopped(contact):
    receipts.read()
    asked = iter([False, False, False, True, True, True])
    receipts_again.go_on(lambda: next(asked))
    first = DeliveryLog.objects.order_by("pk").first()
    assert first.again_from == first.again_at - receipts_again.DEPTH + timedelta(hours=3)
    assert first.lease_until is None
    log(an_event("amz-1", contact.number), at=clock.now() - LATE)
    assert receipts_again.go_on().taken.total() == 1
    assert set(DeliveryLog.objects.values_list("again_from", flat=True)) == {None}


def test_a_log_in_another_readers_hands_is_left_for_later(contact):
    receipts.read()
    log(an_event("amz-1", contact.number), at=clock.now() - LATE)
    DeliveryLog.objects.update(lease_until=clock.now() + timedelta(minutes=1))
    found = receipts_again.go_on()
    assert (set(found.faults.values()), found.taken.total()) == ({BUSY}, 0)
    DeliveryLog.objects.update(lease_until=None)
    assert receipts_again.go_on().taken.total() == 1


def test_amazon_is_asked_no_faster_than_it_allows(contact, monkeypatch):
    monkeypatch.setattr(receipts_again, "BETWEEN_PAGES", BETWEEN_PAGES)
    monkeypatch.setattr(delivery_logs, "PAGE", 2)
    receipts.read()
    late = clock.now() - timedelta(minutes=30)
    log(*(an_event(f"amz-{n}", contact.number) for n in range(8)), at=late)
    began = time.monotonic()
    assert receipts_again.read_back(timedelta(hours=1)).taken.total() == 8
    assert time.monotonic() - began >= 5 * BETWEEN_PAGES  # four pages, and one of the other log
    assert BETWEEN_PAGES >= 0.2  # five a second


def test_a_turn_ends_so_that_others_have_theirs(contact, monkeypatch):
    receipts.read()
    monkeypatch.setattr(receipts_again, "TURN", 0)
    receipts_again.go_on()
    assert DeliveryLog.objects.exclude(again_from=None).count() == 2


def test_a_clock_that_was_turned_back_does_not_end_it_for_ever(contact):
    receipts.read()
    DeliveryLog.objects.update(again_at=clock.now() + timedelta(days=9))
    log(an_event("amz-1", contact.number), at=clock.now() - LATE)
    assert receipts_again.go_on().taken.total() == 1


def test_logs_that_are_not_there_yet_are_no_fault(contact):
    receipts.read()
    for group in delivery_logs.groups():
        reads.client("logs").delete_log_group(logGroupName=group)
    assert receipts_again.go_on().faults == {}


def test_amazon_away_is_a_fault_with_a_name_and_no_loss(contact, settings):
    receipts.read()
    log(an_event("amz-1", contact.number), at=clock.now() - LATE)
    address, settings.AWS_ENDPOINT_URL = settings.AWS_ENDPOINT_URL, "http://127.0.0.1:9"
    assert receipts_again.go_on().faults == {"account": "EndpointConnectionError"}
    settings.AWS_ENDPOINT_URL = address
    assert receipts_again.go_on().taken.total() == 1


def test_the_command_reads_as_far_back_as_it_is_told(contact, capsys):
    receipts.read()
    a_sent_text(contact, amazon_id="amz-1")
    log(an_event("amz-1", contact.number), at=clock.now() - timedelta(hours=120))
    call_command("read_receipts", "--hours", "119")
    call_command("read_receipts", "--hours", "121")
    assert capsys.readouterr().out.splitlines() == [
        "0 new, 0 matched late, 0 unconfirmed settled, 0 unreadable.",
        "delivered: 1",
        "1 new, 0 matched late, 0 unconfirmed settled, 0 unreadable.",
    ]
    assert Message.objects.get().delivery == "delivered"


def test_the_command_waits_for_another_reader_and_then_says_so(contact, monkeypatch):
    receipts.read()
    DeliveryLog.objects.update(lease_until=clock.now() + timedelta(hours=1))
    monkeypatch.setattr(receipts_again, "WAIT_FOR_READER", 0.1)
    with pytest.raises(CommandError, match=BUSY):
        call_command("read_receipts", "--hours", "1")


@pytest.mark.parametrize("hours", ["0", "-3", "9601", "x"])
def test_the_command_refuses_nonsense(hours):
    with pytest.raises(CommandError):
        call_command("read_receipts", "--hours", hours)
