"""A large audience, written by SQL alone: all area codes, lists and forms, and the exceptions.

The ledger holds what the projections say, so that each of them could be rebuilt.
"""

from django.db import connection

from consent import phone_numbers, whereabouts

# Of a hundred people: 60 came by lists, 37 by the form, 3 left again; 2 are suppressed; 5 had a
# text within the month and one of them two; 25 gave a postal code, nearly all where they live.
AREAS = """
    CREATE TEMP TABLE area AS
    SELECT a.code, a.country, a.state, string_to_array(a.zones, ' ') AS zones, a.place,
           coalesce(z.prefixes, '{}') AS prefixes
    FROM unnest(%(codes)s::text[], %(countries)s::text[], %(states)s::text[], %(zones)s::text[])
        WITH ORDINALITY AS a(code, country, state, zones, place)
    LEFT JOIN (
        SELECT state, array_agg(prefix) AS prefixes
        FROM unnest(%(prefixes)s::text[], %(within)s::text[]) AS t(prefix, state) GROUP BY state
    ) z ON z.state = 'US-' || a.state
"""
PEOPLE = """
    CREATE TEMP TABLE person AS
    SELECT n, (hashint8(n) & 2147483647) %% 100 AS percent,
           (hashint8(n + 7) & 2147483647) AS luck
    FROM generate_series(1, %(people)s) AS n
"""
CONTACTS = """
    INSERT INTO consent_contact (number, public_id, country, state, time_zones, stated_postal_code,
                                 stated_time_zone, stated_place, language, external_id, created_at)
    SELECT '+1' || a.code || (2000000 + p.n), gen_random_uuid(), a.country, a.state, a.zones,
           CASE WHEN p.luck %% 4 = 0 AND cardinality(a.prefixes) > 0
                THEN CASE WHEN p.luck %% 200 = 0 THEN '33101'
                          ELSE a.prefixes[1 + p.n %% cardinality(a.prefixes)]
                               || lpad((p.luck %% 100)::text, 2, '0') END
                ELSE '' END,
           CASE WHEN p.luck %% 50 = 1 THEN 'America/Chicago' ELSE '' END,
           CASE WHEN p.luck %% 50 = 2 THEN 'US-TX' ELSE '' END, '', '', %(at)s
    FROM person p JOIN area a ON a.place = 1 + p.luck / 7 %% (SELECT count(*) FROM area)
    ORDER BY p.n
"""
NUMBERED = """
    CREATE TEMP TABLE member AS
    SELECT p.n, p.percent, p.luck, c.id AS contact
    FROM person p JOIN consent_contact c
      ON substr(c.number, 6)::bigint = 2000000 + p.n AND c.created_at = %(at)s
"""
EVENTS = """
    INSERT INTO consent_optinevent (contact_id, topic_id, kind, source, legal_basis, occurred_at,
                                    recorded_at, disclosure_id, contact_import_id, note, expires_at)
    SELECT m.contact, %(topic)s, k.kind, k.source, k.basis, %(at)s + m.n * interval '1 second' +
           k.later, %(at)s + m.n * interval '1 second' + k.later, k.disclosure, k.list, '',
           CASE WHEN k.kind <> 'requested' AND m.luck %% 500 = 3
                THEN %(at)s + interval '9 years' END
    FROM member m
    CROSS JOIN LATERAL (VALUES
        ('opted_in', 'point_of_sale', 'express_written', interval '0', NULL::bigint,
         %(list)s::bigint, m.percent < 60),
        ('requested', 'web_form', 'express_written', interval '0',
         (%(wordings)s::bigint[])[1 + m.luck %% cardinality(%(wordings)s::bigint[])], NULL,
         m.percent >= 60),
        ('confirmed', 'reply', 'express_written', interval '1 hour', NULL, NULL, m.percent >= 60),
        ('opted_out', 'reply', 'none', interval '30 days', NULL, NULL, m.percent >= 97)
    ) AS k(kind, source, basis, later, disclosure, list, so)
    WHERE k.so
    ORDER BY m.n, k.later
"""
SUBSCRIPTIONS = """
    INSERT INTO consent_subscription (contact_id, topic_id, standing, since, legal_basis,
                                      authorised_by_id, requested_by_id, opted_out_by_id, confirmed)
    SELECT DISTINCT ON (contact_id) contact_id, topic_id,
           CASE kind WHEN 'opted_out' THEN 'opted_out' ELSE 'opted_in' END, occurred_at,
           legal_basis, CASE WHEN kind <> 'opted_out' THEN id END, NULL,
           CASE WHEN kind = 'opted_out' THEN id END, kind = 'confirmed'
    FROM consent_optinevent WHERE topic_id = %(topic)s
    ORDER BY contact_id, occurred_at DESC
"""
SUPPRESSIONS = """
    WITH barred AS (
        INSERT INTO consent_optinevent (contact_id, topic_id, kind, source, legal_basis,
                                        occurred_at, recorded_at, note)
        SELECT contact, CASE WHEN luck %% 3 = 0 THEN %(topic)s END, 'suppressed', 'staff', 'none',
               %(at)s, %(at)s,
               (ARRAY['Litigation', 'Complaint', 'Number reassigned', 'Deceased'])[1 + luck %% 4]
        FROM member WHERE luck / 100 %% 50 = 0
        RETURNING id, contact_id, topic_id, note, occurred_at
    )
    INSERT INTO consent_suppression (contact_id, topic_id, event_id, reason, since)
    SELECT contact_id, topic_id, id, note, occurred_at FROM barred
"""
TEXTS = """
    INSERT INTO campaigns_message (contact_id, topic_id, origination_number_id, kind, body, parts,
                                   priority, status, due_at, created_at, clearance, reason_code,
                                   authorised_by_id, exemption, claimed_at, worker,
                                   amazon_message_id, settled_at)
    SELECT s.contact_id, s.topic_id, %(number)s, 'list_audit', 'Still subscribed.', 1, 7,
           'accepted', t.at, t.at, '{}', '', s.authorised_by_id, '', t.at, '', 'a' || m.n, t.at
    FROM member m JOIN consent_subscription s ON s.contact_id = m.contact
    CROSS JOIN LATERAL (
        SELECT %(now)s - interval '9 days' - (i * 6 + m.n / 50 %% 96) * interval '1 hour' AS at
        FROM generate_series(1, CASE WHEN m.luck / 500 %% 5 = 0 THEN 2 ELSE 1 END) AS i
    ) t
    WHERE m.luck / 20 %% 20 = 0 AND s.standing = 'opted_in'
"""


def populate(people: int, **named: object) -> None:
    """Write that many people of a topic; `named` are at, now, topic, number, list and wordings."""
    codes = phone_numbers.area_codes()
    prefixes = [
        (prefix, state)
        for prefix, (states, _) in whereabouts._zip_prefixes().items()
        for state in states
    ]
    given = {
        "people": people,
        "codes": list(codes),
        "countries": [each.country for each in codes.values()],
        "states": [each.state for each in codes.values()],
        "zones": [" ".join(each.time_zones) for each in codes.values()],
        "prefixes": [prefix for prefix, _ in prefixes],
        "within": [state for _, state in prefixes],
        **named,
    }
    with connection.cursor() as cursor:
        for statement in (AREAS, PEOPLE, CONTACTS, NUMBERED, EVENTS, SUBSCRIPTIONS, SUPPRESSIONS):
            cursor.execute(statement, given)
        cursor.execute("ANALYZE")


def write_earlier_texts(**named: object) -> None:
    """Write the texts that some of them had within the month."""
    with connection.cursor() as cursor:
        cursor.execute(TEXTS, named)
        cursor.execute("VACUUM ANALYZE campaigns_message")
