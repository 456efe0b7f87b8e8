"""What Amazon's answers about our account mean: what is wrong, and how to mend it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Sum
from django.utils import timezone

from campaigns.gateways.account import NumberAtAmazon
from campaigns.models import DeliveryLog, OptOutComparison, OriginationNumber, Receipt
from campaigns.spending import known_and_guessed
from campaigns.spending import spending as our_spending
from campaigns.vocabulary import ComparisonState, NumberKind

RECENT = timedelta(minutes=30)
DEFAULT_LIMIT = Decimal("1.00")  # what Amazon grants a new account a month
SPENT_NEARLY = Decimal("0.80")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing about the account: `state` is ready, warning, trouble or unknown."""

    topic: str
    state: str
    says: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """An answer of Amazon's, or the code with which it did not answer."""

    answer: Any = None
    fault: str = ""


def _unanswered(topic: str, fault: str, right: str) -> list[Finding]:
    return [
        Finding(
            topic,
            "unknown",
            f"Amazon did not say: {fault}.",
            f"Grant the server's role {right}, or try again later.",
        )
    ]


def sandbox(asked: Asked) -> list[Finding]:
    """Say whether texts reach anybody."""
    if asked.fault:
        return _unanswered("Sandbox", asked.fault, "sns:GetSMSSandboxAccountStatus")
    if asked.answer:
        return [
            Finding(
                "Sandbox",
                "trouble",
                "The account is in the SMS sandbox: texts reach verified numbers alone; all others "
                "are accepted and then fail.",
                "In the SNS console under Text messaging (SMS), choose Exit SMS sandbox.",
            )
        ]
    return [Finding("Sandbox", "ready", "In production: texts reach any number.")]


def spending(settings: Asked, metric: Asked, now: datetime) -> list[Finding]:
    """Compare what was spent with the month's limit, now and at the month's end."""
    if settings.fault:
        return _unanswered("Spending", settings.fault, "sns:GetSMSAttributes")
    said = settings.answer.get("MonthlySpendLimit", "")
    limit = Decimal(said) if said.replace(".", "", 1).isdigit() else DEFAULT_LIMIT
    begin, end = _month(now)
    by_receipts = Receipt.objects.filter(published_at__gte=begin, price__isnull=False).aggregate(
        total=Sum("price")
    )["total"] or Decimal(0)
    # Amazon counts what others in the account send; receipts come sooner, our own estimate first
    ours = our_spending(now)
    spent = max(by_receipts, metric.answer or Decimal(0), ours.spent if ours else Decimal(0))
    expected = spent * Decimal((end - begin) / max(now - begin, timedelta(days=1)))
    says = (
        f"${spent:,.2f} of ${limit:,.2f} spent this month; at this pace ${expected:,.2f} by its "
        "end."
    )
    if ours and ours.spent:
        says += f" Our own texts: ${ours.spent:,.2f}, {known_and_guessed(ours)}."
    remedy = (
        "Past the limit Amazon accepts texts and drops them. Ask for a higher SMS spend quota in "
        "AWS Support, then raise MonthlySpendLimit in the SNS console."
    )
    if spent >= limit * SPENT_NEARLY:
        return [Finding("Spending", "trouble", says, remedy)]
    if expected > limit:
        return [Finding("Spending", "warning", says, remedy)]
    return [Finding("Spending", "ready", says)]


def _month(now: datetime) -> tuple[datetime, datetime]:
    """Return the bounds of Amazon's month, which runs in UTC."""
    utc = now.astimezone(timezone.get_fixed_timezone(0))
    begin = utc.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return begin, (begin + timedelta(days=32)).replace(day=1)


def receipts(settings: Asked, now: datetime) -> list[Finding]:
    """Say whether Amazon writes receipts and whether we read them."""
    found = []
    if settings.fault:
        found += _unanswered("Receipts", settings.fault, "sns:GetSMSAttributes")
    else:
        found += _logging(settings.answer)
    for log in DeliveryLog.objects.all():
        if log.fault:
            since = timezone.localtime(log.fault_since or now)
            found.append(
                Finding(
                    "Receipts",
                    "trouble",
                    f"{log.group} cannot be read since {since:%B %-d, %H:%M}: {log.fault}.",
                    "Grant the server's role logs:FilterLogEvents on it. Nothing is lost: reading "
                    "goes on where it ended, as long as the log keeps its events.",
                )
            )
    last = max((log.read_at for log in DeliveryLog.objects.all() if log.read_at), default=None)
    if last is None or last < now - RECENT:
        when = f"last {timezone.localtime(last):%B %-d, %H:%M}" if last else "never"
        found.append(
            Finding(
                "Receipts",
                "trouble",
                f"The delivery logs were read: {when}.",
                "See that beat and a worker run.",
            )
        )
    return found


