"""Whose turn it is at a number: the most urgent first, and nobody waits for ever."""

from campaigns.allowance import URGENT
from campaigns.models import Message, OriginationNumber
from campaigns.waiting import Due

# Of so many claims in a row that were filled whole, the last begins with campaigns or, every other
# time, with list audits, which campaigns would keep waiting
ROUND = 5
CAMPAIGNS, AUDITS = 5, 7  # priorities


def take(
    due: Due, number: OriginationNumber, most: int, *, urgent_only: bool = False
) -> list[Message]:
    """Lock and return up to so many due messages in order of urgency.

    The caller saves `number.turn`.
    """
    if urgent_only:
        return due.hold(most, last=URGENT)
    rows: list[Message] = []
    for first in _begins_with(number.turn):
        rows = rows or due.hold(most, first=first)
    number.turn = (number.turn + 1) % (2 * ROUND) if len(rows) >= most else 0
    return rows


def _begins_with(turn: int) -> tuple[int, ...]:
    match turn:
        case 4:
            return (CAMPAIGNS, 0)
        case 9:
            return (AUDITS, CAMPAIGNS, 0)
    return (0,)
