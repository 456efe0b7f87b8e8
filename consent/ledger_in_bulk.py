"""Record many events by a few statements: the part of the ledger that lists of a million use.

What is written is what `ledger.record_many` writes of the same drafts, and a test compares all
tables after either.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection

from consent import clock
from consent.grounds import SOFT_FACTS
from consent.ledger import EvidenceDraft, as_json
from consent.projection_in_bulk import project_drafts
from consent.vocabulary import EventKind


@dataclass(frozen=True, slots=True)
class Common:
    """What all events of one recording share."""

    recorded_by: int | None = None
    contact_import: int | None = None
    # Of the list, which lies with its import: who may read one row of it may not read all
    file_digest: str = ""
    # The SELECT yields ground too: JSON of what implied or soft ones rest on
    grounded: bool = False
    # The SELECT yields event and salt too, the same each time that it is read; the contacts were
    # held before these were drawn, and they were drawn in the order in which all is recorded
    drawn: bool = False
    # The kind of all of them, where the ledger holds nothing of these contacts and each has one
    # event here
    alone: EventKind | None = None


_DRAFT = """
    s.place, s.contact, s.topic, s.kind, s.source, s.legal_basis, s.disclosure, s.expires_at,
    s.note, s.told,
    -- A clock ahead of ours must not make an event newer than its own record
    least(coalesce(s.occurred_at, %(moment)s), %(moment)s) AS occurred_at
"""
# A salt is drawn from one secret that is kept nowhere: who knows one salt knows no other
_DRAFTS = f"""
    CREATE TEMP TABLE event_draft ON COMMIT DROP AS
    SELECT s.event, substr(sha256(%(secret)s::bytea || int8send(s.event)), 1, 16) AS salt, {_DRAFT}
    FROM (
        SELECT nextval(%(sequence)s::regclass) AS event, asked.*
        FROM (SELECT * FROM ({{select}}) AS all_asked ORDER BY place OFFSET 0) AS asked
        OFFSET 0
    ) AS s
"""  # noqa: S608  parts of ours, no value
_DRAWN = f"""
    CREATE TEMP VIEW event_draft AS SELECT s.event, s.salt, {_DRAFT} FROM ({{select}}) AS s
"""  # noqa: S608
_EVENTS = """
    INSERT INTO consent_optinevent (
        id, contact_id, topic_id, kind, source, legal_basis, occurred_at, recorded_at,
        recorded_by_id, disclosure_id, contact_import_id, expires_at, note, evidence_digest
    )
    SELECT event, contact, topic, kind, source, legal_basis, occurred_at,
           %(moment)s, %(recorded_by)s, disclosure, %(contact_import)s, expires_at, note,
           sha256(salt || convert_to(%(as_json)s || told, 'UTF8'))
    FROM event_draft
"""
_EVIDENCE = """
    INSERT INTO consent_evidence (
        event_id, salt, user_agent, page, form_fields, words_shown, words_received, file,
        file_digest, list_row, recorded_at
    )
    SELECT event, salt, '', '', '{}', '', '', '', %(file_digest)s, told, %(moment)s
    FROM event_draft
"""
# Of lists that name grounds, which are few: the others are not slowed by columns that are empty
_GROUND_COLUMNS = ", ".join(("implied_by", "implied_on", *SOFT_FACTS))
_GROUND_VALUES = ", ".join(
    (
        "coalesce(ground ->> 'implied_by', '')",
        "(ground ->> 'implied_on')::date",
        *(f"(ground ->> '{fact}')::boolean" for fact in SOFT_FACTS),
    )
)


def _with_ground(drafts: str, events: str) -> tuple[str, str]:
    """Return the statements that keep what implied consents and soft opt-ins rest on."""
    events = events.replace("evidence_digest\n", f"evidence_digest, {_GROUND_COLUMNS}\n")
    events = events.replace("    FROM event_draft", f", {_GROUND_VALUES}\n    FROM event_draft")
    return drafts.replace("s.told,", "s.told, s.ground,"), events


def record_selected(select: str, given: Mapping[str, Any], common: Common) -> int:
    """Record an event for each row of a SELECT, and what they amount to; return how many.

    The SELECT yields place (they are recorded in its order), contact, topic, kind, source,
    legal_basis, occurred_at, disclosure, expires_at, note, and told: the row of the list as it is
    kept in evidence; where `grounded` also ground, JSON by column of the event.
    The caller is in a transaction and holds the contacts. Where ids and salts are `drawn` already,
    the rows need not be written once more to be numbered.
    """
    values: dict[str, Any] = {
        **given,
        "moment": clock.now(),
        "recorded_by": common.recorded_by,
        "contact_import": common.contact_import,
        "file_digest": common.file_digest,
        "as_json": as_json(EvidenceDraft(file_digest=common.file_digest)),
        "secret": secrets.token_bytes(32),
    }
    with connection.cursor() as cursor:
        drafts, events = _DRAWN if common.drawn else _DRAFTS, _EVENTS
        if common.grounded:
            drafts, events = _with_ground(drafts, events)
        cursor.execute("SELECT pg_get_serial_sequence('consent_optinevent', 'id')")
        [values["sequence"]] = cursor.fetchone()
        cursor.execute(drafts.format(select=select), values)
        cursor.execute(events, values)
        recorded = cursor.rowcount
        cursor.execute(_EVIDENCE, values)
    project_drafts(alone=common.alone)
    with connection.cursor() as cursor:
        cursor.execute(f"DROP {'VIEW' if common.drawn else 'TABLE'} pg_temp.event_draft")
    return recorded
