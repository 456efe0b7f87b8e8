"""Write what drafts just recorded amount to, without folding what stands by itself."""

from django.db import connection
from django.db.backends.utils import CursorWrapper

from consent.projection import CHUNK, project
from consent.vocabulary import EventKind

# A topic is folded from its own events and from those about every topic. So where a draft is the
# first that the ledger hears of its contact and topic, it is all that there is to fold.
STAND_BY_THEMSELVES = frozenset(
    {EventKind.OPTED_IN, EventKind.OPTED_OUT, EventKind.REQUESTED, EventKind.SUPPRESSED}
)
_ALONE = """
    CREATE TEMP TABLE alone ON COMMIT DROP AS
    SELECT d.event, d.contact, d.topic, d.kind, d.legal_basis, d.note, d.expires_at, d.occurred_at
    FROM event_draft d
    WHERE d.kind = ANY(%(kinds)s)
      AND NOT EXISTS (
          SELECT FROM event_draft o
          WHERE o.contact = d.contact AND o.event <> d.event
            AND (o.topic = d.topic OR o.topic IS NULL OR d.topic IS NULL)
      )
      AND NOT EXISTS (
          SELECT FROM consent_optinevent o
          WHERE o.contact_id = d.contact AND o.id < %(first)s
            AND (o.topic_id = d.topic OR o.topic_id IS NULL OR d.topic IS NULL)
      )
"""
_SUBSCRIPTIONS = """
    INSERT INTO consent_subscription (
        contact_id, topic_id, standing, since, legal_basis, authorised_by_id, requested_by_id,
        opted_out_by_id, confirmed
    )
    SELECT contact, topic, CASE kind WHEN 'requested' THEN 'pending' ELSE kind END, occurred_at,
           CASE kind WHEN 'opted_out' THEN 'none' ELSE legal_basis END,
           CASE kind WHEN 'opted_in' THEN event END, CASE kind WHEN 'requested' THEN event END,
           CASE kind WHEN 'opted_out' THEN event END, false
    FROM {alone} WHERE kind <> 'suppressed'
"""
_SUPPRESSIONS = """
    INSERT INTO consent_suppression (contact_id, topic_id, event_id, reason, since, expires_at)
    SELECT contact, topic, event, note, occurred_at, expires_at
    FROM {alone} WHERE kind = 'suppressed'
"""
_OTHERS = """
    SELECT DISTINCT contact FROM event_draft d
    WHERE NOT EXISTS (SELECT FROM alone a WHERE a.event = d.event) ORDER BY contact
"""


_KINDS = "SELECT DISTINCT kind FROM event_draft"


def project_drafts(*, alone: EventKind | None = None) -> None:
    """Bring rows in line with the events of `event_draft`; the caller holds the contacts.

    `alone`: the kind of all drafts, where there are no other events of these contacts, and one
    draft each.
    """
    with connection.cursor() as cursor:
        if alone in STAND_BY_THEMSELVES:
            _write(cursor, {alone}, alone="event_draft")
            return
        cursor.execute(_KINDS)
        kinds = {EventKind(kind) for (kind,) in cursor.fetchall()}
        cursor.execute("SELECT min(event) FROM event_draft")
        [first] = cursor.fetchone()
        cursor.execute("DROP TABLE IF EXISTS pg_temp.alone")
        cursor.execute(_ALONE, {"first": first, "kinds": list(STAND_BY_THEMSELVES)})
        _write(cursor, kinds, alone="alone")
        cursor.execute(_OTHERS)
        others = [contact for (contact,) in cursor.fetchall()]
    for begin in range(0, len(others), CHUNK):
        project(others[begin : begin + CHUNK])


def _write(cursor: CursorWrapper, kinds: set[EventKind], *, alone: str) -> None:
    if kinds - {EventKind.SUPPRESSED}:
        cursor.execute(_SUBSCRIPTIONS.format(alone=alone))
    if EventKind.SUPPRESSED in kinds:
        cursor.execute(_SUPPRESSIONS.format(alone=alone))
