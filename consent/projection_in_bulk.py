"""Write what drafts just recorded amount to, without folding what stands by itself."""

from django.db import connection

from consent.projection import CHUNK, project

# A topic is folded from its own events and from those about every topic. So where a draft is the
# first that the ledger hears of its contact and topic, it is all that there is to fold.
_ALONE = """
    CREATE TEMP TABLE alone ON COMMIT DROP AS
    SELECT d.event, d.contact, d.topic, d.kind, d.legal_basis, d.note, d.expires_at,
           d.occurred_at AS since
    FROM event_draft d
    WHERE d.kind IN ('opted_in', 'opted_out', 'requested', 'suppressed')
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
    SELECT contact, topic, CASE kind WHEN 'requested' THEN 'pending' ELSE kind END, since,
           CASE kind WHEN 'opted_out' THEN 'none' ELSE legal_basis END,
           CASE kind WHEN 'opted_in' THEN event END, CASE kind WHEN 'requested' THEN event END,
           CASE kind WHEN 'opted_out' THEN event END, false
    FROM alone WHERE kind <> 'suppressed'
"""
_SUPPRESSIONS = """
    INSERT INTO consent_suppression (contact_id, topic_id, event_id, reason, since, expires_at)
    SELECT contact, topic, event, note, since, expires_at FROM alone WHERE kind = 'suppressed'
"""
_OTHERS = """
    SELECT DISTINCT contact FROM event_draft d
    WHERE NOT EXISTS (SELECT FROM alone a WHERE a.event = d.event) ORDER BY contact
"""


def project_drafts() -> None:
    """Bring rows in line with the events of `event_draft`; the caller holds the contacts."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT min(event) FROM event_draft")
        [first] = cursor.fetchone()
        cursor.execute("DROP TABLE IF EXISTS pg_temp.alone")
        cursor.execute(_ALONE, {"first": first})
        cursor.execute(_SUBSCRIPTIONS)
        cursor.execute(_SUPPRESSIONS)
        cursor.execute(_OTHERS)
        others = [contact for (contact,) in cursor.fetchall()]
    for begin in range(0, len(others), CHUNK):
        project(others[begin : begin + CHUNK])
