"""What the month has cost so far, and how much the account may still spend."""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from django.db import connection

WARNINGS = (95, 80, 50)  # percent
# STOP and HELP replies keep going out on the last of it
RESERVE = Decimal("0.02")

MONEY = """
    SELECT coalesce(sum(u.parts * coalesce(p.price, a.price_per_part)), 0), a.monthly_limit,
           greatest(a.price_per_part, (SELECT max(price) FROM campaigns_partprice))
    FROM campaigns_sendingaccount AS a
        LEFT JOIN campaigns_partsused AS u ON u.hour >= %s
        LEFT JOIN campaigns_partprice AS p ON p.country = u.country
    GROUP BY a.id
"""


@dataclass(frozen=True, slots=True)
class Spending:
    """This month's money in US dollars: what is gone, what may go, and what a part costs at most.

    `percent` is None where no limit is watched.
    """

    spent: Decimal
    limit: Decimal | None
    dearest: Decimal

    @property
    def percent(self) -> int | None:
        """Return how much of the limit is gone, in whole percent."""
        return int(100 * self.spent / self.limit) if self.limit else None

    @property
    def warning(self) -> int | None:
        """Return the highest mark that is passed, or None."""
        return next((mark for mark in WARNINGS if (self.percent or 0) >= mark), None)

    @property
    def stopped(self) -> bool:
        """Say whether nothing but urgent texts goes out any more."""
        return self.parts_left(urgent=False) == 0

    def parts_left(self, *, urgent: bool) -> int | None:
        """Return how many parts may still be paid for, at the dearest price; None: no limit."""
        if self.limit is None:
            return None
        usable = self.limit if urgent else self.limit * (1 - RESERVE)
        return max(0, int((usable - self.spent) / self.dearest))


def month_of(moment: datetime) -> datetime:
    """Return when Amazon's month began: on its first day, in UTC."""
    return moment.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def spending(moment: datetime) -> Spending | None:
    """Return how the account's month stands, in one query; None where nobody described it.

    Estimated from the parts that were claimed, at the prices kept. Where receipts tell what a text
    did cost, this is the place to count that instead.
    """
    with connection.cursor() as cursor:
        cursor.execute(MONEY, [month_of(moment)])
        found = cursor.fetchone()
    return Spending(*found) if found else None
