"""How many parts a number may still send: its day's cap and the account's money.

Parts are counted as they are claimed, under the locks of number and account, so all workers
together keep to it. What did not leave is taken off again.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db import connection
from django.db.models import Sum

from campaigns.models import Message, OriginationNumber, PartsUsed, SendingAccount
from campaigns.spending import spending
from campaigns.statements import records

DAY = timedelta(hours=24)
# Of a day's cap so much is kept for STOP and HELP replies, one part at least
RESERVE_PERCENT = 2
# Priorities up to this are urgent: STOP and HELP replies, and what staff answer
URGENT = 2

HOLD = "ORDER BY id LIMIT 1 FOR NO KEY UPDATE"

COUNT = """
    INSERT INTO campaigns_partsused AS u (origination_number_id, country, hour, parts)
    SELECT %(number)s, c.country, %(hour)s, c.parts
    FROM unnest(%(countries)s::text[], %(parts)s::int[]) AS c(country, parts)
    ON CONFLICT (origination_number_id, hour, country)
    DO UPDATE SET parts = u.parts + EXCLUDED.parts
"""

GIVE_BACK = """
    UPDATE campaigns_partsused AS u SET parts = greatest(0, u.parts - gone.parts)
    FROM (
        SELECT m.origination_number_id AS number, c.country,
               date_trunc('hour', m.claimed_at, 'UTC') AS hour, sum(m.parts) AS parts
        FROM campaigns_message AS m JOIN consent_contact AS c ON c.id = m.contact_id
        WHERE m.id = ANY(%(ids)s) AND m.claimed_at IS NOT NULL
        GROUP BY 1, 2, 3
    ) AS gone
    WHERE u.origination_number_id = gone.number AND u.country = gone.country
        AND u.hour = gone.hour
"""


@dataclass(frozen=True, slots=True)
class Allowance:
    """How many parts may be claimed now; None is no bound."""

    urgent: int | None
    others: int | None

    @property
    def urgent_only(self) -> bool:
        """Say whether nothing but urgent texts may go."""
        return self.others == 0

    @property
    def most(self) -> int | None:
        """Return the bound of a claim."""
        return self.urgent if self.urgent_only else self.others


def hold_account() -> SendingAccount | None:
    """Lock the account until the transaction ends, or return None where nobody described it.

    Take it after the number.
    """
    return next(iter(records(SendingAccount, HOLD)), None)


def allowance(
    number: OriginationNumber, account: SendingAccount | None, moment: datetime
) -> Allowance:
    """Return what the day's cap and the month's money leave; the caller holds both rows."""
    urgent, others = _of_day(number, moment)
    if account is None or account.monthly_limit is None:
        return Allowance(urgent, others)
    money = spending(moment)
    assert money is not None
    return Allowance(
        _least(urgent, money.parts_left(urgent=True)),
        _least(others, money.parts_left(urgent=False)),
    )


def count(number: OriginationNumber, messages: Iterable[Message], moment: datetime) -> None:
    """Count the parts of messages that are claimed at a moment."""
    parts: Counter[str] = Counter()
    for each in messages:
        parts[each.contact.country] += each.parts
    if not parts:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            COUNT,
            {
                "number": number.pk,
                "hour": _hour(moment),
                "countries": list(parts),
                "parts": list(parts.values()),
            },
        )


def give_back(messages: Sequence[int]) -> None:
    """Take messages that Amazon did not take off the count again."""
    if messages:
        with connection.cursor() as cursor:
            cursor.execute(GIVE_BACK, {"ids": list(messages)})


def _of_day(number: OriginationNumber, moment: datetime) -> tuple[int | None, int | None]:
    if number.parts_per_day is None:
        return None, None
    # Whole hours, so never more than the cap in any day, whenever the carrier's begins
    used = (
        PartsUsed.objects.filter(
            origination_number=number, hour__gt=_hour(moment) - DAY - timedelta(hours=1)
        ).aggregate(parts=Sum("parts"))["parts"]
        or 0
    )
    left = max(0, number.parts_per_day - used)
    kept = max(1, number.parts_per_day * RESERVE_PERCENT // 100)
    return left, max(0, left - kept)


def _hour(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def _least(one: int | None, other: int | None) -> int | None:
    return min((each for each in (one, other) if each is not None), default=None)
