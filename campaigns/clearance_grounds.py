"""What clearance asks of the past: the ground that a consent rests on, and what it promised.

A fixed number of queries serves any number of consents (P9).
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import lru_cache
from typing import NamedTuple

from campaigns.clearance import Promise, SoftOptIn
from campaigns.promised import promised_in
from campaigns.statements import rows
from consent import disclosures
from consent.models import Topic
from consent.vocabulary import EventKind, ImpliedBy, LegalBasis, MessageClass, Source

# Whoever agreed by these roads read a wording of ours, or nobody can say what they were told
_BY_WORDING = frozenset({Source.WEB_FORM, Source.KEYWORD, Source.REPLY})


@dataclass(frozen=True, slots=True)
class Ground:
    """What an authorising event rests on, as the fields of `Facts` of the same names."""

    basis: LegalBasis
    consented_at: datetime | None
    consent_ends_at: datetime | None
    disclosure_lacks: tuple[str, ...] | None
    promise: Promise | None
    implied_by: ImpliedBy | None = None
    soft_opt_in: SoftOptIn | None = None


def grounds_of(events: Collection[int]) -> dict[int, Ground]:
    """Return the ground of each authorising event; two queries.

    A confirmation rests on the disclosure of the request that it answers. What came on paper or by
    a list was proven then and lacks nothing; its promise is the topic's of today.
    """
    return grounds_and_roads_of(events)[0]


def grounds_and_roads_of(
    events: Collection[int],
) -> tuple[dict[int, Ground], dict[int, tuple[str, int | None]]]:
    """Return the same with the source of each event and the list that brought it."""
    if not events:
        return {}, {}
    found = [
        (row[0], _Road(*row[1:15]), Said(*row[15:19]), _words(*row[19:]))
        for row in rows(_EVENTS, events=list(events))
    ]
    pairs = {(road.contact, road.topic) for _, road, _, words in found if words is None}
    asked: dict[tuple[int, int | None], list[_Request]] = defaultdict(list)
    if pairs:
        for contact, topic, at, pk, source, *words in rows(
            _REQUESTS,
            requested=EventKind.REQUESTED.value,
            contacts=list({contact for contact, _ in pairs}),
            topics=list({topic for _, topic in pairs}),
        ):
            asked[contact, topic].append(_Request(at, pk, source, _words(*words)))
    return {
        pk: _of_event(road, said, words, asked[road.contact, road.topic])
        for pk, road, said, words in found
    }, {pk: (road.source, road.list_of) for pk, road, _, _ in found}


class Said(NamedTuple):
    """What a topic says of itself; brand None where there is no topic."""

    brand: str | None
    message_class: str
    frequency_count: int | None
    frequency_unit: str


class Words(NamedTuple):
    """A wording that a person agreed to."""

    wording: str
    language: str


class _Road(NamedTuple):
    """The columns of an event that its ground rests on."""

    contact: int
    topic: int | None
    kind: str
    source: str
    basis: str
    at: datetime
    ends_at: datetime | None
    list_of: int | None
    implied_by: str
    implied_on: date | None
    details_from_sale: bool | None
    own_similar_products: bool | None
    refusal_offered_then: bool | None
    refusal_in_each_text: bool | None


class _Request(NamedTuple):
    at: datetime
    pk: int
    source: str
    words: Words | None


_EVENTS = """
    SELECT e.id, e.contact_id, e.topic_id, e.kind, e.source, e.legal_basis, e.occurred_at,
           e.expires_at, e.contact_import_id, e.implied_by, e.implied_on, e.details_from_sale,
           e.own_similar_products, e.refusal_offered_then, e.refusal_in_each_text, b.name,
           t.message_class, t.frequency_count, t.frequency_unit, d.wording, d.language
    FROM consent_optinevent AS e
        LEFT JOIN consent_topic AS t ON t.id = e.topic_id
        LEFT JOIN consent_brand AS b ON b.id = t.brand_id
        LEFT JOIN consent_disclosure AS d ON d.id = e.disclosure_id
    WHERE e.id = ANY(%(events)s)
