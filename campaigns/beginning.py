"""Write down what a claim decided, and the attempts that begin: one statement for all of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from campaigns import window_closing
from campaigns.clearance import Clearance
from campaigns.models import Message
from campaigns.statements import many, rows
from campaigns.vocabulary import MessageStatus

S = MessageStatus

BEGIN = """
    WITH d AS (
        SELECT * FROM json_to_recordset(%(decided)s::json) AS d(
            id bigint, status text, due_at timestamptz, expires_at timestamptz, clearance jsonb,
            reason_code text, authorised_by bigint, exemption text, leaves_at timestamptz)
    ), written AS (
        UPDATE campaigns_message AS m
        SET status = d.status, due_at = d.due_at, expires_at = d.expires_at,
            clearance = d.clearance, reason_code = d.reason_code,
            authorised_by_id = d.authorised_by, exemption = d.exemption,
            claimed_at = CASE WHEN d.status = 'sending' THEN %(now)s ELSE m.claimed_at END,
            lease_until = CASE WHEN d.status = 'sending' THEN %(lease)s::timestamptz END,
            worker = CASE WHEN d.status = 'sending' THEN %(worker)s ELSE m.worker END,
            settled_at = CASE WHEN d.status IN ('refused', 'expired') THEN %(now)s
                              ELSE m.settled_at END
        FROM d WHERE m.id = d.id
    )
    INSERT INTO campaigns_sendattempt
        (message_id, ordinal, outcome, at, worker, code, amazon_message_id)
    SELECT d.id, 1 + coalesce((SELECT max(earlier.ordinal) FROM campaigns_sendattempt AS earlier
                               WHERE earlier.message_id = d.id), 0),
           'begun', d.leaves_at, %(worker)s, '', ''
    FROM d WHERE d.status = 'sending'
    RETURNING message_id, ordinal
"""


@dataclass(frozen=True, slots=True)
class Decided:
    """What a claim decided of one message; `own_end` and `leaves_before` are of its hours."""

    message: Message
    status: MessageStatus
    due_at: datetime
    clearance: Clearance
    packed: dict[str, object]
    own_end: datetime | None
    leaves_before: datetime | None

    @property
    def code(self) -> str:
        """Return the reason that is kept."""
        return window_closing.EXPIRED if self.status is S.EXPIRED else self.clearance.code


def begin(
    others: Sequence[Decided],
    sending: Sequence[tuple[Decided, datetime]],
    moment: datetime,
    worker: str,
) -> dict[int, int]:
    """Write decisions, and with each that is sent when it leaves; return the ordinals of those."""
    decided = [*((each, None) for each in others), *sending]
    if not decided:
        return {}
    found = rows(
        BEGIN,
        now=moment,
        lease=moment + timedelta(seconds=settings.SEND_LEASE_SECONDS),
        worker=worker,
        decided=many(
            {
                "id": each.message.pk,
                "status": each.status,
                "due_at": each.due_at,
                "expires_at": each.own_end,
                "clearance": each.packed,
                "reason_code": each.code,
                "authorised_by": each.clearance.authorised_by,
                "exemption": each.clearance.exemption,
                "leaves_at": leaves_at,
            }
            for each, leaves_at in decided
        ),
    )
    return dict(found)
