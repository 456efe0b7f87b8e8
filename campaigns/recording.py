"""Write down what became of hand-overs. It must survive: what is lost here is unconfirmed."""

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import InterfaceError, OperationalError, connection, transaction

from campaigns import allowance, amazon_blocks
from campaigns.gateways.protocol import OPTED_OUT, HandOver
from campaigns.models import Message
from campaigns.statements import many, rows
from campaigns.vocabulary import AttemptOutcome as O
from campaigns.vocabulary import MessageStatus as S
from consent.ledger import EvidenceDraft

logger = logging.getLogger(__name__)

LONGEST_BACKOFF = 300  # seconds
LONGEST_AFTER_THROTTLE = 8  # seconds: the number rests as a whole, by how much was throttled
BETWEEN_TRIES = 1.0  # seconds, while PostgreSQL is away

STATUS_AFTER = {
    O.ACCEPTED: S.ACCEPTED,
    O.REJECTED: S.REJECTED,
    O.UNCONFIRMED: S.UNCONFIRMED,
    O.THROTTLED: S.QUEUED,
    O.NEVER_LEFT: S.QUEUED,
    O.ACCOUNT_FAULT: S.QUEUED,
    O.WITHDRAWN: S.QUEUED,
}

# An answer that comes after the sweep still settles what it found; it never queues it again
RECORD = """
    WITH r AS (
        SELECT * FROM json_to_recordset(%(results)s::json) AS r(
            id bigint, ordinal int, status text, outcome text, due_at timestamptz, code text,
            amazon_id text, at timestamptz)
    ), moved AS (
        UPDATE campaigns_message AS m
        SET status = CASE WHEN r.status = 'queued' AND c.status = 'cancelled' THEN 'cancelled'
                          ELSE r.status END,
            due_at = COALESCE(r.due_at, m.due_at),
            amazon_message_id = r.amazon_id, reason_code = left(r.code, 40),
            lease_until = NULL,
            settled_at = CASE WHEN r.status IN ('accepted', 'rejected') THEN r.at END
        FROM r
            JOIN campaigns_message AS old ON old.id = r.id
            LEFT JOIN campaigns_campaign AS c ON c.id = old.campaign_id
        WHERE m.id = r.id AND (m.status = 'sending'
              OR (m.status = 'unconfirmed' AND r.status IN ('accepted', 'rejected')))
    )
    INSERT INTO campaigns_sendattempt
        (message_id, ordinal, outcome, at, worker, code, amazon_message_id)
    SELECT id, ordinal, outcome, at, %(worker)s, code, amazon_id FROM r
    ON CONFLICT DO NOTHING
    RETURNING message_id, outcome
"""

# Amazon took these in no case, so they count toward no cap and cost nothing
NOT_TAKEN = frozenset({O.REJECTED, O.THROTTLED, O.NEVER_LEFT, O.ACCOUNT_FAULT, O.WITHDRAWN})


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one attempt at one message, and when we learnt it."""

    message: int
    ordinal: int
    hand_over: HandOver
    at: datetime

    @property
    def due_again(self) -> datetime | None:
        """Return when a message that goes back to the queue may be claimed again."""
        match self.hand_over.outcome:
            case O.WITHDRAWN | O.ACCOUNT_FAULT:
                return self.at  # what stops the sender is not on the message
            case O.THROTTLED:
                wait = min(2**self.ordinal, LONGEST_AFTER_THROTTLE)
                return self.at + timedelta(seconds=wait)
            case O.NEVER_LEFT:
                return self.at + timedelta(seconds=min(2**self.ordinal, LONGEST_BACKOFF))
        return None


@transaction.atomic
def record(results: Sequence[Result], worker: str) -> None:
    """Write outcomes and attempt ends in one statement; the same results twice change nothing."""
    if not results:
        return
    written = rows(
        RECORD,
        worker=worker,
        results=many(
            {
                "id": each.message,
                "ordinal": each.ordinal,
                "status": STATUS_AFTER[each.hand_over.outcome],
                "outcome": each.hand_over.outcome,
                "due_at": each.due_again,
                "code": each.hand_over.code,
                "amazon_id": each.hand_over.amazon_message_id,
                "at": each.at,
            }
            for each in results
        ),
    )
    # Only those written now: the same results twice must not be taken off twice
    allowance.give_back([pk for pk, outcome in written if outcome in NOT_TAKEN])


def note_opt_outs(results: Sequence[Result]) -> None:
    """Bring into the ledger whom End User Messaging refused as opted out; SNS tells by receipt.

    In a transaction of its own, since it locks people. Lost in a crash, the daily comparison with
    Amazon's list finds them.
    """
    refused = {each.message: each for each in results if each.hand_over.code == OPTED_OUT}
    if not refused:
        return
    found = Message.objects.filter(pk__in=refused).values_list("pk", "contact_id")
    amazon_blocks.note(
        {
            contact: (
                refused[pk].at,
                EvidenceDraft(
                    form_fields={"message": pk, "attempt": refused[pk].ordinal, "reason": OPTED_OUT}
                ),
            )
            for pk, contact in found
        }
    )


def record_surely(results: Sequence[Result], worker: str, *, give_up_at: float) -> None:
    """Record, waiting for PostgreSQL to come back until that moment of the monotonic clock.

    Given up, the rows stay `sending` until the sweep finds them unconfirmed: never sent twice.
    """
    while True:
        try:
            record(results, worker)
            note_opt_outs(results)
            return
        except (OperationalError, InterfaceError):
            connection.close()
            if time.monotonic() >= give_up_at:
                logger.exception("Outcomes lost of messages %s", [each.message for each in results])
                return
            time.sleep(BETWEEN_TRIES)
