"""Messages that we asked Amazon to send and do not know of: found by a sweep, settled by people."""

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import connection, transaction

from campaigns import allowance
from campaigns.lifecycle import MESSAGE_MOVES
from campaigns.models import Message
from campaigns.vocabulary import MessageStatus
from consent import clock

S = MessageStatus

SWEEP = """
    WITH abandoned AS (
        SELECT id FROM campaigns_message
        WHERE status = 'sending' AND lease_until < %(now)s
        ORDER BY lease_until LIMIT %(limit)s
        FOR NO KEY UPDATE SKIP LOCKED
    ), moved AS (
        UPDATE campaigns_message AS m
        SET status = 'unconfirmed', reason_code = 'worker_lost', lease_until = NULL
        FROM abandoned WHERE m.id = abandoned.id
        RETURNING m.id, m.worker
    ), ended AS (
        INSERT INTO campaigns_sendattempt
            (message_id, ordinal, outcome, at, worker, code, amazon_message_id)
        SELECT b.message_id, b.ordinal, 'unconfirmed', %(now)s, moved.worker, 'worker_lost', ''
        FROM moved JOIN campaigns_sendattempt AS b ON b.message_id = moved.id
        WHERE b.outcome = 'begun'
        ON CONFLICT DO NOTHING
    )
    SELECT count(*) FROM moved
"""


class CannotSettle(Exception):  # noqa: N818  reads as what it is where it is caught
    """A message that is not, or no longer, unconfirmed; the sentence is for staff."""


@transaction.atomic
def sweep(limit: int = 5000) -> int:
    """Mark messages whose worker's lease is over as unconfirmed; return how many.

    They are never queued again: the worker may have handed them over before it was lost (P4).
    """
    with connection.cursor() as cursor:
        cursor.execute(SWEEP, {"now": clock.now(), "limit": limit})
        found: int = cursor.fetchone()[0]
    return found


@transaction.atomic
def settle(
    message: Message,
    outcome: MessageStatus,
    *,
    by: AbstractBaseUser,
    reason: str,
    amazon_message_id: str = "",
) -> Message:
    """Write what a person found out about an unconfirmed message: accepted or rejected.

    Who and why is logged here (P7). Raises `CannotSettle`, in words for staff, without a reason
    or where there is nothing to settle.
    """
    if not reason.strip():
        raise CannotSettle("Say how you know what became of it.")
    row = Message.objects.select_for_update().get(pk=message.pk)
    if row.status != S.UNCONFIRMED or outcome not in MESSAGE_MOVES[S.UNCONFIRMED]:
        raise CannotSettle("Only an unconfirmed message can be settled, as accepted or rejected.")
    row.status = outcome
    # Amazon's own id where the person found one; an accepted message must name something
    row.amazon_message_id = amazon_message_id or (
        f"settled-by-{by.pk}" if outcome == S.ACCEPTED else ""
    )
    row.reason_code = "settled_by_staff"
    row.settled_at = clock.now()
    row.save(update_fields=["status", "amazon_message_id", "reason_code", "settled_at"])
    if outcome == S.REJECTED:
        allowance.give_back([row.pk])
    LogEntry.objects.log_actions(
        by.pk, [row], CHANGE, f"Settled as {outcome.value}: {reason.strip()}", single_object=True
    )
    return row
