"""Lists of a million are written by other statements than single events, and come to the same."""

import io
import re
from dataclasses import replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consent import ledger, projection
from consent.importing import applying, attestations, previewing
from consent.importing.attestations import Stated
from consent.models import (
    Contact,
    Disclosure,
    Evidence,
    OptInEvent,
    Subscription,
    Suppression,
)
from consent.vocabulary import EventKind, LegalBasis, Place, Source
from tests.builders import a_contact, a_disclosure, a_topic, a_user, an_event
from tests.consent.one_by_one import one_by_one

HEADER = "phone,topic,consented_at,source,disclosure_version,language,postal_code,external_id"
NUMBERS = [f"+1212555010{n}" for n in range(6)] + ["+447911123456", "+442079460123", "call me"]
MOMENTS = ["2025-01-01T00:00:00Z", "2025-06-01T12:00:00-05:00", "2097-01-01T00:00:00Z", "", "May"]

ROWS = st.lists(
    st.tuples(
        st.sampled_from(NUMBERS),
        st.sampled_from(["example-alerts", "example-offers", "closed", "none"]),
        st.sampled_from(MOMENTS),
        st.sampled_from(["web form", "point of sale", "fair", ""]),
        st.sampled_from(["1", "2", ""]),
        st.sampled_from(["en", "es", ""]),
        st.sampled_from(["10001", ""]),
        st.sampled_from(["crm-1", 'a\\b "é\t', ""]),
    ),
    min_size=1,
    max_size=14,
)
BEFORE = st.lists(
    st.tuples(
        st.sampled_from(NUMBERS[:5]),
        st.sampled_from(
            [
                EventKind.OPTED_IN,
                EventKind.OPTED_OUT,
                EventKind.REQUESTED,
                EventKind.DECLINED,
                EventKind.SUPPRESSED,
            ]
        ),
        st.sampled_from(["example-alerts", "example-offers", None]),
        st.sampled_from([datetime(2025, 1, 1, tzinfo=UTC), datetime(2025, 3, 1, tzinfo=UTC)]),
    ),
    max_size=6,
)

STATED = st.sampled_from(
    [
        None,
        Stated(source=Source.POINT_OF_SALE),
        Stated(None, LegalBasis.EXPRESS, date(2025, 2, 1), ZoneInfo("America/New_York")),
        Stated(
            Source.POINT_OF_SALE,
            LegalBasis.EXPRESS_WRITTEN,
            date(2025, 2, 1),
            ZoneInfo("America/New_York"),
        ),
    ]
)


@pytest.mark.django_db
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rows=ROWS, before=BEFORE, batch=st.sampled_from([1, 3, 100]), stated=STATED)
def test_a_list_comes_to_the_same_written_at_once_and_one_by_one(rows, before, batch, stated):
    file = a_file(rows)
    with transaction.atomic():
        topics = some_topics()
        officer = a_user(first_name="Lisa", last_name="Listwright")
        for number, kind, topic, at in before:
            if topic or kind not in {EventKind.OPTED_IN, EventKind.REQUESTED}:
                an_event(a_contact(number), kind, topics.get(topic), occurred_at=at)
        found = []
        for way in (at_once, one_by_one):
            with transaction.atomic():
                way(received(file, officer, stated), officer, batch)
                found.append(everything())
                transaction.set_rollback(True)
        transaction.set_rollback(True)
    assert found[0] == found[1]


def a_file(rows):
    text = "\n".join(",".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows)
    return io.BytesIO(f"{HEADER}\n{text}\n".encode())


def some_topics():
    topics = {slug: a_topic(slug) for slug in ("example-alerts", "example-offers")}
    a_topic("closed", open=False)
    for topic in topics.values():
        a_disclosure(topic, place=Place.POINT_OF_SALE, wording='Say "yes"\n& \\ é')
        a_disclosure(topic, place=Place.WEB_FORM, language="es", version=2)
    return topics


def received(file, officer, stated):
    taken = previewing.receive(
        file, "a.csv", default_topic=None, user=officer, to_attest=stated is not None
    )
    if stated:
        wording = Disclosure.objects.get(topic__slug="example-alerts", place=Place.POINT_OF_SALE)
        stated = replace(stated, disclosure=wording if stated.source else None)
        attestations.attest(taken, stated, [], name="lisa listwright", by=officer)
        taken.refresh_from_db()
    return taken


def at_once(taken, officer, batch):
    from django.conf import settings as django_settings

    usual, django_settings.IMPORT_BATCH = django_settings.IMPORT_BATCH, batch
    try:
        previewing.preview(taken.pk)
        applying.confirm(taken.pk, user=officer)
        applying.apply(taken.pk)
    finally:
        django_settings.IMPORT_BATCH = usual


def everything():
    """Return all that both ways write, by names that do not change from one to the other."""
    assert list(projection.differences()) == []
    for kept in Evidence.objects.exclude(list_row="").select_related("event"):
        draft = ledger.EvidenceDraft(
            form_fields=kept.form_fields,
            words_shown=kept.words_shown,
            file_digest=kept.file_digest,
            list_row=kept.list_row,
        )
        assert ledger.evidence_digest(bytes(kept.salt), draft) == bytes(kept.event.evidence_digest)
        assert len(bytes(kept.salt)) == 16
    said = ("stated_postal_code", "stated_time_zone", "language", "external_id")
    person = ("number", "country", "state", "time_zones", *said)
    event = ("kind", "occurred_at", "note")
    found = {
        "contacts": Contact.objects.order_by("number").values_list(*person),
        "histories": sorted(
            {
                (row.number, row.history_type, row.history_change_reason, row.history_user_id)
                for row in Contact.history.all()
            },
            key=str,
        ),
        "last histories": [
            [getattr(contact.history.first(), name) for name in person]
            for contact in Contact.objects.order_by("number")
        ],
        "events": OptInEvent.objects.order_by("contact__number", "topic", "note", "pk").values_list(
            "contact__number",
            "topic",
            *event,
            "source",
            "legal_basis",
            "recorded_by",
            "disclosure",
            "contact_import__file_digest",
            "corrects",
            "expires_at",
        ),
        "evidence": Evidence.objects.order_by(
            "event__contact__number", "event__topic", "event__note"
        ).values_list(
            "event__contact__number",
            "event__topic",
            "ip_address",
            "user_agent",
            "page",
            "form_fields",
            "words_shown",
            "words_received",
            "file_digest",
            "list_row",
        ),
        "subscriptions": Subscription.objects.order_by("contact__number", "topic").values_list(
            "contact__number",
            "topic",
            "standing",
            "since",
            "legal_basis",
            "confirmed",
            *(
                f"{by}__{name}"
                for by in ("authorised_by", "requested_by", "opted_out_by")
                for name in event
            ),
        ),
        "suppressions": Suppression.objects.order_by("contact__number", "topic").values_list(
            "contact__number", "topic", "reason", "since", "expires_at", "event__note"
        ),
    }
    return {
        name: [re.sub(r"(import|attestation) #\d+", r"\1 #", str(list(row))) for row in rows]
        for name, rows in found.items()
    }
