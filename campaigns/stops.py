"""Stop the sender when Amazon refuses the account, and let it go on once that is mended.

The fault is the account's, so no message is spent on it: all wait. One text at a time is tried.
"""

import logging
from datetime import timedelta

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.db.models import F, Q

from campaigns.models import SendingStop
from campaigns.remedies import REMEDIES
from campaigns.statements import rows
from campaigns.vocabulary import AccountFault
from consent import clock

logger = logging.getLogger(__name__)

# Faults that may go away by themselves are tried this often
BETWEEN_TRIES = timedelta(minutes=5)
ANY = "SELECT FROM campaigns_sendingstop WHERE ended_at IS NULL LIMIT 1"
OF_ONE_NUMBER = frozenset({AccountFault.NO_ORIGINATION})


class CannotRetry(Exception):  # noqa: N818  reads as what it is where it is caught
    """A stop that is over already; the sentence is for staff."""


@transaction.atomic
def stop(fault: AccountFault, *, number_id: int | None, code: str = "") -> SendingStop:
    """Stop the whole account, or the one number that the fault is about; return the stop.

    A stop that holds already is brought up to date. Receipts call it too: SNS tells of spend limit,
    sandbox and missing numbers there only.
    """
    of_number = number_id if fault in OF_ONE_NUMBER else None
    moment = clock.now()
    made = SendingStop(
        fault=fault,
        origination_number_id=of_number,
        code=code[:80],
        began_at=moment,
        seen_at=moment,
        retry_at=moment + BETWEEN_TRIES if REMEDIES[fault].heals else None,
    )
    SendingStop.objects.bulk_create([made], ignore_conflicts=True)
    row = SendingStop.objects.select_for_update().get(
        origination_number=of_number, ended_at__isnull=True
    )
    row.fault, row.code, row.seen_at, row.retry_at = fault, made.code, moment, made.retry_at
    row.save(update_fields=["fault", "code", "seen_at", "retry_at"])
    logger.error("Sending stopped (%s): stop %s", fault, row.pk)
    return row


def may_hold() -> bool:
    """Say whether any stop holds; hardly ever, so who is in a hurry asks this first."""
    return bool(rows(ANY))


def holding(number_id: int | None = None) -> list[SendingStop]:
    """Return the stops that hold: all, or those that keep one number from sending, widest first."""
    found = SendingStop.objects.filter(ended_at__isnull=True).select_related("origination_number")
    if number_id is not None:
        found = found.filter(Q(origination_number=None) | Q(origination_number=number_id))
    return list(found.order_by(F("origination_number").asc(nulls_first=True), "pk"))


def may_try(stops: list[SendingStop]) -> bool:
    """Say whether one text may be tried although these stops hold."""
    moment = clock.now()
    return all(each.retry_at is not None and each.retry_at <= moment for each in stops)


def trying(stops: list[SendingStop]) -> None:
    """Note that one text is tried now, so that no other is until it is known how it went."""
    moment = clock.now()
    for each in stops:
        again = moment + BETWEEN_TRIES if REMEDIES[AccountFault(each.fault)].heals else None
        SendingStop.objects.filter(pk=each.pk).update(retry_at=again)


def taken(number_id: int) -> None:
    """End the stops of a number after Amazon took the text that was tried."""
    for each in holding(number_id):
        SendingStop.objects.filter(pk=each.pk, ended_at=None).update(ended_at=clock.now())
        logger.warning("Sending goes on: stop %s is over", each.pk)


@transaction.atomic
def try_again(which: SendingStop, *, by: AbstractBaseUser) -> SendingStop:
    """Have one text tried at once; the caller wakes the senders and logs who and why.

    Raises `CannotRetry` where the stop is over.
    """
    row = SendingStop.objects.select_for_update().get(pk=which.pk)
    if row.ended_at is not None:
        raise CannotRetry("It is over already: texts go out again.")
    row.retry_at, row.tried_by_id = clock.now(), by.pk
    row.save(update_fields=["retry_at", "tried_by"])
    return row
