"""Take a request to join a topic, by the web form or by keyword."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from consent import clock, ledger
from consent.ledger import EventDraft, EvidenceDraft
from consent.models import (
    Contact,
    Disclosure,
    Evidence,
    OptInEvent,
    Subscription,
    Suppression,
    Topic,
)
from consent.vocabulary import EventKind, LegalBasis, Source, Standing

JOINING = (EventKind.REQUESTED, EventKind.OPTED_IN)


@transaction.atomic
def join(
    contact: Contact,
    topic: Topic,
    *,
    source: Source,
    evidence: EvidenceDraft,
    disclosure: Disclosure | None = None,
) -> OptInEvent | None:
    """Record that somebody asked to join; None where the topic is closed or they ask too often.

    The event is `requested`, which lets nobody text more than the question for YES; or `opted_in`
    where the topic asks once. The caller wakes campaigns: `tasks.wake_confirmation`.
    """
    ledger.hold([contact.pk])
    if not topic.open or asked_too_often(contact, source):
        return None
    drafts = requests_of(
        contact,
        topic,
        source=source,
        evidence=evidence,
        disclosure=disclosure,
        changed_hands=_is_barred_as_reassigned(contact),
    )
    return ledger.record_many(drafts)[-1]


def requests_of(
    contact: Contact,
    topic: Topic,
    *,
    source: Source,
    evidence: EvidenceDraft,
    changed_hands: bool,
    disclosure: Disclosure | None = None,
    occurred_at: datetime | None = None,
) -> list[EventDraft]:
    """Return what a request to join is recorded as, the request itself last.

    `changed_hands`: the number is barred as reassigned. Whoever has it now asks for themselves, so
    the bar is lifted; the former owner's consents stay closed.
    """
    joins = EventDraft(
        contact=contact.pk,
        topic=topic.pk,
        kind=_kind(contact, topic, source, changed_hands=changed_hands),
        source=source,
        basis=_basis(topic, disclosure),
        disclosure=disclosure.pk if disclosure else None,
        occurred_at=occurred_at,
        evidence=evidence,
    )
    if not changed_hands:
        return [joins]
    lifts = EventDraft(
        contact=contact.pk,
        kind=EventKind.SUPPRESSION_LIFTED,
        source=source,
        occurred_at=occurred_at,
        evidence=evidence,
        note="Its present owner asks to join.",
    )
    return [lifts, joins]


def asked_too_often(contact: Contact, source: Source) -> bool:
    """Say whether a number has had its requests of a day.

    Each road counts for itself: a stranger who types a number into the web form all day must not
    keep its owner from joining by keyword.
    """
    asked = OptInEvent.objects.filter(
        contact=contact,
        source=source,
        kind__in=JOINING,
        recorded_at__gt=clock.now() - timedelta(days=1),
    )
    return asked.count() >= settings.OPT_IN_REQUESTS_PER_NUMBER_AND_DAY


def had_asked_too_often(events: Iterable[OptInEvent], source: Source, moment: datetime) -> bool:
    """Say the same of a moment, by the events of one contact until then."""
    since = moment - timedelta(days=1)
    asked = [
        event
        for event in events
        if event.source == source and event.kind in JOINING and event.occurred_at > since
    ]
    return len(asked) >= settings.OPT_IN_REQUESTS_PER_NUMBER_AND_DAY


def address_asks_too_often(ip_address: str | None) -> bool:
    """Say whether an internet address has had its requests of an hour; unknown ones share one."""
    recent = Evidence.objects.filter(
        ip_address=ip_address,
        recorded_at__gt=clock.now() - timedelta(hours=1),
        event__source=Source.WEB_FORM,
        event__kind__in=JOINING,
    )
    return recent.count() >= settings.OPT_IN_REQUESTS_PER_ADDRESS_AND_HOUR


def _is_barred_as_reassigned(contact: Contact) -> bool:
    return Suppression.objects.filter(
        contact=contact, topic=None, event__source=Source.REASSIGNED
    ).exists()


def _kind(contact: Contact, topic: Topic, source: Source, *, changed_hands: bool) -> EventKind:
    if topic.double_opt_in:
        return EventKind.REQUESTED
    # Anyone can type a number into a form: who left is asked before being written to again. A
    # keyword comes from the phone itself.
    if source is Source.WEB_FORM and (changed_hands or _has_left(contact, topic)):
        return EventKind.REQUESTED
    return EventKind.OPTED_IN


def _has_left(contact: Contact, topic: Topic) -> bool:
    rows = {
        row.topic_id: row
        for row in Subscription.objects.filter(contact=contact, topic__in=[topic])
        | Subscription.objects.filter(contact=contact, topic=None)
    }
    stands = rows.get(topic.pk) or rows.get(None)
    return stands is not None and (
        stands.standing == Standing.OPTED_OUT or stands.opted_out_by_id is not None
    )


def _basis(topic: Topic, disclosure: Disclosure | None) -> LegalBasis:
    """Agreement in writing needs the words agreed to: 47 CFR 64.1200(f)(9)."""
    if topic.is_promotional and disclosure is not None:
        return LegalBasis.EXPRESS_WRITTEN
    return LegalBasis.EXPRESS
