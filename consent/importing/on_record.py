"""Ask what the ledger holds of the numbers and topics of a batch of rows."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Q

from consent.importing.checking import Consent, OnRecord
from consent.models import Contact, OptInEvent, Subscription, Suppression
from consent.vocabulary import EventKind, Standing

Key = tuple[str, int]  # E.164 and topic


def on_record(consents: Sequence[Consent], now: datetime) -> dict[Key, OnRecord]:
    """Return what is on record of each consent's number and topic, in four queries."""
    numbers = {consent.number.e164 for consent in consents}
    topics = {consent.topic.id for consent in consents}
    contacts = dict(Contact.objects.filter(number__in=numbers).values_list("number", "pk"))
    of_these = Q(contact_id__in=list(contacts.values())) & (Q(topic__in=topics) | Q(topic=None))
    standings: dict[tuple[int, int | None], tuple[Standing, datetime | None, bool]] = {
        (contact, topic): (Standing(standing), since, opted_out_by is not None)
        for contact, topic, standing, since, opted_out_by in Subscription.objects.filter(
            of_these
        ).values_list("contact_id", "topic_id", "standing", "since", "opted_out_by_id")
    }
    suppressed = set(
        Suppression.objects.filter(of_these)
        .filter(Q(expires_at=None) | Q(expires_at__gt=now))
        .values_list("contact_id", "topic_id")
    )
    told = set(
        OptInEvent.objects.filter(of_these, kind=EventKind.OPTED_IN, corrections=None).values_list(
            "contact_id", "topic_id", "occurred_at"
        )
    )
    found: dict[Key, OnRecord] = {}
    for consent in consents:
        contact, topic = contacts.get(consent.number.e164), consent.topic.id
        if contact is None:
            found[consent.number.e164, topic] = OnRecord()
            continue
        # A topic's own row counts in what concerned every topic; without one, that row speaks
        standing, since, opted_out = standings.get(
            (contact, topic), standings.get((contact, None), (Standing.UNKNOWN, None, False))
        )
        found[consent.number.e164, topic] = OnRecord(
            standing,
            since,
            opted_out,
            not suppressed.isdisjoint({(contact, topic), (contact, None)}),
            (contact, topic, consent.at) in told,
        )
    return found