"""
_REQUESTS = """
    SELECT e.contact_id, e.topic_id, e.occurred_at, e.id, e.source, d.wording, d.language
    FROM consent_optinevent AS e LEFT JOIN consent_disclosure AS d ON d.id = e.disclosure_id
    WHERE e.kind = %(requested)s AND e.contact_id = ANY(%(contacts)s)
        AND e.topic_id = ANY(%(topics)s)
"""


def said_by(topic: Topic) -> Said:
    """Return what a topic says of itself today."""
    return Said(topic.brand.name, topic.message_class, topic.frequency_count, topic.frequency_unit)


def ground_on(
    said: Said,
    words: Words | None,
    *,
    source: str,
    by_list: bool,
    basis: str,
    consented_at: datetime,
    ends_at: datetime | None,
    implied_by: str = "",
    soft: Sequence[bool | None] = (None, None, None, None),
) -> Ground:
    """Return what a consent to a topic rests on, from the wording and the road that lead to it.

    An implied consent that does not say what implied it has no age that anybody knows.
    """
    lacks: tuple[str, ...] | None = None
    promise: Promise | None = None
    if words is not None and said.brand is not None:
        lacks, promise = _told(said, words)
    elif by_list or source not in _BY_WORDING:
        lacks, promise = (), promise_of(said)
    unknown = basis == LegalBasis.IMPLIED and not implied_by
    return Ground(
        LegalBasis(basis),
        None if unknown else consented_at,
        ends_at,
        lacks,
        promise,
        ImpliedBy(implied_by) if implied_by else None,
        SoftOptIn(*soft) if basis == LegalBasis.SOFT_OPT_IN else None,
    )


@lru_cache(maxsize=512)
def _told(said: Said, words: Words) -> tuple[tuple[str, ...] | None, Promise | None]:
    """Return what a wording lacks and promises; thousands agreed to the same one."""
    promise = promised_in(words.wording)
    found = disclosures.faults(
        words.wording,
        brand_name=said.brand or "",
        frequency_text=_frequency_shown(promise, said),
        promotional=said.message_class == MessageClass.PROMOTIONAL,
        language=words.language,
    )
    lacks = tuple(fault.code for fault in found)
    return None if "language.unknown" in lacks else lacks, promise


def _frequency_shown(promise: Promise | None, said: Said) -> str:
    """Return the frequency that a wording names itself; the topic's may have changed since."""
    if promise is None:
        return disclosures.frequency_text(said.frequency_count, said.frequency_unit)
    return disclosures.frequency_text(promise.count, promise.unit or "")


def _words(wording: str | None, language: str | None) -> Words | None:
    return None if wording is None else Words(wording, language or "")


def _of_event(
    event: _Road, said: Said, words: Words | None, requests: Iterable[_Request]
) -> Ground:
    source = event.source
    earlier = [each for each in requests if each.at <= event.at]
    if words is None and event.kind == EventKind.CONFIRMED and earlier:
        request = max(earlier, key=lambda each: (each.at, each.pk))
        words, source = request.words, request.source
    return ground_on(
        said,
        words,
        source=source,
        by_list=event.list_of is not None,
        basis=event.basis,
        consented_at=_start_of(event.implied_on) if event.implied_on else event.at,
        ends_at=event.ends_at,
        implied_by=event.implied_by,
        soft=event[-4:],
    )


def _start_of(day: date) -> datetime:
    """Return when a day begins in UTC, which is before it does anywhere in the Americas."""
    return datetime.combine(day, time(), UTC)


@lru_cache(maxsize=512)
def promise_of(said: Said) -> Promise | None:
    """Return how often a topic says that texts come."""
    if said.brand is None:
        return None
    if said.frequency_count is None:
        return Promise()
    return promised_in(disclosures.frequency_text(said.frequency_count, said.frequency_unit))
