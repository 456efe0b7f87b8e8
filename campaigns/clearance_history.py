"""What clearance asks of the past: the ground a consent rests on, and the texts that a person had.

A fixed number of queries serves any number of contacts (P9).
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db.models import Q

from campaigns.clearance import Promise
from campaigns.models import Message
from campaigns.promised import promised_in
from campaigns.vocabulary import MessageKind, MessageStatus
from consent import disclosures
from consent.models import Disclosure, OptInEvent, Topic
from consent.vocabulary import EventKind, LegalBasis, Source

COUNTED = frozenset({MessageKind.CAMPAIGN, MessageKind.LIST_AUDIT, MessageKind.WELCOME})
"""Exempt texts keep no cap and fill none: STOP, HELP, answers and the request to confirm."""

FILLED = frozenset({MessageStatus.SENDING, MessageStatus.ACCEPTED, MessageStatus.UNCONFIRMED})
SCHEDULED = frozenset({MessageStatus.QUEUED, MessageStatus.HELD})
LONGEST = timedelta(days=31)
"""The longest period that any row of the rulebook counts over."""

# Whoever agreed by these roads read a wording of ours, or nobody can say what they were told
_BY_WORDING = frozenset({Source.WEB_FORM, Source.KEYWORD, Source.REPLY})


Moments = tuple[datetime, ...]


class Text(NamedTuple):
    """A counted text: `at` is when it was sent, or is due where it waits."""

    pk: int
    topic: int | None
    brand: int | None
    waits: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class Ground:
    """What an authorising event rests on, as the fields of `Facts` of the same names."""

    basis: LegalBasis
    consented_at: datetime
    consent_ends_at: datetime | None
    disclosure_lacks: tuple[str, ...] | None
    promise: Promise | None


def grounds_of(events: Collection[int]) -> dict[int, Ground]:
    """Return the ground of each authorising event; two queries.

    A confirmation rests on the disclosure of the request that it answers. What came on paper or by
    a list was proven then and lacks nothing; its promise is the topic's of today.
    """
    rows = list(
        OptInEvent.objects.filter(pk__in=events).select_related("topic__brand", "disclosure")
    )
    pairs = {(row.contact_id, row.topic_id) for row in rows if row.disclosure_id is None}
    asked: dict[tuple[int, int | None], list[OptInEvent]] = defaultdict(list)
    for request in OptInEvent.objects.filter(
        kind=EventKind.REQUESTED,
        contact_id__in={contact for contact, _ in pairs},
        topic_id__in={topic for _, topic in pairs},
    ).select_related("disclosure"):
        asked[request.contact_id, request.topic_id].append(request)
    return {row.pk: _of_event(row, asked[row.contact_id, row.topic_id]) for row in rows}


def ground_on(
    topic: Topic | None,
    disclosure: Disclosure | None,
    *,
    source: str,
    by_list: bool,
    basis: str,
    consented_at: datetime,
    ends_at: datetime | None,
) -> Ground:
    """Return what a consent to a topic rests on, from the wording and the road that lead to it."""
    lacks: tuple[str, ...] | None = None
    promise: Promise | None = None
    if disclosure is not None and topic is not None:
        promise = promised_in(disclosure.wording)
        found = disclosures.faults(
            disclosure.wording,
            brand_name=topic.brand.name,
            frequency_text=_frequency_shown(promise, topic),
            promotional=topic.is_promotional,
            language=disclosure.language,
        )
        lacks = tuple(fault.code for fault in found)
        if "language.unknown" in lacks:
            lacks = None
    elif by_list or source not in _BY_WORDING:
        lacks, promise = (), promise_of_today(topic)
    return Ground(LegalBasis(basis), consented_at, ends_at, lacks, promise)


def _frequency_shown(promise: Promise | None, topic: Topic) -> str:
    """Return the frequency that a wording names itself; the topic's may have changed since."""
    if promise is None:
        return disclosures.frequency_text(topic.frequency_count, topic.frequency_unit)
    return disclosures.frequency_text(promise.count, promise.unit or "")


def texts_of(contacts: Collection[int], moment: datetime) -> Mapping[int, tuple[Text, ...]]:
    """Return each contact's counted texts."""
    found: dict[int, list[Text]] = defaultdict(list)
    for pk, contact, topic, brand, status, due, claimed, settled in Message.objects.filter(
        Q(status__in=FILLED, created_at__lte=moment) | Q(status__in=SCHEDULED),
        Q(settled_at=None) | Q(settled_at__gt=moment - LONGEST),
        contact_id__in=contacts,
        kind__in=COUNTED,
        answers=None,
    ).values_list(
        *("pk", "contact_id", "topic_id", "topic__brand_id"),
        *("status", "due_at", "claimed_at", "settled_at"),
    ):
        waits = status in SCHEDULED
        at = due if waits else claimed or settled or due
        found[contact].append(Text(pk, topic, brand, waits, at))
    return {contact: tuple(texts) for contact, texts in found.items()}


def sent_before(
    texts: Iterable[Text],
    *,
    message: int | None,
    topic: int | None = None,
    brand: int | None = None,
) -> Moments:
    """Return the moments that count against a message, in order; with a topic or a brand, its own.

    Of texts that wait, those recorded before it count and later ones do not: were each to count the
    other, both would put each other off for ever. A text not recorded yet counts all.
    """
    return tuple(
        sorted(
            each.at
            for each in texts
            if each.pk != message
            and (topic is None or each.topic == topic)
            and (brand is None or each.brand == brand)
            and not (each.waits and message is not None and each.pk > message)
        )
    )


def _of_event(event: OptInEvent, requests: Iterable[OptInEvent]) -> Ground:
    disclosure, source = event.disclosure, event.source
    earlier = [each for each in requests if each.occurred_at <= event.occurred_at]
    if disclosure is None and event.kind == EventKind.CONFIRMED and earlier:
        request = max(earlier, key=lambda each: (each.occurred_at, each.pk))
        disclosure, source = request.disclosure, request.source
    return ground_on(
        event.topic,
        disclosure,
        source=source,
        by_list=event.contact_import_id is not None,
        basis=event.legal_basis,
        consented_at=event.occurred_at,
        ends_at=event.expires_at,
    )


def promise_of_today(topic: Topic | None) -> Promise | None:
    """Return how often a topic says now that texts come."""
    if topic is None:
        return None
    if topic.frequency_count is None:
        return Promise()
    return promised_in(disclosures.frequency_text(topic.frequency_count, topic.frequency_unit))
