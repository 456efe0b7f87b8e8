"""How fast an origination number may send, over all workers and machines together.

The carrier allows so many parts a second. Each part gets its slot from the number's row, so two
workers never share one. The account has slots of its own, which all its numbers share.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import F
from django.db.models.functions import Greatest

from campaigns.models import OriginationNumber, SendingAccount
from campaigns.statements import execute, records
from consent.vocabulary import MessageClass

# A batch holds what may leave within this time: a pause or an opt-out soon takes effect
HORIZON = timedelta(seconds=1)
# Slots further ahead were reserved on a clock that has been turned back since
FURTHEST = timedelta(minutes=10)
# Amazon gives one recipient one text a second, whatever the number, and counts when texts arrive:
# some room for one that left late
BETWEEN_TEXTS = timedelta(seconds=1.3)

HOLD = "WHERE id = %(number)s FOR NO KEY UPDATE"
RESERVE = """
    UPDATE campaigns_originationnumber SET next_slot_at = %(slot)s, turn = %(turn)s
    WHERE id = %(number)s
"""


def free_from(
    number: OriginationNumber, moment: datetime, account: SendingAccount | None = None
) -> datetime:
    """Return the moment from which the number's next part may leave."""
    slots = [number.next_slot_at]
    if account:
        slots.append(getattr(account, _slot_of(number)))
    return max(
        (slot for slot in slots if slot and moment < slot <= moment + FURTHEST), default=moment
    )


def room(number: OriginationNumber, moment: datetime, account: SendingAccount | None = None) -> int:
    """Return how many parts may begin to leave within the horizon; 0 while slots are taken."""
    ahead = (moment + HORIZON - free_from(number, moment, account)).total_seconds()
    if ahead <= 0:
        return 0
    rate = number.parts_per_second
    if account:
        rate = min(rate, account.rate(number.message_class))
    return max(1, int(ahead * rate))


def hold(number_id: int) -> OriginationNumber:
    """Lock a number until the transaction ends, so that no two claims give out its slots at once.

    Take it first in a claim. Rows that point at the number can be written meanwhile.
    """
    for number in records(OriginationNumber, HOLD, number=number_id):
        return number
    raise OriginationNumber.DoesNotExist(number_id)


def reserve(
    number: OriginationNumber,
    parts: Sequence[int],
    moment: datetime,
    account: SendingAccount | None = None,
) -> list[datetime]:
    """Take slots for texts of so many parts each; return the moment at which each may leave.

    The caller holds the number, and the account where there is one. All numbers together begin as
    many texts as the account may, counted over a batch: within a second two may overlap.
    """
    slot = first = free_from(number, moment, account)
    between = timedelta(seconds=1 / account.rate(number.message_class)) if account else timedelta()
    moments = []
    for count in parts:
        moments.append(slot)
        slot += max(timedelta(seconds=count / number.parts_per_second), between)
    execute(RESERVE, number=number.pk, slot=slot, turn=number.turn)
    if account:
        SendingAccount.objects.update(**{_slot_of(number): first + len(parts) * between})
    return moments


def rest(number_id: int, until: datetime) -> None:
    """Let nothing leave from a number before a moment; a longer rest stays."""
    numbers = OriginationNumber.objects.filter(pk=number_id)
    # next_slot_at may be null, and GREATEST leaves nulls out
    numbers.update(next_slot_at=Greatest(F("next_slot_at"), until))


def _slot_of(number: OriginationNumber) -> str:
    promotional = number.message_class == MessageClass.PROMOTIONAL
    return "promotional_slot_at" if promotional else "transactional_slot_at"
