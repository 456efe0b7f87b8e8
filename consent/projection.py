"""Write the subscriptions and suppressions that the ledger amounts to.

Called by `consent.ledger` in the transaction of the event, and by `rebuild_standings`.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection, transaction

from consent.models import Contact, OptInEvent, Subscription, Suppression
from consent.standing import Happening, StandingAt, fold, fold_suppressions
from consent.vocabulary import EventKind, LegalBasis, Source, Standing

CHUNK = 5000

Key = tuple[int, int | None]


@dataclass(slots=True)
class Projected:
    """Rows by (contact, topic), as plain values that can be compared."""

    subscriptions: dict[Key, tuple[object, ...]] = field(default_factory=dict)
    suppressions: dict[Key, tuple[object, ...]] = field(default_factory=dict)


def project(contacts: Sequence[int]) -> None:
    """Bring the rows of these contacts in line with their events; the caller holds the contacts."""
    wanted, present = folded(contacts), kept(contacts)
    changed = [
        _subscription(key, row)
        for key, row in wanted.subscriptions.items()
        if present.subscriptions.get(key) != row
    ]
    Subscription.objects.bulk_create(
        changed,
        batch_size=2000,
        update_conflicts=True,
        unique_fields=("contact", "topic"),
        update_fields=SUBSCRIPTION_COLUMNS,
    )
    _drop(Subscription, present.subscriptions.keys() - wanted.subscriptions.keys())
    _drop(
        Suppression,
        [k for k, row in present.suppressions.items() if wanted.suppressions.get(k) != row],
    )
    Suppression.objects.bulk_create(
        [
            Suppression(
                contact_id=key[0],
                topic_id=key[1],
                **dict(zip(SUPPRESSION_COLUMNS, row, strict=True)),
            )
            for key, row in wanted.suppressions.items()
            if present.suppressions.get(key) != row
        ],
        batch_size=2000,
    )


def folded(contacts: Sequence[int], as_of: datetime | None = None) -> Projected:
    """Return the rows that the events of these contacts amount to."""
    result = Projected()
    for contact, events, notes in _events_by_contact(contacts):
        _fold_into(result, contact, events, notes, as_of)
    return result


def folded_at(moments: Collection[tuple[int, datetime]]) -> dict[tuple[int, datetime], Projected]:
    """Return what the events of each contact amounted to at a moment of its own; one query."""
    found = {asked: Projected() for asked in moments}
    asked_of: dict[int, set[datetime]] = defaultdict(set)
    for contact, moment in moments:
        asked_of[contact].add(moment)
    for contact, events, notes in _events_by_contact(list(asked_of)):
        for moment in asked_of[contact]:
            _fold_into(found[contact, moment], contact, events, notes, moment)
    return found


def _fold_into(
    result: Projected,
    contact: int,
    events: Sequence[Happening],
    notes: dict[int, tuple[datetime, str]],
    as_of: datetime | None,
) -> None:
    topics: set[int | None] = {event.topic for event in events}
    for topic in topics:
        state = fold([e for e in events if e.topic in {topic, None}], as_of)
        if state.standing is not Standing.UNKNOWN:
            result.subscriptions[contact, topic] = _as_row(state)
    for topic, found in fold_suppressions(events, as_of).items():
        since, reason = notes[found.event]
        result.suppressions[contact, topic] = (found.event, reason, since, found.expires_at)


def kept(contacts: Sequence[int]) -> Projected:
    """Return the rows of these contacts as they lie in the tables."""
    subscriptions = Subscription.objects.filter(contact_id__in=contacts)
    suppressions = Suppression.objects.filter(contact_id__in=contacts)
    return Projected(
        {
            (contact, topic): tuple(row)
            for contact, topic, *row in subscriptions.values_list(
                "contact_id", "topic_id", *SUBSCRIPTION_COLUMNS
            )
        },
        {
            (contact, topic): tuple(row)
            for contact, topic, *row in suppressions.values_list(
                "contact_id", "topic_id", *SUPPRESSION_COLUMNS
            )
        },
    )


def differences() -> Iterator[tuple[Key, str]]:
    """Walk all contacts and yield each row that differs from the fold, and how."""
    for chunk in _all_contacts():
        wanted, present = folded(chunk), kept(chunk)
        for name in ("subscriptions", "suppressions"):
            want, have = getattr(wanted, name), getattr(present, name)
            for key in sorted(want.keys() | have.keys(), key=str):
                if want.get(key) != have.get(key):
                    yield key, f"{name[:-1]}: kept {have.get(key)}, events say {want.get(key)}"


def rebuild() -> int:
    """Write every row anew where it differs; return how many contacts were walked."""
    walked = 0
    for chunk in _all_contacts():
        with transaction.atomic():
            list(
                Contact.objects.select_for_update(no_key=True)
                .filter(pk__in=chunk)
                .order_by("pk")
                .values_list("pk", flat=True)
            )
            project(chunk)
        walked += len(chunk)
    return walked


SUBSCRIPTION_COLUMNS = (
    "standing",
    "since",
    "legal_basis",
    "authorised_by_id",
    "requested_by_id",
    "opted_out_by_id",
    "confirmed",
)
SUPPRESSION_COLUMNS = ("event_id", "reason", "since", "expires_at")


def _as_row(state: StandingAt) -> tuple[object, ...]:
    return (
        state.standing.value,
        state.since,
        state.basis.value,
        state.authorised_by,
        state.requested_by,
        state.opted_out_by,
        state.confirmed,
    )


def _subscription(key: Key, row: tuple[object, ...]) -> Subscription:
    columns = dict(zip(SUBSCRIPTION_COLUMNS, row, strict=True))
    return Subscription(contact_id=key[0], topic_id=key[1], **columns)


def _drop(model: type[Subscription] | type[Suppression], keys: Collection[Key]) -> None:
    contacts, topics = zip(*keys, strict=True) if keys else ((), ())
    if not contacts:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            f"DELETE FROM {model._meta.db_table} t "  # noqa: S608  a name of ours, no value
            "USING unnest(%s::bigint[], %s::bigint[]) AS gone (contact, topic) "
            "WHERE t.contact_id = gone.contact AND t.topic_id IS NOT DISTINCT FROM gone.topic",
            [list(contacts), list(topics)],
        )


def _events_by_contact(
    contacts: Sequence[int],
) -> Iterator[tuple[int, list[Happening], dict[int, tuple[datetime, str]]]]:
    found: dict[int, list[Happening]] = defaultdict(list)
    notes: dict[int, tuple[datetime, str]] = {}
    rows = OptInEvent.objects.filter(contact_id__in=contacts).values_list(
        "contact_id",
        "pk",
        "kind",
        "occurred_at",
        "topic_id",
        "legal_basis",
        "corrects_id",
        "expires_at",
        "source",
        "note",
    )
    for contact, pk, kind, at, topic, basis, corrects, expires, source, note in rows:
        found[contact].append(
            Happening(
                pk,
                EventKind(kind),
                at,
                topic,
                LegalBasis(basis),
                corrects,
                expires,
                Source(source),
            )
        )
        if kind == EventKind.SUPPRESSED:
            notes[pk] = (at, note)
    for contact, events in found.items():
        yield contact, events, notes


def _all_contacts() -> Iterator[list[int]]:
    last = 0
    while chunk := list(
        Contact.objects.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:CHUNK]
    ):
        last = chunk[-1]
        yield chunk
