"""The only writer of opt-in events and of what they amount to (P2)."""

import hashlib
import json
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import transaction

from consent import clock
from consent.models import Contact, Evidence, OptInEvent
from consent.projection import project
from consent.vocabulary import EventKind, ImpliedBy, LegalBasis, Source


@dataclass(frozen=True, slots=True)
class EvidenceDraft:
    """What was seen, said and sent when an event happened; `file` is a stored name.

    `list_row` is the row of a list as it came, as JSON of header to text.
    """

    ip_address: str | None = None
    user_agent: str = ""
    page: str = ""
    form_fields: dict[str, Any] = field(default_factory=dict)
    words_shown: str = ""
    words_received: str = ""
    file: str = ""
    file_digest: str = ""
    list_row: str = ""


@dataclass(frozen=True, slots=True)
class SoftFacts:
    """What a soft opt-in rests on; None where nobody knows."""

    details_from_sale: bool | None = None
    own_similar_products: bool | None = None
    refusal_offered_then: bool | None = None
    refusal_in_each_text: bool | None = None


NO_SOFT_FACTS = SoftFacts()


@dataclass(frozen=True, slots=True)
class EventDraft:
    """An event as it is to be recorded. Topic None means every topic; `occurred_at` None, now.

    `implied_by` and `implied_on` go together, with an implied consent; `soft` with a soft opt-in.
    """

    contact: int
    kind: EventKind
    source: Source
    topic: int | None = None
    basis: LegalBasis = LegalBasis.NONE
    occurred_at: datetime | None = None
    recorded_by: int | None = None
    disclosure: int | None = None
    contact_import: int | None = None
    corrects: int | None = None
    expires_at: datetime | None = None
    note: str = ""
    implied_by: ImpliedBy | None = None
    implied_on: date | None = None
    soft: SoftFacts = NO_SOFT_FACTS
    evidence: EvidenceDraft | None = None


def record(draft: EventDraft) -> OptInEvent:
    """Record one event and what it amounts to, in one transaction."""
    return record_many([draft])[0]


def record_many(drafts: Sequence[EventDraft], *, held: bool = False) -> list[OptInEvent]:
    """Record many events, in the order given, and what they amount to, in one transaction.

    Contacts are locked first, in order of their ids, so that two writers about one person wait for
    each other instead of projecting over each other. `held`: the caller's transaction has locked
    them already, and is given up as a whole where this fails.
    """
    with transaction.atomic(savepoint=not held):
        contacts = sorted({draft.contact for draft in drafts})
        if not held:
            hold(contacts)
        events = _recorded(drafts)
        project(contacts)
    return events


def _recorded(drafts: Sequence[EventDraft]) -> list[OptInEvent]:
    """Write events and their evidence."""
    moment = clock.now()
    events, evidence = [], []
    for draft in drafts:
        event = _event(draft, moment)
        events.append(event)
        if draft.evidence is not None:
            salt = secrets.token_bytes(16)
            event.evidence_digest = evidence_digest(salt, draft.evidence)
            evidence.append((event, salt, draft.evidence))
    OptInEvent.objects.bulk_create(events, batch_size=2000)
    Evidence.objects.bulk_create(
        [
            Evidence(event=event, salt=salt, recorded_at=moment, **asdict(kept))
            for event, salt, kept in evidence
        ],
        batch_size=2000,
    )
    return events


def foreseen(draft: EventDraft, pk: int) -> OptInEvent:
    """Return an event as it would be recorded now, under an id for the time being; not saved."""
    event = _event(draft, clock.now())
    event.pk = pk
    return event


def hold(contacts: Iterable[int]) -> None:
    """Lock contacts until the transaction ends; ask before reading a standing to act upon."""
    ids = sorted(contacts)
    list(
        Contact.objects.select_for_update(no_key=True)
        .filter(pk__in=ids)
        .order_by("pk")
        .values_list("pk", flat=True)
    )


def evidence_digest(salt: bytes, evidence: EvidenceDraft) -> bytes:
    """Return SHA-256 over salt, the evidence as JSON, and the row of a list as it came, 32 bytes.

    The JSON is of what is not empty, with sorted keys.
    """
    return hashlib.sha256(salt + (as_json(evidence) + evidence.list_row).encode()).digest()


def as_json(evidence: EvidenceDraft) -> str:
    """Return the evidence but for the row of a list, as its digest reads it."""
    kept = {name: value for name, value in asdict(evidence).items() if value}
    kept.pop("list_row", None)
    return json.dumps(kept, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def _event(draft: EventDraft, moment: datetime) -> OptInEvent:
    return OptInEvent(
        contact_id=draft.contact,
        topic_id=draft.topic,
        kind=draft.kind,
        source=draft.source,
        legal_basis=draft.basis,
        # A clock ahead of ours must not make an event newer than its own record
        occurred_at=min(draft.occurred_at or moment, moment),
        recorded_at=moment,
        recorded_by_id=draft.recorded_by,
        disclosure_id=draft.disclosure,
        contact_import_id=draft.contact_import,
        corrects_id=draft.corrects,
        expires_at=draft.expires_at,
        note=draft.note,
        implied_by=draft.implied_by or "",
        implied_on=draft.implied_on,
        **asdict(draft.soft),
    )
