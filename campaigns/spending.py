"""What the month has cost so far, and how much the account may still spend."""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from django.db.models import Sum

from campaigns.models import PartPrice, PartsUsed, SendingAccount

WARNINGS = (95, 80, 50)  # percent
# STOP and HELP replies keep going out on the last of it
RESERVE = Decimal("0.02")


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


def spent_since(start: datetime, account: SendingAccount) -> tuple[Decimal, Decimal]:
    """Return the US dollars spent since a moment, and the dearest price of a part.

    Estimated from the parts that were claimed, at the prices kept. Where receipts tell what a text
    did cost, this is the place to count that instead.
    """
    prices = dict(PartPrice.objects.values_list("country", "price"))
    used = (
        PartsUsed.objects.filter(hour__gte=start)
        .values_list("country")
        .annotate(parts=Sum("parts"))
        .order_by()
    )
    spent = sum(
        (parts * prices.get(country, account.price_per_part) for country, parts in used),
        start=Decimal(),
    )
    return spent, max(account.price_per_part, *prices.values(), Decimal())


def spending(account: SendingAccount, moment: datetime) -> Spending:
    """Return how the account's month stands."""
    spent, dearest = spent_since(month_of(moment), account)
    return Spending(spent, account.monthly_limit, dearest)
