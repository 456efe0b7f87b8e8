"""Amazon's opt-out list against the ledger, with boto3 over a socket."""

from datetime import timedelta

import pytest
from django.core.management import call_command

from campaigns import amazon_blocks, opt_out_sync, receipts
from campaigns.models import AmazonBlock, OptOutComparison
from campaigns.opt_out_sync import CannotUnblock
from consent import clock
from consent.models import OptInEvent
from consent.vocabulary import EventKind, Source
from tests import builders as make
from tests.campaigns.receipts_of_amazon import OPTED_OUT, a_sent_text, an_event, log

pytestmark = pytest.mark.django_db
STRANGERS = [f"+1202{5550000 + n:07d}" for n in range(250)]


def amazon_lists(aws, *numbers, **more):
    return aws.ask("/devstack/account", {"opt_out": list(numbers), **more})


def amazon_forgets(aws, *numbers):
    aws.ask("/devstack/account", {"opt_in": list(numbers)})


def compare():
    run = opt_out_sync.begin()
    opt_out_sync.carry_out(run.pk)
    run.refresh_from_db()
    return run


@pytest.fixture
def topic(aws):
    return make.a_topic()


@pytest.fixture
def contact(topic):
    return make.an_opted_in_contact(topic)


def opts_in_again(contact, topic):
    return make.an_event(contact, EventKind.OPTED_IN, topic, source=Source.PAPER_FORM)


def test_whom_amazon_lists_and_we_had_opted_in_is_opted_out_with_evidence(aws, contact):
    amazon_lists(aws, contact.number, *STRANGERS)
    run = compare()
    assert (run.state, run.pages, run.listed, run.strangers) == ("done", 3, 251, 250)
    assert (run.opted_out_here, run.left_the_list) == (1, 0)
    event = OptInEvent.objects.latest("pk")
    assert (event.kind, event.source, event.topic) == (EventKind.OPTED_OUT, Source.AMAZON, None)
    assert event.evidence.form_fields == {"comparison": run.pk, "page": 1}
    assert {row.standing for row in contact.subscriptions.all()} == {"opted_out"}
    block = AmazonBlock.objects.get()
    assert (block.contact, block.was_news, block.found_by) == (contact, True, run)


def test_comparing_again_records_nothing_anew(aws, contact):
    amazon_lists(aws, contact.number)
    compare()
    events = OptInEvent.objects.count()
    again = compare()
    assert (again.opted_out_here, OptInEvent.objects.count()) == (0, events)
    assert AmazonBlock.objects.get().confirmed_by == again


def test_who_left_everything_here_is_no_news(aws, contact):
    make.an_event(contact, EventKind.OPTED_OUT)
    events = OptInEvent.objects.count()
    amazon_lists(aws, contact.number)
    assert compare().opted_out_here == 0
    assert OptInEvent.objects.count() == events
    assert AmazonBlock.objects.get().was_news is False


def test_a_number_that_left_the_list_is_noted_and_stays_opted_out_here(aws, contact):
    amazon_lists(aws, contact.number)
    compare()
    amazon_forgets(aws, contact.number)
    assert compare().left_the_list == 1
    assert AmazonBlock.objects.get().left_at is not None
    assert contact.subscriptions.filter(standing="opted_in").count() == 0


def test_a_killed_comparison_goes_on_behind_its_last_page(aws, contact):
    amazon_lists(aws, *STRANGERS, contact.number)
    run = opt_out_sync.begin()
    steps = iter([False, True, True])
    assert opt_out_sync.carry_out(run.pk, lambda: next(steps)) is False
    run.refresh_from_db()
    assert (run.state, run.pages, run.listed) == ("running", 1, 100)
    assert opt_out_sync.abandoned() == [run.pk]
    assert opt_out_sync.begin() == run
    before = amazon_lists(aws)["calls"]["ListPhoneNumbersOptedOut"]
    assert opt_out_sync.carry_out(run.pk) is True
    assert amazon_lists(aws)["calls"]["ListPhoneNumbersOptedOut"] - before == 2
    run.refresh_from_db()
    assert (run.state, run.listed, run.opted_out_here) == ("done", 251, 1)


def test_a_token_that_amazon_forgot_means_from_the_beginning(aws, contact):
    amazon_lists(aws, contact.number)
    run = opt_out_sync.begin()
    OptOutComparison.objects.update(next_token="stale", pages=4, listed=400, strangers=400)
    assert opt_out_sync.carry_out(run.pk) is True
    run.refresh_from_db()
    assert (run.pages, run.listed, run.strangers) == (1, 1, 0)


def test_a_comparison_in_hand_is_left_alone(aws, contact):
    run = opt_out_sync.begin()
    OptOutComparison.objects.update(lease_until=clock.now() + timedelta(minutes=1))
    assert opt_out_sync.carry_out(run.pk) is False
    assert opt_out_sync.abandoned() == []