def _logging(settings: Mapping[str, str]) -> list[Finding]:
    found = []
    if not settings.get("DeliveryStatusIAMRole"):
        found.append(
            Finding(
                "Receipts",
                "trouble",
                "Amazon writes no delivery logs: nobody will know what became of any text.",
                "In the SNS console under Text messaging (SMS), edit Delivery status logging and "
                "let it create the service role.",
            )
        )
    rate = settings.get("DeliveryStatusSuccessSamplingRate", "100")
    if rate != "100":
        found.append(
            Finding(
                "Receipts",
                "trouble",
                f"Amazon logs {rate} % of the texts that arrive: the others stay without proof.",
                "Set the success sample rate of Delivery status logging to 100 %.",
            )
        )
    return found or [Finding("Receipts", "ready", "Amazon logs every text, arrived or not.")]


def numbers(asked: Asked) -> list[Finding]:
    """Compare the numbers at Amazon with ours."""
    if asked.fault:
        return _unanswered("Origination numbers", asked.fault, "sns:ListOriginationNumbers")
    theirs: dict[str, NumberAtAmazon] = {_bare(each.number): each for each in asked.answer}
    listed = OriginationNumber.objects.exclude(kind=NumberKind.SENDER_ID)
    ours = {_bare(each.number): each for each in listed}
    found = []
    for bare, number in ours.items():
        if not number.live:
            continue
        at_amazon = theirs.get(bare)
        if at_amazon is None:
            found.append(
                Finding(
                    "Origination numbers",
                    "trouble",
                    f"{number} is live here and unknown to the account.",
                    "Request it in AWS End User Messaging in this region, or turn it off here: "
                    "texts from it are refused, or leave from another number.",
                )
            )
        elif at_amazon.status.upper() != "ACTIVE":
            found.append(
                Finding(
                    "Origination numbers",
                    "trouble",
                    f"{number} is live here and {at_amazon.status.lower() or 'not ready'} there.",
                    "See its registration in AWS End User Messaging; wait until it is active.",
                )
            )
    strangers = sorted(each.number for bare, each in theirs.items() if bare not in ours)
    if strangers:
        found.append(
            Finding(
                "Origination numbers",
                "warning",
                f"Not on record here: {', '.join(strangers)}.",
                "Add them under Origination numbers if we text from them: a STOP to a number that "
                "is not on record opts nobody out.",
            )
        )
    return found or [
        Finding("Origination numbers", "ready", "All live numbers are active at Amazon.")
    ]


def opt_out_mode(asked: Asked) -> list[Finding]:
    """Say who answers STOP at our numbers."""
    topic = "Who answers STOP"
    if asked.fault:
        return [
            Finding(
                topic,
                "unknown",
                f"SNS does not tell, and End User Messaging did not answer: {asked.fault}.",
                "Grant the server's role sms-voice:DescribePhoneNumbers, or look there whether "
                "self-managed opt-outs are on for each number.",
            )
        ]
    ours = {_bare(number) for number in _live()}
    amazon = sorted(n for n, own in asked.answer.items() if not own and _bare(n) in ours)
    if amazon:
        return [
            Finding(
                topic,
                "warning",
                f"Amazon answers STOP itself at {', '.join(amazon)} and does not tell us. We learn "
                "of it from failed texts and from the daily comparison of its opt-out list.",
                "In AWS End User Messaging turn on two-way texts and self-managed opt-outs for "
                "these numbers, so that each STOP is recorded at once with its words.",
            )
        ]
    return [Finding(topic, "ready", "STOP comes to us, and we answer it.")]


def _live() -> Iterable[str]:
    return OriginationNumber.objects.filter(live=True).values_list("number", flat=True)


def comparison(now: datetime) -> list[Finding]:
    """Say when Amazon's opt-out list was last compared with the ledger."""
    done = OptOutComparison.objects.filter(state=ComparisonState.DONE).first()
    topic = "Amazon's opt-out list"
    if done is not None and done.ended_at and done.ended_at > now - timedelta(days=2):
        when = timezone.localtime(done.ended_at)
        return [
            Finding(
                topic,
                "ready",
                f"Compared {when:%B %-d, %H:%M}: {done.listed:,} listed, {done.opted_out_here:,} "
                "were news to us.",
            )
        ]
    begun = OptOutComparison.objects.order_by("pk").first()
    if done is None and (begun is None or begun.began_at > now - timedelta(days=1)):
        return [
            Finding(
                topic,
                "warning",
                "It has not been compared with the ledger yet.",
                "It is compared once a day by itself; or compare now.",
            )
        ]
    return [
        Finding(
            topic,
            "trouble",
            "It was not compared with the ledger for two days.",
            "See that beat and a worker run and that the server's role has "
            "sns:ListPhoneNumbersOptedOut; or compare now.",
        )
    ]


def _bare(number: str) -> str:
    return number.removeprefix("+")
