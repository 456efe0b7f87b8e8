"""Whose turn it is at a number: the most urgent first, and nobody waits for ever."""

from django.db.models import QuerySet

from campaigns.allowance import URGENT
from campaigns.models import Message, OriginationNumber

# Of so many claims in a row that were filled whole, the last begins with campaigns or, every other
# time, with list audits, which campaigns would keep waiting
ROUND = 5
CAMPAIGNS, AUDITS = 5, 7  # priorities


def take(
    due: QuerySet[Message], number: OriginationNumber, most: int, *, urgent_only: bool = False
) -> list[Message]:
    """Return up to so many due messages in order of urgency; `due` is ordered and locks its rows.

    The caller saves `number.turn`.
    """
    if urgent_only:
        return list(due.filter(priority__lte=URGENT)[:most])
    rows: list[Message] = []
    for first in _begins_with(number.turn):
        rows = rows or list(due.filter(priority__gte=first)[:most])
    number.turn = (number.turn + 1) % (2 * ROUND) if len(rows) >= most else 0
    return rows


def _begins_with(turn: int) -> tuple[int, ...]:
    match turn:
        case 4:
            return (CAMPAIGNS, 0)
        case 9:
            return (AUDITS, CAMPAIGNS, 0)
    return (0,)
