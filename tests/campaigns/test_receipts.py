"""Receipts, read with boto3 over a socket from the stand-in's logs: once each, none lost."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction

from campaigns import receipts, stops, unconfirmed
from campaigns.gateways import delivery_logs
from campaigns.models import AmazonBlock, DeliveryLog, Message, Receipt
from campaigns.vocabulary import AccountFault
from campaigns.vocabulary import MessageStatus as S
from consent import clock
from consent.models import OptInEvent, Suppression
from consent.vocabulary import EventKind, Source
from tests import builders as make
from tests.campaigns.receipts_of_amazon import OPTED_OUT, a_sent_text, an_event, log

pytestmark = pytest.mark.django_db


@pytest.fixture
def contact(aws):
    return make.an_opted_in_contact(make.a_topic())


def test_a_receipt_says_what_became_of_its_message(contact):
    message = a_sent_text(contact, amazon_id="amz-1")
    log(an_event("amz-1", contact.number))
    found = receipts.read()
    assert dict(found.taken) == {"delivered": 1}
    (receipt,) = message.receipts.all()
    assert (receipt.contact, receipt.carrier, receipt.parts) == (contact, "Example", 1)
    assert receipt.price == Decimal("0.00645")
    message.refresh_from_db()
    assert (message.status, message.delivery) == (S.ACCEPTED, "delivered")
    assert message.cost == Decimal("0.00645")


def test_reading_again_takes_nothing_twice(contact):
    a_sent_text(contact, amazon_id="amz-1")
    log(an_event("amz-1", contact.number, said=OPTED_OUT))
    receipts.read()
    events = OptInEvent.objects.count()
    DeliveryLog.objects.update(read_until=None)
    again = receipts.read()
    assert (Receipt.objects.count(), again.taken.total()) == (1, 0)
    assert OptInEvent.objects.count() == events


def test_an_outage_of_a_day_loses_nothing(contact):
    receipts.read()
    began = clock.now() - timedelta(hours=26)
    DeliveryLog.objects.update(read_until=began)
    sent = [a_sent_text(contact, amazon_id=f"amz-{hour}") for hour in range(25)]
    for hour in range(25):
        log(an_event(f"amz-{hour}", contact.number), at=began + timedelta(hours=hour, minutes=1))
    found = receipts.read()
    assert found.taken.total() == 25
    assert Message.objects.filter(delivery="delivered").count() == len(sent)
    assert all(row.read_until > began + timedelta(hours=25) for row in DeliveryLog.objects.all())


def test_an_event_that_appears_late_is_caught_by_the_overlap(contact):
    receipts.read()
    log(an_event("amz-1", contact.number), at=clock.now() - timedelta(minutes=10))
    assert receipts.read().taken.total() == 1


def test_a_receipt_may_come_three_days_after_the_text(contact):
    message = a_sent_text(contact, amazon_id="amz-1")
    log(an_event("amz-1", contact.number, published=clock.now() - timedelta(hours=72)))
    receipts.read()
    message.refresh_from_db()
    assert message.delivery == "delivered"


def test_a_receipt_that_comes_before_the_id_is_stored_is_matched_later(contact):
    message = a_sent_text(contact, status=S.SENDING)
    log(an_event("amz-1", contact.number, published=clock.now() - timedelta(hours=1)))
    receipts.read()
    assert Receipt.objects.get().message is None
    Message.objects.update(status=S.ACCEPTED, amazon_message_id="amz-1", lease_until=None)
    assert receipts.read().late.by_id == 1
    message.refresh_from_db()
    assert (Receipt.objects.get().message, message.delivery) == (message, "delivered")


def test_an_unconfirmed_message_is_settled_by_its_receipt(contact):
    message = a_sent_text(contact, status=S.SENDING)
    log(an_event("amz-1", contact.number, said="Phone has blocked SMS"))
    receipts.read()
    message.refresh_from_db()
    assert message.status == S.SENDING
    Message.objects.update(lease_until=clock.now() - timedelta(seconds=1))
    assert unconfirmed.sweep() == 1
    assert receipts.read().late.settled == 1
    message.refresh_from_db()
    assert (message.status, message.amazon_message_id) == (S.ACCEPTED, "amz-1")
    assert (message.reason_code, message.delivery) == ("settled_by_receipt", "phone_blocked")


@pytest.mark.parametrize("status", [S.UNCONFIRMED, S.SENDING])
def test_a_receipt_that_may_mean_two_texts_settles_neither(contact, status):
    first = a_sent_text(contact)
    a_sent_text(contact, status=status)
    log(an_event("amz-1", contact.number))
    assert receipts.read().late.settled == 0
    first.refresh_from_db()
    assert first.status == S.UNCONFIRMED


@pytest.mark.parametrize("minutes", [-10, 10])
def test_a_receipt_of_another_time_settles_nothing(contact, minutes):
    a_sent_text(contact)
    log(an_event("amz-1", contact.number, published=clock.now() + timedelta(minutes=minutes)))
    assert receipts.read().late.settled == 0


def test_a_receipt_of_another_persons_text_settles_nothing(contact):
    a_sent_text(contact)
    log(an_event("amz-1", make.an_opted_in_contact(contact.subscriptions.get().topic).number))
    assert receipts.read().late.settled == 0


def test_amazons_opt_out_becomes_ours_with_the_receipt_as_evidence(contact):
    message = a_sent_text(contact, amazon_id="amz-1")
    log(an_event("amz-1", contact.number, said=f"{contact.number} is opted out", price=None))
    receipts.read()
    event = OptInEvent.objects.latest("pk")
    assert (event.kind, event.source, event.topic) == (EventKind.OPTED_OUT, Source.AMAZON, None)
    receipt = Receipt.objects.get()
    assert event.occurred_at == receipt.published_at
    assert event.evidence.form_fields == {
        "receipt": receipt.pk,
        "eventId": receipt.event_id,
        "messageId": "amz-1",
        "message": message.pk,
        "providerResponse": "[number] is opted out",
    }
    assert contact.subscriptions.exclude(standing="opted_out").count() == 0
    block = AmazonBlock.objects.get()
    assert (block.contact, block.seen_at, block.was_news) == (contact, receipt.published_at, True)


def test_a_blocking_phone_is_suppressed_once_until_somebody_looks(contact):
    for name in ("amz-1", "amz-2"):
        a_sent_text(contact, amazon_id=name)
        log(an_event(name, contact.number, said="Phone has blocked SMS"))
        receipts.read()
    (suppression,) = Suppression.objects.all()
    assert (suppression.topic, suppression.reason) == (None, receipts.BLOCKED_NOTE)
    assert OptInEvent.objects.filter(kind=EventKind.SUPPRESSED).count() == 1
    assert contact.subscriptions.get().standing == "opted_in"


def test_the_opt_out_of_a_stranger_is_kept_without_their_number(aws):
    log(an_event("amz-9", "+12125550177", said="+12125550177 is opted out"))
    receipts.read()
    receipt = Receipt.objects.get()
    assert (receipt.contact, receipt.message, receipt.outcome) == (None, None, "opted_out")
    assert "2125550177" not in str(Receipt.objects.values().get())


def test_an_unknown_response_is_other_with_its_words(contact):
    message = a_sent_text(contact, amazon_id="amz-1")
    log(an_event("amz-1", contact.number, said="Moon in the wrong house"))
    receipts.read()
    message.refresh_from_db()
    assert (message.delivery, Receipt.objects.get().provider_response) == (
        "other",
        "Moon in the wrong house",
    )


def test_the_later_receipt_of_a_text_counts(contact):
    message = a_sent_text(contact, amazon_id="amz-1")
    now = clock.now()
    log(an_event("amz-1", contact.number), at=now)
    log(
        an_event("amz-1", contact.number, said="Invalid phone number", price=None),
        at=now - timedelta(minutes=1),
    )
    receipts.read()
    message.refresh_from_db()
    assert (message.delivery, message.cost) == ("delivered", Decimal("0.00645"))


def test_one_event_that_nobody_can_read_holds_up_no_other(contact):
    a_sent_text(contact, amazon_id="amz-1")
    broken = an_event("amz-2", contact.number).replace('"amz-2"', "17")
    log(broken, an_event("amz-1", contact.number))
    found = receipts.read()
    assert (found.unreadable, found.taken.total()) == (1, 1)


def test_small_pages_are_followed_to_the_last(contact, monkeypatch):
    monkeypatch.setattr(delivery_logs, "PAGE", 3)
    for n in range(10):
        a_sent_text(contact, amazon_id=f"amz-{n}")
    log(*(an_event(f"amz-{n}", contact.number) for n in range(10)))
    assert receipts.read().taken.total() == 10


def test_a_log_that_is_not_there_yet_loses_nothing(contact):
    from campaigns.gateways import reads

    for group in delivery_logs.groups():
        reads.client("logs").delete_log_group(logGroupName=group)
    assert receipts.read().faults == {}
    assert set(DeliveryLog.objects.values_list("missing", "read_until")) == {(True, None)}
    for group in delivery_logs.groups():
        reads.client("logs").create_log_group(logGroupName=group)
    a_sent_text(contact, amazon_id="amz-1")
    log(an_event("amz-1", contact.number))
    assert receipts.read().taken.total() == 1


def test_a_reading_leaves_a_log_that_another_reads(contact):
    receipts.read()
    DeliveryLog.objects.update(lease_until=clock.now() + timedelta(minutes=1))
    a_sent_text(contact, amazon_id="amz-1")
    log(an_event("amz-1", contact.number))
    assert receipts.read().taken.total() == 0
    DeliveryLog.objects.update(lease_until=clock.now() - timedelta(seconds=1))
    assert receipts.read().taken.total() == 1


def test_a_receipt_never_changes_but_for_finding_its_message(contact):
    log(an_event("amz-1", contact.number))
    receipts.read()
    message = a_sent_text(contact, amazon_id="amz-1")
    other = a_sent_text(contact, amazon_id="amz-2")
    Receipt.objects.update(message=message)
    for change in (
        lambda: Receipt.objects.update(message=other),
        lambda: Receipt.objects.update(outcome="spam"),
        lambda: Receipt.objects.update(message=None),
        lambda: Receipt.objects.all().delete(),
    ):
        with pytest.raises(IntegrityError, match="only grows"), transaction.atomic():
            change()
    assert Receipt.objects.get().message == message


def test_the_command_says_what_it_found(contact, capsys):
    a_sent_text(contact, amazon_id="amz-1")
    log(an_event("amz-1", contact.number))
    call_command("read_receipts")
    assert capsys.readouterr().out.splitlines() == [
        "delivered: 1",
        "1 new, 0 matched late, 0 unconfirmed settled, 0 unreadable.",
    ]


def test_amazon_away_is_a_fault_with_a_name_and_no_loss(contact, settings):
    receipts.read()
    before = dict(DeliveryLog.objects.values_list("group", "read_until"))
    address, settings.AWS_ENDPOINT_URL = settings.AWS_ENDPOINT_URL, "http://127.0.0.1:9"
    delivery_logs.reads._account_id.cache_clear()
    with pytest.raises(CommandError, match="EndpointConnectionError"):
        call_command("read_receipts")
    settings.AWS_ENDPOINT_URL = address
    assert dict(DeliveryLog.objects.values_list("group", "read_until")) == before


NO_QUOTA = "No quota left for account"


def test_a_receipt_that_tells_of_the_spend_limit_stops_the_sender(contact):
    a_sent_text(contact, amazon_id="amz-1")
    log(an_event("amz-1", contact.number, said=NO_QUOTA))
    receipts.read()
    (held,) = stops.holding()
    assert (held.fault, held.code, held.origination_number) == (AccountFault.SPEND, NO_QUOTA, None)


def test_an_old_receipt_or_one_from_before_the_stop_was_over_stops_nothing(contact):
    a_sent_text(contact, amazon_id="amz-1")
    long_ago = clock.now() - timedelta(hours=3)
    log(an_event("amz-1", contact.number, said=NO_QUOTA, published=long_ago))
    receipts.read()
    assert stops.holding() == []
    before = clock.now()
    stops.stop(AccountFault.SPEND, number_id=None)
    stops.taken(contact.messages.get().origination_number_id)
    log(an_event("amz-1", contact.number, said=NO_QUOTA, published=before))
    receipts.read()
    assert stops.holding() == []