def test_throttles_are_waited_out(aws, contact):
    amazon_lists(aws, contact.number, throttle={"ListPhoneNumbersOptedOut": 2})
    assert compare().opted_out_here == 1


def test_amazon_away_is_tried_again_for_a_day_and_then_given_up(contact, settings, aws):
    run = opt_out_sync.begin()
    settings.AWS_ENDPOINT_URL = "http://127.0.0.1:9"
    assert opt_out_sync.carry_out(run.pk) is False
    run.refresh_from_db()
    assert (run.state, run.fault) == ("running", "EndpointConnectionError")
    OptOutComparison.objects.update(began_at=clock.now() - timedelta(days=2))
    opt_out_sync.carry_out(run.pk)
    run.refresh_from_db()
    assert run.state == "failed"
    assert opt_out_sync.is_due()


def test_it_is_due_once_a_day(aws, topic):
    assert opt_out_sync.is_due()
    compare()
    assert not opt_out_sync.is_due()
    OptOutComparison.objects.update(began_at=clock.now() - timedelta(hours=25))
    assert opt_out_sync.is_due()


def test_a_fresh_opt_in_lets_amazon_be_asked_once_in_thirty_days(aws, contact, topic):
    amazon_lists(aws, contact.number)
    compare()
    block = AmazonBlock.objects.get()
    with pytest.raises(CannotUnblock, match="not agreed to anything since"):
        opt_out_sync.take_off(block)
    event = opts_in_again(contact, topic)
    assert amazon_blocks.agreed_since(block) == event
    opt_out_sync.take_off(block)
    block.refresh_from_db()
    assert (block.left_at is None, block.opted_in_at is None) == (False, False)
    assert amazon_lists(aws)["opted_out"] == []
    assert contact.subscriptions.get(topic=topic).standing == "opted_in"

    amazon_lists(aws, contact.number)
    compare()
    block.refresh_from_db()
    assert block.left_at is None
    opts_in_again(contact, topic)
    with pytest.raises(CannotUnblock, match="once in 30 days: for this one not before"):
        opt_out_sync.take_off(block)
    calls = amazon_lists(aws)["calls"]["OptInPhoneNumber"]
    assert calls == 1


def test_an_old_consent_that_is_recorded_later_is_no_fresh_opt_in(aws, contact, topic):
    amazon_lists(aws, contact.number)
    compare()
    make.an_event(contact, EventKind.OPTED_IN, topic, occurred_at=make.LONG_AGO)
    make.an_event(contact, EventKind.REQUESTED, topic)
    assert amazon_blocks.agreed_since(AmazonBlock.objects.get()) is None


def test_a_fresh_opt_in_survives_further_comparisons_and_receipts(aws, contact, topic):
    amazon_lists(aws, contact.number)
    compare()
    opts_in_again(contact, topic)
    a_sent_text(contact, topic=topic, amazon_id="amz-1")
    log(an_event("amz-1", contact.number, said=OPTED_OUT, price=None))
    receipts.read()
    assert compare().opted_out_here == 0
    assert contact.subscriptions.get(topic=topic).standing == "opted_in"


def test_a_refusal_of_amazon_is_remembered_for_thirty_days(aws, contact, topic):
    amazon_lists(aws, contact.number)
    from campaigns.gateways import account

    account.opt_in(contact.number)  # by somebody else, with the same account
    amazon_lists(aws, contact.number)
    compare()
    opts_in_again(contact, topic)
    block = AmazonBlock.objects.get()
    with pytest.raises(CannotUnblock, match="Amazon refuses"):
        opt_out_sync.take_off(block)
    block.refresh_from_db()
    assert block.until == block.refused_at + timedelta(days=30)


def test_a_receipt_from_before_the_number_left_the_list_says_nothing_of_now(aws, contact, topic):
    message = a_sent_text(contact, topic=topic, amazon_id="amz-1")
    before = clock.now()
    amazon_lists(aws, contact.number)
    compare()
    opts_in_again(contact, topic)
    opt_out_sync.take_off(AmazonBlock.objects.get())
    log(an_event("amz-1", contact.number, said=OPTED_OUT, published=before, price=None))
    receipts.read()
    message.refresh_from_db()
    assert message.delivery == "opted_out"
    assert AmazonBlock.objects.get().left_at is not None
    assert contact.subscriptions.get(topic=topic).standing == "opted_in"


def test_the_command_reports(aws, contact, capsys):
    amazon_lists(aws, contact.number, *STRANGERS[:4])
    call_command("sync_opt_outs")
    assert capsys.readouterr().out.strip() == (
        "5 on Amazon's list, 4 of them unknown here; 1 opted out here now; 0 left the list."
    )
