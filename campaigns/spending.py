"""What the month has cost so far, and how much the account may still spend."""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from django.db import connection

WARNINGS = (95, 80, 50)  # percent
# STOP and HELP replies keep going out on the last of it
RESERVE = Decimal("0.02")

# A few rows a month of what is known; of what is not, as many as hours, numbers and countries
MONEY = """
    WITH known AS (
        SELECT country, parts, cost FROM campaigns_partspriced WHERE month = %(month)s
    ), used AS (
        SELECT country, sum(parts) AS parts
        FROM campaigns_partsused WHERE hour >= %(month)s GROUP BY country
    ), guessed AS (
        SELECT u.country, greatest(0, u.parts - coalesce(k.parts, 0)) AS parts
        FROM used AS u LEFT JOIN known AS k ON k.country = u.country
    )
    SELECT coalesce((SELECT sum(cost) FROM known), 0),
           coalesce((
               SELECT sum(g.parts * coalesce(p.price, a.price_per_part))
               FROM guessed AS g LEFT JOIN campaigns_partprice AS p ON p.country = g.country
           ), 0),
           a.monthly_limit,
           greatest(a.price_per_part, (SELECT max(price) FROM campaigns_partprice))
    FROM campaigns_sendingaccount AS a
"""


@dataclass(frozen=True, slots=True)
class Spending:
    """This month's money in US dollars: what is gone, what may go, and what a part costs at most.

    `known` is how much of what is gone stands in Amazon's receipts; the rest is estimated.
    `percent` is None where no limit is watched.
    """

    spent: Decimal
    limit: Decimal | None
    dearest: Decimal
    known: Decimal = Decimal(0)

    @property
    def estimated(self) -> Decimal:
        """Return how much of what is gone no receipt has told yet."""
        return self.spent - self.known

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

    What receipts say texts cost, and for all other parts that were claimed the prices kept.
    """
    with connection.cursor() as cursor:
        cursor.execute(MONEY, {"month": month_of(moment)})
        found = cursor.fetchone()
    if found is None:
        return None
    known, guessed, limit, dearest = found
    return Spending(known + guessed, limit, dearest, known)


def known_and_guessed(money: Spending) -> str:
    """Say how much of what is spent Amazon's receipts tell, and how much we only estimate."""
    if not money.known:
        return "all of it estimated; no receipt has told a price yet"
    if not money.estimated:
        return "all of it as Amazon's receipts say"
    return f"${money.known:,.2f} as Amazon's receipts say, ${money.estimated:,.2f} estimated"
