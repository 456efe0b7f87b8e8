"""Keep answers about numbers, and close the consents of numbers that changed hands.

A yes says that the number was disconnected for good on the day asked about or since: whoever
agreed has it no more. Their consents expire as of the day of the answer, which leaves alone what
somebody agreed to later, and the number is suppressed. Nobody left, so it is no opt-out.
"""

from datetime import datetime, time, timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from consent import clock, ledger_in_bulk
from consent.models import ReassignedAnswerFile, ReassignedCheck

# OFFSET 0, and an array of keys, have rows looked up by them, however many are believed to be there
_STRETCH = "r.line BETWEEN %(first)s AND %(last)s AND r.outcome = ''"
# What this very file brought before a crash was not known from elsewhere
_KNOWN = f"""
    UPDATE answer_row r SET
        outcome = CASE a.file_id WHEN %(file)s THEN 'recorded' ELSE 'known' END,
        reason = CASE a.file_id WHEN %(file)s THEN '' ELSE 'On record already.' END
    FROM consent_reassignedanswer a
    WHERE {_STRETCH} AND a.question_id = r.question AND a.answer = r.answer
"""  # noqa: S608  a part of ours, no value
_HELD = f"""
    SELECT count(*) FROM (
        SELECT c.id FROM consent_contact c
        WHERE c.id = ANY (ARRAY(
            SELECT r.contact FROM answer_row r WHERE {_STRETCH} AND r.answer = 'yes'
        ))
        ORDER BY c.id FOR NO KEY UPDATE
    ) AS held
"""  # noqa: S608
_KEPT = f"""
    INSERT INTO consent_reassignedanswer (
        contact_id, question_id, about, answer, answered_on, file_id, recorded_by_id, recorded_at
    )
    SELECT r.contact, r.question, r.asked_about, r.answer, %(day)s, %(file)s, %(user)s, %(now)s
    FROM answer_row r WHERE {_STRETCH} ORDER BY r.line
"""  # noqa: S608
_CLOSED = f"""
    SELECT count(DISTINCT s.contact_id)
    FROM answer_row r CROSS JOIN LATERAL (
        SELECT * FROM consent_subscription WHERE contact_id = r.contact OFFSET 0
    ) AS s CROSS JOIN LATERAL (
        SELECT occurred_at FROM consent_optinevent
        WHERE id = coalesce(s.authorised_by_id, s.requested_by_id) OFFSET 0
    ) AS e
    WHERE {_STRETCH} AND r.answer = 'yes' AND s.standing IN ('opted_in', 'pending')
      AND e.occurred_at <= %(closes_at)s
"""  # noqa: S608
# One bar is enough: to replace another one would end it when this one is lifted
_DRAFTS = f"""
    SELECT r.line * 2 + k.after AS place, r.contact, NULL::bigint AS topic, k.kind,
           'reassigned' AS source, 'none' AS legal_basis,
           %(closes_at)s::timestamptz AS occurred_at, NULL::bigint AS disclosure,
           NULL::timestamptz AS expires_at,
           'Reassigned Numbers Database: disconnected on ' || r.asked_about
           || ' or since, answered ' || %(day)s::text || '. Line ' || r.line
           || ' of the answers to check #' || %(check)s AS note,
           '{{"answer":"yes","answered_on":"' || %(day)s::text || '","check":"' || %(check)s
           || '","date_asked_about":"' || r.asked_about || '","line":"' || r.line || '"}}' AS told
    FROM answer_row r CROSS JOIN (VALUES (0, 'expired'), (1, 'suppressed')) AS k(after, kind)
    WHERE {_STRETCH} AND r.answer = 'yes' AND (k.kind = 'expired' OR NOT EXISTS (
        SELECT FROM consent_suppression b
        WHERE b.contact_id = r.contact AND b.topic_id IS NULL
          AND (b.expires_at IS NULL OR b.expires_at > %(now)s) OFFSET 0
    ) AND NOT EXISTS (
        SELECT FROM consent_subscription s WHERE s.contact_id = r.contact AND EXISTS (
            SELECT FROM consent_optinevent e
            WHERE e.id = s.authorised_by_id AND e.occurred_at > %(closes_at)s OFFSET 0
        ) OFFSET 0
    ))
"""  # noqa: S608
_RECORDED = f"UPDATE answer_row r SET outcome = 'recorded' WHERE {_STRETCH}"  # noqa: S608


def record(taken: ReassignedAnswerFile, first: int, last: int) -> int:
    """Keep the new answers of a stretch of lines of `answer_row`, and close what a yes ends.

    Return of how many people something that was live is closed. The caller is in a transaction.
    """
    # Two files about one check wait for each other
    ReassignedCheck.objects.select_for_update().get(pk=taken.check_made_id)
    given: dict[str, Any] = {
        "first": first,
        "last": last,
        "file": taken.pk,
        "check": str(taken.check_made_id),
        "day": taken.answered_on,
        "user": taken.uploaded_by_id,
        "now": clock.now(),
        "closes_at": end_of(taken),
    }
    with connection.cursor() as cursor:
        cursor.execute(_KNOWN, given)
        cursor.execute(_HELD, given)
        [yeses] = cursor.fetchone()
        cursor.execute(_CLOSED, given)
        [closed] = cursor.fetchone()
        cursor.execute(_KEPT, given)
    if yeses:
        ledger_in_bulk.record_selected(
            _DRAFTS,
            given,
            ledger_in_bulk.Common(recorded_by=taken.uploaded_by_id, file_digest=taken.file_digest),
        )
    with connection.cursor() as cursor:
        cursor.execute(_RECORDED, given)
    return int(closed)


def end_of(taken: ReassignedAnswerFile) -> datetime:
    """Return the end of the day of the answers, or now where that is sooner."""
    after = datetime.combine(taken.answered_on + timedelta(days=1), time())
    return min(timezone.make_aware(after, timezone.get_default_timezone()), clock.now())
