"""Decide each sort of reader once, and write the messages of all of them by one statement."""

import json
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from campaigns import unsubscribe_links
from campaigns.audience_keys import Keys, LaidDown
from campaigns.clearance import Facts, Outcome, decide, pack
from campaigns.clearance_likeness import alike
from campaigns.house_policy import rulebook_in_force
from campaigns.models import Campaign
from campaigns.outbox import PRIORITY
from campaigns.vocabulary import MessageKind, MessageStatus
from consent.lane import Lane

KEPT = 100_000
"""How many keys are remembered from chunk to chunk; then memory starts anew (P9)."""

STATUS = {
    Outcome.CLEAR: MessageStatus.QUEUED,
    Outcome.HOLD: MessageStatus.HELD,
    Outcome.REFUSE: MessageStatus.REFUSED,
}

# Compiling the long statements costs more than it saves, and the usual memory would spill each
# chunk to disk. Where a range is guessed too small, loops over its parts would be quadratic; and
# merging would order people by their keys, so that the rows that theirs refer to lie far apart.
SETTINGS = """
    SELECT set_config('jit', 'off', true), set_config('work_mem', '32MB', true),
           set_config('enable_nestloop', 'off', true), set_config('enable_mergejoin', 'off', true)
"""

# Verdicts are few and people many: each verdict travels once and is joined to its people here.
# Whoever freezes holds the campaign and goes on behind its last message, so nobody comes twice; the
# constraint would refuse them. Asking for conflicts row by row took a quarter of the insertion.
# The event comes first, where its letter belongs: JSON need not be sorted anew then. A table keeps
# long verdicts compressed, so that they need not be for each of the people whom they are for.
FREEZE = """
    CREATE TEMPORARY TABLE decided ON COMMIT DROP AS
    SELECT * FROM json_to_recordset(%(verdicts)s) AS v(
        number int, status text, due_at timestamptz, clearance jsonb, code text, names_event bool
    );
    INSERT INTO campaigns_message (
        contact_id, topic_id, campaign_id, origination_number_id, kind, body, parts, priority,
        status, due_at, created_at, clearance, reason_code, authorised_by_id, exemption, worker,
        amazon_message_id, settled_at
    )
    SELECT r.contact, %(topic)s, %(campaign)s, %(number)s, 'campaign', '', %(parts)s,
           %(priority)s, d.status, d.due_at, %(now)s,
           CASE WHEN d.names_event THEN jsonb_build_object('a', r.event) || d.clearance
                ELSE d.clearance END,
           d.code, CASE WHEN d.names_event THEN r.event END, '', '', '',
           CASE WHEN d.status = 'refused' THEN %(now)s END
    FROM reader r
    JOIN sort k ON k.key = r.key
    JOIN decided d ON d.number = (%(sorts)s::int[])[k.number];
    DROP TABLE reader, sort, decided
"""


class Rows:
    """Write a campaign's messages chunk by chunk, as decided at one moment."""

    def __init__(self, campaign: Campaign, moment: datetime, ahead: Lane | None = None) -> None:
        self.moment = moment
        self._ahead = ahead
        self._rulebook = rulebook_in_force(moment)
        self._keys = Keys(campaign, moment, self._rulebook)
        self._known: dict[str, str] = {}
        self._made: dict[Facts, str] = {}
        self._same: dict[str, Any] = {
            "topic": campaign.topic_id,
            "campaign": campaign.pk,
            "number": campaign.origination_number_id,
            "parts": unsubscribe_links.parts_of(campaign.text),
            "priority": PRIORITY[MessageKind.CAMPAIGN],
            "now": moment,
        }

    def write(self, after: int, size: int) -> bool:
        """Write the next people behind a contact, in this transaction; return whether any were."""
        if self._ahead:
            self._ahead.wait()
        with connection.cursor() as cursor:
            laid = self._laid_down(cursor, after, size)
            if laid is None:
                return False
            if len(self._known) > KEPT:
                self._known.clear()
                self._made.clear()
            numbers: dict[str, int] = {}
            sorts = [numbers.setdefault(self._verdict(key), len(numbers)) for key in laid.keys]
            verdicts = ",".join(f'{{"number":{number},{said}}}' for said, number in numbers.items())
            if self._ahead:
                self._ahead.do(self._decide_ahead, laid.last, size)
            cursor.execute(FREEZE, self._same | {"sorts": sorts, "verdicts": f"[{verdicts}]"})
        return True

    @transaction.atomic
    def _decide_ahead(self, after: int, size: int) -> None:
        """Decide for the next people while others are written; whoever changes is decided anew."""
        with connection.cursor() as cursor:
            if laid := self._laid_down(cursor, after, size):
                for key in laid.keys:
                    self._verdict(key)

    def _laid_down(self, cursor: CursorWrapper, after: int, size: int) -> LaidDown | None:
        cursor.execute(SETTINGS)
        return self._keys.lay_down(cursor, after, size)

    def _verdict(self, key: str) -> str:
        """Return what is kept of the decision on whoever has a key; see `_decided`."""
        if key not in self._known:
            facts = alike(self._keys.facts(key), self._rulebook, self.moment)
            if facts not in self._made:
                self._made[facts] = self._decided(facts)
            self._known[key] = self._made[facts]
        return self._known[key]

    def _decided(self, facts: Facts) -> str:
        """Return what is kept of a decision, as the inner part of a JSON object."""
        clearance = decide(facts, self._rulebook, self.moment)
        packed = pack(clearance, facts)
        kept = {
            "status": STATUS[clearance.outcome].value,
            "due_at": (clearance.until or self.moment).isoformat(),
            "clearance": {name: value for name, value in packed.items() if name != "a"},
            "code": clearance.code,
            "names_event": clearance.authorised_by is not None,
        }
        return json.dumps(kept)[1:-1]
