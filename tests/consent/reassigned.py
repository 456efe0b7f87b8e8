"""Make checks of reassigned numbers, and files of answers to them."""

import io
from datetime import UTC, datetime, timedelta

from django.db import connection

from campaigns.reassigned import BESIDE
from consent import clock, reassigned_answers, reassigned_query
from consent.models import ReassignedCheck, Subscription
from tests.builders import LONG_AGO, an_opted_in_contact

ANNA, BEN, CAT = "+12125550101", "+12125550102", "+12125550103"
MARCH = datetime(2025, 3, 4, 12, tzinfo=UTC)


def a_check(*, made=True, **fields) -> ReassignedCheck:
    """Make a check of what is due, its query made."""
    check = ReassignedCheck.objects.create(
        **{"reason": "The monthly query", "asked_at": clock.now(), **fields}
    )
    if made:
        reassigned_query.make(check.pk, BESIDE)
        check.refresh_from_db()
    return check


def asked(check):
    """Return whom a check asks about, by number: the date."""
    return dict(check.questions.values_list("contact__number", "about"))


def query(check, part=1) -> str:
    """Return the text of a query file."""
    return b"".join(reassigned_query.query_file(check, part)).decode()


def received(check, text, *, name="answers.csv", user=None, on=None):
    """Store a file of answers and leave it to whoever takes it in."""
    data = text if isinstance(text, bytes) else text.encode()
    return reassigned_answers.receive(
        check,
        io.BytesIO(data),
        name,
        answered_on=on or clock.now().date() - timedelta(days=1),
        reason="The answers came",
        user=user,
    )


def answered(check, *lines, header="TN,Date,Disconnected", **how):
    """Take a file of answers in; return its record."""
    taken = received(check, "\n".join([header, *lines] if header else lines), **how)
    reassigned_answers.take_in(taken.pk)
    taken.refresh_from_db()
    check.refresh_from_db()
    return taken


def many_people(topic, count) -> None:
    """Make contacts opted in on March 4, 2025, with numbers from 212 200 0000 on, by SQL."""
    with connection.cursor() as cursor:
        cursor.execute(_MANY, {"topic": topic.pk, "count": count, "at": LONG_AGO})


_MANY = """
    WITH person AS (
        INSERT INTO consent_contact (
            number, public_id, country, state, time_zones, stated_place, stated_postal_code,
            stated_time_zone, language, external_id, created_at
        )
        SELECT '+1212' || (2000000 + n), gen_random_uuid(), 'US', 'NY', '{America/New_York}', '',
               '', '', '', '', %(at)s
        FROM generate_series(0, %(count)s - 1) AS n
        RETURNING id
    ), event AS (
        INSERT INTO consent_optinevent (
            contact_id, topic_id, kind, source, legal_basis, occurred_at, recorded_at, note
        )
        SELECT id, %(topic)s, 'opted_in', 'paper_form', 'express', %(at)s, %(at)s, '' FROM person
        RETURNING id, contact_id
    )
    INSERT INTO consent_subscription (
        contact_id, topic_id, standing, since, legal_basis, authorised_by_id, confirmed
    )
    SELECT contact_id, %(topic)s, 'opted_in', %(at)s, 'express', id, false FROM event
"""


def three(topic):
    """Opt three people in and ask about them."""
    for number in (ANNA, BEN, CAT):
        an_opted_in_contact(topic, number, at=MARCH)
    return a_check()


def standing(number, topic):
    row = Subscription.objects.filter(contact__number=number, topic=topic).first()
    return row and row.standing
