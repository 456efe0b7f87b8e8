"""What staff see of receipts, of the account at Amazon and of its opt-out list."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from campaigns import opt_out_sync, receipts
from campaigns.admin.campaign_progress import progress
from campaigns.models import AccountCheck, AmazonBlock, Message, OptOutComparison
from campaigns.vocabulary import MessageStatus as S
from consent import clock
from consent.vocabulary import EventKind, Source
from tests import builders as make
from tests.campaigns.receipts_of_amazon import a_sent_text, an_event, log

pytestmark = pytest.mark.django_db


def page(model, name, pk=None):
    return reverse(f"admin:{model}_{name}", args=[pk] if pk else [])


@pytest.fixture
def contact(aws, topic):
    make.a_number(topic)
    return make.an_opted_in_contact(topic)


@pytest.fixture
def campaign(business_hours, topic):
    """A running campaign of six people in every state of being sent."""
    number = make.a_number(topic)
    make.many_opted_in_contacts(topic, 6)
    running = make.a_running_campaign(topic, number)
    rows = list(running.messages.order_by("pk"))
    states = (
        {"status": S.ACCEPTED, "delivery": "delivered", "cost": Decimal("0.02"), "parts": 2},
        {"status": S.ACCEPTED, "delivery": "carrier_took_it", "cost": Decimal("0.01")},
        {"status": S.ACCEPTED, "delivery": "spam", "cost": Decimal("0.01")},
        {"status": S.ACCEPTED, "delivery": "no_quota"},
        {"status": S.ACCEPTED},
        {"status": S.QUEUED},
    )
    for row, state in zip(rows, states, strict=True):
        sent = {
            "amazon_message_id": f"amz-{row.pk}",
            "settled_at": clock.now(),
            "exemption": "help",
        }
        Message.objects.filter(pk=row.pk).update(
            **(sent if state["status"] == S.ACCEPTED else {}), **state
        )
    return running


def test_a_campaign_tells_delivered_failed_and_waiting_apart(campaign, officer):
    found = progress(campaign, officer)
    assert {row.status: row.count for row in found.rows} == {
        "delivered": 2,
        "accepted": 1,
        "queued": 1,
        "failed": 2,
    }
    assert (found.total, found.done, found.accepted) == (6, 5, 5)
    failed = next(row for row in found.rows if row.status == "failed")
    assert {reason.words for reason in failed.reasons} == {
        "the carrier took it for spam",
        "the account's monthly spend limit was reached",
    }


def test_each_point_of_a_campaign_leads_to_its_messages(client, campaign, officer):
    client.force_login(officer)
    for row in progress(campaign, officer).rows:
        assert client.get(row.url).context["cl"].result_count == row.count
        for reason in row.reasons:
            assert client.get(reason.url).context["cl"].result_count == reason.count


def test_the_cost_is_that_of_receipts_and_an_estimate_for_the_rest(campaign, officer):
    cost = progress(campaign, officer).cost
    assert cost.known == Decimal("0.04")
    # One text of one part has no receipt; what failed for the spend limit has no price at all
    assert (cost.open_parts, cost.estimated) == (1, Decimal("0.01"))


def test_without_any_price_nothing_is_estimated(campaign, officer):
    Message.objects.update(cost=None, delivery="")
    cost = progress(campaign, officer).cost
    assert (cost.known, cost.open_parts, cost.estimated) == (Decimal(0), 6, None)


def test_pace_and_end_are_told_while_something_waits(campaign, officer):
    found = progress(campaign, officer)
    assert found.a_second > 0
    assert found.ends_at > clock.now() - timedelta(minutes=1)
    Message.objects.filter(status=S.QUEUED).update(status=S.CANCELLED)
    found = progress(campaign, officer)
    assert (found.a_second, found.ends_at) == (0, None)


def test_progress_costs_as_many_queries_for_six_texts_as_for_one(campaign, officer):
    def queries():
        with CaptureQueriesContext(
            connection,
        ) as asked:
            progress(campaign, officer)
        return len(asked)

    queries()
    six = queries()
    Message.objects.exclude(pk=campaign.messages.first().pk).delete()
    assert queries() <= six


def test_a_message_shows_its_receipt_in_plain_words(client, officer, contact):
    message = a_sent_text(contact, amazon_id="amz-1")
    client.force_login(officer)
    assert (
        "no receipt has come yet"
        in client.get(page("campaigns_message", "change", message.pk)).text
    )
    log(an_event("amz-1", contact.number, said="Blocked as spam by phone carrier"))
    receipts.read()
    text = client.get(page("campaigns_message", "change", message.pk)).text
    assert "The carrier took it for spam" in text
    assert "Blocked as spam by phone carrier" in text
    assert "$0.00645" in text
    file = client.get(page("consent_contact", "change", contact.pk)).text
    assert "The carrier took it for spam." in file


def test_an_unconfirmed_message_shows_the_receipts_near_it(client, officer, contact):
    first, second = a_sent_text(contact), a_sent_text(contact)
    log(an_event("amz-7", contact.number))
    receipts.read()
    client.force_login(officer)
    text = client.get(page("campaigns_message", "change", first.pk)).text
    assert "none: it may be this one" in text
    assert "amz-7" in client.get(page("campaigns_message", "settle", first.pk)).text
    given = {"outcome": "accepted", "amazon_message_id": "amz-7", "reason": "The receipt"}
    client.post(page("campaigns_message", "settle", first.pk), given)
    receipts.read()
    first.refresh_from_db()
    assert (first.status, first.delivery) == (S.ACCEPTED, "delivered")
    text = client.get(page("campaigns_message", "settle", second.pk)).text
    assert "No receipt to this person near that time is without a message." in text


def test_a_contact_that_amazon_blocks_says_so_and_others_do_not(client, officer, aws, contact):
    client.force_login(officer)
    address = page("consent_contact", "change", contact.pk)
    assert "Blocked at Amazon" not in client.get(address).text
    aws.ask("/devstack/account", {"opt_out": [contact.number]})
    opt_out_sync.carry_out(opt_out_sync.begin().pk)
    text = client.get(address).text
    assert "Blocked at Amazon" in text
    assert "Only a new opt-in of their own" in text
    assert page("consent_contact", "unblock", contact.pk) not in text


def test_an_officer_takes_a_number_off_for_a_fresh_opt_in(client, officer, aws, contact, topic):
    aws.ask("/devstack/account", {"opt_out": [contact.number]})
    opt_out_sync.carry_out(opt_out_sync.begin().pk)
    client.force_login(officer)
    address = page("consent_contact", "unblock", contact.pk)
    assert "There is no opt-in since" in client.get(address).text
    make.an_event(contact, EventKind.OPTED_IN, topic, source=Source.PAPER_FORM)
    assert address in client.get(page("consent_contact", "change", contact.pk)).text
    comparison = OptOutComparison.objects.get()
    back = client.get(page("campaigns_optoutcomparison", "change", comparison.pk)).text
    assert "They agreed again, and Amazon still blocks them" in back
    assert "It rests on event" in client.get(address).text
    client.post(address, {"reason": ""})
    assert AmazonBlock.objects.get().left_at is None
    client.post(address, {"reason": "They came to the shop"})
    assert aws.ask("/devstack/account", {})["opted_out"] == []

    aws.ask("/devstack/account", {"opt_out": [contact.number]})
    opt_out_sync.carry_out(opt_out_sync.begin().pk)
    assert (
        "Amazon blocks this number until"
        in client.get(page("consent_contact", "change", contact.pk)).text
    )


def test_a_contact_whom_amazon_blocks_shows_what_becomes_of_the_next_text(
    client, officer, aws, contact, topic
):
    client.force_login(officer)
    address = page("consent_contact", "change", contact.pk)
    aws.ask("/devstack/account", {"opt_out": [contact.number]})
    opt_out_sync.carry_out(opt_out_sync.begin().pk)
    make.an_event(contact, EventKind.REQUESTED, topic, source=Source.WEB_FORM)
    assert "Only a new opt-in of their own" in client.get(address).text
    make.an_event(contact, EventKind.REQUESTED, topic, source=Source.KEYWORD)
    assert f"They asked by text for {topic} since" in client.get(address).text
    make.an_event(contact, EventKind.OPTED_IN, topic, source=Source.PAPER_FORM)
    told = client.get(address).text
    assert f"They agreed to {topic} since" in told
    assert "Amazon is asked to take the number off its list before the next text leaves" in told
    now = clock.now()
    for state, words in (
        ({"ask_at": now}, "texts to them wait for its answer"),
        ({"ask_at": None, "unanswered_at": now}, "did not answer for a day"),
        ({"refused_at": now}, "texts to them are refused."),
    ):
        AmazonBlock.objects.update(**state)
        assert words in client.get(address).text


def test_the_comparison_names_whom_it_opted_out(client, officer, aws, contact):
    aws.ask("/devstack/account", {"opt_out": [contact.number, "+12025550999"]})
    client.force_login(officer)
    answer = client.post(page("campaigns_optoutcomparison", "now"))
    run = OptOutComparison.objects.get()
    assert answer.url == page("campaigns_optoutcomparison", "change", run.pk)
    assert run.asked_by == officer
    opt_out_sync.carry_out(run.pk)
    text = client.get(answer.url).text
    assert "1 opted out here because Amazon" in text
    assert page("consent_contact", "change", contact.pk) in text
    told = client.get(page("campaigns_optoutcomparison", "progress", run.pk)).json()
    assert told["status"] == "done"


def test_the_account_is_checked_at_the_press_of_a_button(client, officer, aws, topic):
    make.a_number(topic, number="55501")
    aws.ask("/devstack/account", {"sandbox": True})
    client.force_login(officer)
    answer = client.post(page("campaigns_accountcheck", "now"))
    check = AccountCheck.objects.get()
    assert answer.url == page("campaigns_accountcheck", "change", check.pk)
    text = client.get(answer.url).text
    assert "The account is in the SMS sandbox" in text
    assert "What to do:" in text
    waiting = client.get(reverse("admin:index")).context["waiting"]
    assert any("with the account at Amazon" in item.words for item in waiting)


@pytest.mark.parametrize("model", ["campaigns_accountcheck", "campaigns_optoutcomparison"])
def test_auditors_look_and_start_nothing(client, staff, aws, model):
    client.force_login(staff("auditor", "Auditors"))
    assert client.get(page(model, "changelist")).status_code == 200
    assert client.post(page(model, "now")).status_code == 403
    assert client.get(page(model, "now")).status_code == 302
