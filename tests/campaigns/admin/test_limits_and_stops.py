"""What Amazon allows, and what staff are told and may do when it takes nothing."""

from datetime import UTC
from decimal import Decimal

import pytest
from django.core.management import call_command
from django.urls import reverse

from campaigns import stops
from campaigns.management.commands.setup_roles import AUDITORS, AUTHORS, OFFICERS
from campaigns.models import PartsPriced, PartsUsed, SendingAccount
from campaigns.spending import month_of
from campaigns.vocabulary import AccountFault
from consent import clock
from tests import builders as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def sign_in(client):
    """Sign somebody of a role in."""
    call_command("setup_roles", verbosity=0)

    def signed_in(role):
        from django.contrib.auth.models import Group

        user = make.a_user(role.lower().replace(" ", "-"))
        user.groups.add(Group.objects.get(name=role))
        client.force_login(user)
        return client

    return signed_in


def home(client):
    return client.get(reverse("admin:index")).text


def test_an_officer_is_told_what_is_wrong_and_what_to_do(sign_in):
    SendingAccount.objects.create()
    number = make.a_number()
    stops.stop(AccountFault.SANDBOX, number_id=number.pk)
    stops.stop(AccountFault.NO_ORIGINATION, number_id=number.pk)
    page = home(sign_in(OFFICERS))
    assert "The account is in the SMS sandbox: only verified numbers are texted." in page
    assert "choose Exit SMS sandbox" in page
    assert "Nothing leaves from 12345 since" in page
    assert page.count("Try again") == 2


def test_an_author_is_told_and_has_no_button(sign_in):
    SendingAccount.objects.create()
    stops.stop(AccountFault.SANDBOX, number_id=None)
    page = home(sign_in(AUTHORS))
    assert "The account is in the SMS sandbox" in page
    assert "Try again" not in page


def test_trying_again_is_for_officers_with_a_reason_and_is_written_down(sign_in):
    held = stops.stop(AccountFault.SPEND, number_id=None)
    address = reverse("admin:campaigns_sendingstop_try_again", args=[held.pk])
    assert sign_in(AUDITORS).post(address, {"reason": "Curious"}).status_code == 403
    client = sign_in(OFFICERS)
    asked = client.get(address).text
    assert "0 messages wait." in asked
    assert "Raise the monthly SMS spend limit" in asked
    assert client.post(address, {"reason": ""}).status_code == 200
    held.refresh_from_db()
    assert held.retry_at is None
    client.post(address, {"reason": "The limit is 500 dollars now"})
    held.refresh_from_db()
    assert held.retry_at is not None
    log = client.get(reverse("admin:admin_logentry_changelist")).text
    assert "The limit is 500 dollars now" in log


def test_a_stop_that_is_over_cannot_be_tried(sign_in):
    held = stops.stop(AccountFault.SPEND, number_id=None)
    stops.taken(make.a_number().pk)
    page = sign_in(OFFICERS).get(reverse("admin:campaigns_sendingstop_try_again", args=[held.pk]))
    assert "It is over already" in page.text


@pytest.mark.parametrize(
    ("parts", "told"),
    [
        (49, ""),
        (50, "50 % of the month&#x27;s money is spent"),
        (81, "81 % of the month&#x27;s money is spent"),
        (95, "95 % of the month&#x27;s money is spent"),
        (98, "Campaigns wait: the month&#x27;s money is spent"),
    ],
)
def test_the_months_money_is_warned_of(sign_in, parts, told):
    SendingAccount.objects.create(monthly_limit=Decimal("1.00"), price_per_part=Decimal("0.01"))
    hour = clock.now().astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    PartsUsed.objects.create(
        origination_number=make.a_number(), country="US", hour=hour, parts=parts
    )
    page = home(sign_in(OFFICERS))
    assert ("notice-" in page) is bool(told)
    assert told in page


def test_the_account_and_its_warning_say_what_is_known_and_what_estimated(sign_in):
    SendingAccount.objects.create(monthly_limit=Decimal("1.00"), price_per_part=Decimal("0.01"))
    hour = clock.now().astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    PartsUsed.objects.create(origination_number=make.a_number(), country="US", hour=hour, parts=50)
    PartsPriced.objects.create(
        country="US", month=month_of(clock.now()), parts=20, cost=Decimal("0.55")
    )
    client = sign_in(OFFICERS)
    told = "$0.55 as Amazon&#x27;s receipts say, $0.30 estimated"
    address = reverse("admin:campaigns_sendingaccount_change", args=[1])
    assert f"0.85 US dollars, 85 % of the limit: {told}" in client.get(address).text
    assert f"0.85 of 1.00 US dollars are spent this month: {told}." in home(client)


def test_officers_describe_the_account_once(sign_in):
    client = sign_in(OFFICERS)
    assert "Nobody has said what Amazon allows this account" in home(client)
    given = {
        "transactional_per_second": "20",
        "promotional_per_second": "20",
        "monthly_limit": "500",
        "price_per_part": "0.01",
    }
    add = reverse("admin:campaigns_sendingaccount_add")
    assert client.post(add, given).status_code == 302
    change = reverse("admin:campaigns_sendingaccount_change", args=[1])
    for answer in (client.get(add), client.post(add, given)):
        assert (answer.status_code, answer.url) == (302, change)
    assert "Nobody has said" not in home(client)
    client.post(change, given | {"monthly_limit": "600", "change_reason": "Amazon raised it"})
    account = SendingAccount.objects.get()
    assert account.monthly_limit == 600
    assert account.history.latest().history_change_reason == "Amazon raised it"


@pytest.mark.parametrize("page", ["sendingaccount", "partprice", "sendingstop"])
def test_auditors_see_it_all(sign_in, page):
    SendingAccount.objects.create()
    stops.stop(AccountFault.SPEND, number_id=None)
    client = sign_in(AUDITORS)
    assert client.get(reverse(f"admin:campaigns_{page}_changelist")).status_code == 200


def test_the_list_of_stops_costs_a_fixed_number_of_queries(sign_in):
    client, counts = sign_in(AUDITORS), []
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    for n in range(3):
        stops.stop(AccountFault.NO_ORIGINATION, number_id=make.a_number(number=f"1234{n}").pk)
        if n != 1:
            with CaptureQueriesContext(connection) as seen:
                client.get(reverse("admin:campaigns_sendingstop_changelist"))
            counts.append(len(seen))
    assert counts[0] == counts[1]


def test_a_campaigns_page_says_what_expired_and_why_nothing_leaves(sign_in):
    SendingAccount.objects.create()
    topic = make.a_topic()
    number = make.a_number(topic)
    make.an_opted_in_contact(topic)
    campaign = make.a_running_campaign(topic, number, when_window_closes="expire")
    campaign.messages.update(status="expired", reason_code="window.closed")
    stops.stop(AccountFault.REPUTATION, number_id=number.pk)
    client = sign_in(OFFICERS)
    page = client.get(reverse("admin:campaigns_campaign_change", args=[campaign.pk])).text
    assert "Its reader&#x27;s hours were over before it was sent" in page
    assert "Amazon has switched texting off for this account." in page
    assert "Do not send it any more" in page
