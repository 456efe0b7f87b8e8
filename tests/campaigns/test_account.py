"""The account at Amazon, asked with boto3 over a socket: each trouble is found, with a remedy."""

from datetime import UTC, timedelta
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command

from campaigns import account, opt_out_sync, receipts
from campaigns.account_findings import Asked, spending
from campaigns.gateways import reads
from campaigns.models import (
    AccountCheck,
    DeliveryLog,
    Message,
    OptOutComparison,
    PartsUsed,
    SendingAccount,
)
from campaigns.vocabulary import NumberKind
from consent import clock
from tests import builders as make
from tests.campaigns.receipts_of_amazon import a_sent_text, an_event, log

pytestmark = pytest.mark.django_db


@pytest.fixture
def number(aws):
    """An account with which all is well."""
    made = make.a_number(make.a_topic(), number="55501")
    aws.ask("/devstack/account", {"numbers": ["55501"]})
    receipts.read()
    opt_out_sync.carry_out(opt_out_sync.begin().pk)
    return made


def change(aws, **wanted):
    aws.ask("/devstack/account", wanted)


def set_attributes(**attributes):
    reads.client("sns").set_sms_attributes(attributes=attributes)


def states():
    found = {}
    for each in account.look(clock.now()):
        found.setdefault(each.topic, []).append(each.state)
    return found


def the_finding(topic):
    (found,) = [each for each in account.look(clock.now()) if each.topic == topic]
    return found


def test_a_sound_account_has_no_trouble(number):
    assert states() == {
        "Account": ["ready"],
        "Sandbox": ["ready"],
        "Spending": ["ready"],
        "Receipts": ["ready"],
        "Origination numbers": ["ready"],
        "Who answers STOP": ["ready"],
        "Amazon's opt-out list": ["ready"],
    }


def test_every_trouble_comes_with_a_remedy(aws, number):
    change(aws, sandbox=True, numbers=["+12065550188"], self_managed=False)
    set_attributes(
        MonthlySpendLimit="1", DeliveryStatusSuccessSamplingRate="0", DeliveryStatusIAMRole=""
    )
    DeliveryLog.objects.update(fault="AccessDeniedException", fault_since=clock.now(), read_at=None)
    OptOutComparison.objects.update(ended_at=clock.now() - timedelta(days=3))
    found = [each for each in account.look(clock.now()) if each.state != "ready"]
    assert all(each.remedy for each in found)
    assert states() == {
        "Account": ["ready"],
        "Sandbox": ["trouble"],
        "Spending": ["ready"],
        "Receipts": ["trouble"] * 5,
        "Origination numbers": ["trouble", "warning"],
        "Who answers STOP": ["ready"],
        "Amazon's opt-out list": ["trouble"],
    }


def test_amazon_answering_stop_itself_is_a_warning(aws, number):
    change(aws, self_managed=False)
    found = the_finding("Who answers STOP")
    assert (found.state, "at 55501" in found.says) == ("warning", True)


def test_spending_nearly_at_the_limit_is_trouble_by_receipts_alone(number):
    set_attributes(MonthlySpendLimit="2")
    contact = make.an_opted_in_contact(number.topics.get())
    a_sent_text(contact, amazon_id="amz-1")
    log(an_event("amz-1", contact.number, price=1.6))
    receipts.read()
    found = the_finding("Spending")
    assert found.state == "trouble"
    assert found.says.startswith("$1.60 of $2.00 spent this month")


def test_spending_counts_what_others_in_the_account_sent(number):
    reads.client("cloudwatch").put_metric_data(
        Namespace="AWS/SNS",
        MetricData=[
            {"MetricName": "SMSMonthToDateSpentUSD", "Value": 49.0, "Timestamp": clock.now()}
        ],
    )
    assert the_finding("Spending").says.startswith("$49.00 of $50.00 spent")


def test_spending_says_how_much_of_it_is_known_and_how_much_estimated(number):
    SendingAccount.objects.create(price_per_part=Decimal("0.10"))
    hour = clock.now().astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    PartsUsed.objects.create(origination_number=number, country="US", hour=hour, parts=5)
    contact = make.an_opted_in_contact(number.topics.get())
    message = a_sent_text(contact, amazon_id="amz-1")
    Message.objects.update(claimed_at=clock.now())
    log(an_event("amz-1", contact.number, price=0.25))
    receipts.read()
    message.refresh_from_db()
    assert message.cost == Decimal("0.25")
    says = the_finding("Spending").says
    assert says.startswith("$0.65 of ")
    assert says.endswith("Our own texts: $0.65, $0.25 as Amazon's receipts say, $0.40 estimated.")


def test_the_pace_of_the_month_warns_before_the_limit_does(number):
    now = clock.now().replace(day=10, hour=0)
    settings = Asked({"MonthlySpendLimit": "10"})
    (found,) = spending(settings, Asked(Decimal("4.5")), now)
    assert found.state == "warning"
    assert found.says.startswith("$4.50 of $10.00 spent this month; at this pace $1")


def test_a_list_that_was_never_compared_is_trouble_after_a_day(number):
    OptOutComparison.objects.all().delete()
    assert the_finding("Amazon's opt-out list").state == "warning"
    OptOutComparison.objects.create(
        began_at=clock.now() - timedelta(days=2), state="failed", ended_at=clock.now()
    )
    assert the_finding("Amazon's opt-out list").state == "trouble"


def test_a_sender_id_is_not_looked_for_among_numbers(aws, number):
    make.a_number(number="Example", kind=NumberKind.SENDER_ID)
    assert states()["Origination numbers"] == ["ready"]


def test_what_amazon_does_not_answer_is_said(aws, number):
    change(aws, throttle={"GetSMSSandboxAccountStatus": 50})
    found = the_finding("Sandbox")
    assert (found.state, "Throttled" in found.says) == ("unknown", True)


def test_the_check_is_kept_and_due_again_after_an_hour(number):
    assert account.is_due()
    kept = account.check()
    assert (kept.troubles, len(kept.findings)) == (0, 7)
    assert not account.is_due()
    AccountCheck.objects.update(checked_at=clock.now() - timedelta(minutes=61))
    assert account.is_due()


def test_the_command_prints_the_same_and_fails_on_trouble(aws, number, capsys):
    call_command("check_aws")
    assert "ok       Sandbox: In production: texts reach any number." in capsys.readouterr().out
    change(aws, sandbox=True)
    with pytest.raises(CommandError, match=r"1 trouble\."):
        call_command("check_aws")
    assert "-> In the SNS console" in capsys.readouterr().out


def test_an_account_that_cannot_be_reached_is_one_plain_trouble(number, settings):
    settings.AWS_ENDPOINT_URL = "http://127.0.0.1:9"
    (found,) = account.look(clock.now())
    assert (found.topic, found.state) == ("Account", "trouble")
    assert "EndpointConnectionError" in found.says
