"""What clearance asks of the past: the ground a consent rests on, and the texts that a person had.

A fixed number of queries serves any number of contacts (P9).
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain
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


@dataclass(frozen=True, slots=True)
class Ground:
    """What an authorising event rests on, as the fields of `Facts` of the same names."""

    basis: LegalBasis
    consented_at: datetime
    consent_ends_at: datetime | None
    disclosure_lacks: tuple[str, ...] | None
    promise: Promise | None


class Event(NamedTuple):
    """An event as far as its ground goes. Instances of the model would cost more than the rest."""

    pk: int
    contact_id: int
    topic_id: int | None
    kind: str
    source: str
    contact_import_id: int | None
    legal_basis: str
    occurred_at: datetime
    expires_at: datetime | None
    disclosure_id: int | None


def grounds_of(events: Collection[int]) -> dict[int, Ground]:
    """Return the ground of each authorising event."""
    return grounds_on(events_of(events))


def events_of(events: Collection[int]) -> list[Event]:
    """Return what grounds are read from, of authorising events; one query."""
    return _events(Q(pk__in=events))


def grounds_on(
    rows: Collection[Event], topics: Mapping[int, Topic] | None = None
) -> dict[int, Ground]:
    """Return the ground of each authorising event; a query each for requests and wordings.

    `topics` are those known, with their brands; others are read.

    A confirmation rests on the disclosure of the request that it answers. What came on paper or by
    a list was proven then and lacks nothing; its promise is the topic's of today.
    """
    answering = [
        row for row in rows if row.disclosure_id is None and row.kind == EventKind.CONFIRMED
    ]
    asked: dict[tuple[int, int | None], list[Event]] = defaultdict(list)
    if answering:
        for request in _events(
            Q(
                kind=EventKind.REQUESTED,
                contact_id__in={row.contact_id for row in answering},
                topic_id__in={row.topic_id for row in answering},
            )
        ):
            asked[request.contact_id, request.topic_id].append(request)
    topics = dict(topics or {})
    if unknown := {row.topic_id for row in rows} - {None, *topics}:
        topics |= Topic.objects.select_related("brand").in_bulk(unknown)
    told = {row.disclosure_id for row in [*rows, *chain(*asked.values())]}
    wordings = Disclosure.objects.in_bulk(told - {None}) if told - {None} else {}
    return {
        row.pk: _of_event(row, asked.get((row.contact_id, row.topic_id), ()), topics, wordings)
        for row in rows
    }


def _events(which: Q) -> list[Event]:
    return [Event(*row) for row in OptInEvent.objects.filter(which).values_list(*Event._fields)]


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


def texts_of(
    contacts: Collection[int], moment: datetime
) -> Mapping[int, tuple[tuple[int, int | None, bool, datetime], ...]]:
    """Return each contact's counted texts as pk, topic, whether scheduled only, and moment."""
    found: dict[int, list[tuple[int, int | None, bool, datetime]]] = defaultdict(list)
    for pk, contact, topic, status, due, claimed, settled in Message.objects.filter(
        Q(status__in=FILLED, created_at__lte=moment) | Q(status__in=SCHEDULED),
        Q(settled_at=None) | Q(settled_at__gt=moment - LONGEST),
        contact_id__in=contacts,
        kind__in=COUNTED,
        answers=None,
    ).values_list("pk", "contact_id", "topic_id", "status", "due_at", "claimed_at", "settled_at"):
        waits = status in SCHEDULED
        found[contact].append((pk, topic, waits, due if waits else claimed or settled or due))
    return {contact: tuple(texts) for contact, texts in found.items()}


def sent_before(
    texts: Iterable[tuple[int, int | None, bool, datetime]],
    *,
    message: int | None,
    topic: int | None = None,
) -> Moments:
    """Return the moments that count against a message, in order; with a topic, those on it.

    Of texts that wait, those recorded before it count and later ones do not: were each to count the
    other, both would put each other off for ever. A text not recorded yet counts all.
    """
    return tuple(
        sorted(
            at
            for pk, about, waits, at in texts
            if pk != message
            and (topic is None or about == topic)
            and not (waits and message is not None and pk > message)
        )
    )


def _of_event(
    event: Event,
    requests: Iterable[Event],
    topics: Mapping[int, Topic],
    wordings: Mapping[int, Disclosure],
) -> Ground:
    wording, source = event.disclosure_id, event.source
    earlier = [each for each in requests if each.occurred_at <= event.occurred_at]
    if wording is None and event.kind == EventKind.CONFIRMED and earlier:
        request = max(earlier, key=lambda each: (each.occurred_at, each.pk))
        wording, source = request.disclosure_id, request.source
    return ground_on(
        topics.get(event.topic_id or 0),
        wordings.get(wording or 0),
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
