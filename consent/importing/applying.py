"""Apply a confirmed import to the ledger, in batches that a crash can fall between."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Count

from consent import clock, contacts, ledger
from consent.importing import lease
from consent.importing.checking import Checked, Checks, Consent, against_ledger
from consent.importing.mapping import columns
from consent.importing.on_record import on_record
from consent.importing.previewing import checks_for, in_order
from consent.models import Contact, ContactImport, ContactImportRow, Disclosure
from consent.vocabulary import EventKind, ImportState, RowOutcome

BATCH = 1000

Wordings = dict[tuple[int, str, str, int], tuple[int, str]]


@dataclass(frozen=True, slots=True)
class Accepted:
    """A row that is new, the person it is about, and what it proves."""

    row: ContactImportRow
    person: Contact
    consent: Consent


def confirm(import_id: int, *, user: Any = None, lease_until: datetime | None = None) -> bool:
    """Let a preview be applied; False if somebody confirmed or discarded it before."""
    return bool(
        ContactImport.objects.filter(pk=import_id, state=ImportState.PREVIEWED).update(
            state=ImportState.APPLYING, confirmed_by=user, progress=0, lease_until=lease_until
        )
    )


def apply(import_id: int, held: datetime | None = None) -> None:
    """Bring the rows that are new into the ledger, each batch in one transaction.

    Picks up where nobody works on it; does nothing otherwise. A row is applied once: it gets its
    contact in the transaction that records its event. Every row is checked again at that moment,
    since people may have opted out after the preview.
    """
    held = held or lease.claim(import_id, ImportState.APPLYING)
    line = 0
    while held is not None:
        with transaction.atomic():
            # First of all, so that a worker that was taken over stops before it writes
            held = lease.renew(import_id, ImportState.APPLYING, held)
            taken = ContactImport.objects.select_related("default_topic").get(pk=import_id)
            rows = list(
                taken.import_rows.filter(
                    outcome=RowOutcome.NEW, contact=None, line__gt=line
                ).order_by("line")[:BATCH]
            )
            if not rows:
                _finish(taken)
                return
            _apply(taken, rows)
            taken.progress += len(rows)
            taken.save(update_fields=["progress"])
            line = rows[-1].line


def _apply(taken: ContactImport, rows: Sequence[ContactImportRow]) -> None:
    checks = checks_for(taken, columns(tuple(rows[0].cells), topic_given=True))
    found = _checked_again(checks, rows)
    people = contacts.contacts_for(
        [each.consent.number for each in found if each.consent],
        reason=f"Contact import #{taken.pk}",
    )
    ledger.hold([person.pk for person in people.values()])
    known = on_record([each.consent for each in found if each.consent], checks.now)
    accepted: list[Accepted] = []
    for row, each in zip(rows, found, strict=True):
        outcome, reason = each.outcome, each.reason
        if each.consent:
            outcome, reason = against_ledger(
                each.consent, known[each.number, each.consent.topic.id]
            )
        row.outcome, row.reason = outcome, reason[:300]
        if each.consent and outcome is RowOutcome.NEW:
            row.contact = people[each.number]
            accepted.append(Accepted(row, people[each.number], each.consent))
    wordings = _wordings({each.consent.topic.id for each in accepted})
    ledger.record_many([_draft(taken, each, wordings) for each in accepted])
    _fill_in(taken, accepted)
    _write(
        "consent_contactimportrow",
        {"contact_id": "bigint", "outcome": "text", "reason": "text"},
        [(row.pk, row.contact_id, row.outcome, row.reason) for row in rows],
    )


def _checked_again(checks: Checks, rows: Sequence[ContactImportRow]) -> list[Checked]:
    return [checks.check(row.line, row.cells) for row in rows]


def _draft(taken: ContactImport, accepted: Accepted, wordings: Wordings) -> ledger.EventDraft:
    consent = accepted.consent
    place, language = consent.place.value, consent.language or "en"
    disclosure, words = (
        wordings.get((consent.topic.id, place, language, consent.version), (None, ""))
        if consent.version is not None
        else (None, "")
    )
    return ledger.EventDraft(
        contact=accepted.person.pk,
        kind=EventKind.OPTED_IN,
        source=consent.source,
        topic=consent.topic.id,
        basis=consent.basis(words_known=bool(words)),
        occurred_at=consent.at,
        recorded_by=taken.confirmed_by_id,
        disclosure=disclosure,
        contact_import=taken.pk,
        note=f"Line {accepted.row.line} of contact import #{taken.pk}",
        evidence=ledger.EvidenceDraft(
            form_fields=accepted.row.cells,
            words_shown=words,
            file=taken.file.name or "",
            file_digest=taken.file_digest,
        ),
    )


def _wordings(topics: set[int]) -> Wordings:
    """Return the published wordings of topics by topic, place, language and version."""
    return {
        (topic, place, language, version): (pk, wording)
        for pk, topic, place, language, version, wording in Disclosure.objects.published()
        .filter(topic__in=topics)
        .values_list("pk", "topic_id", "place", "language", "version", "wording")
    }


STATED = {
    "stated_place": "home",
    "stated_postal_code": "postal_code",
    "language": "language",
    "external_id": "external_id",
}


def _fill_in(taken: ContactImport, accepted: Sequence[Accepted]) -> None:
    """Set what the rows state of people where nothing was stated before, with its history."""
    changed: dict[int, Contact] = {}
    for each in accepted:
        person = changed.get(each.person.pk, each.person)
        for column, field in STATED.items():
            stated = getattr(each.consent, field)
            if stated and not getattr(person, column):
                setattr(person, column, stated)
                changed[person.pk] = person
    people = list(changed.values())
    _write(
        "consent_contact",
        dict.fromkeys(STATED, "text"),
        [(person.pk, *(getattr(person, column) for column in STATED)) for person in people],
    )
    Contact.history.bulk_history_create(
        people,
        update=True,
        batch_size=2000,
        default_change_reason=f"Contact import #{taken.pk}",
        default_user=taken.confirmed_by,
        default_date=clock.now(),
    )


def _write(table: str, types: dict[str, str], rows: Sequence[tuple[object, ...]]) -> None:
    """Update columns of many rows in one statement; each row begins with its primary key.

    Django's bulk_update builds an expression a cell, which took two thirds of an import's time.
    """
    if not rows:
        return
    places = ", ".join(f"%s::{type_}[]" for type_ in ("bigint", *types.values()))
    settings = ", ".join(f"{column} = given.{column}" for column in types)
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {table} SET {settings} "  # noqa: S608  names of ours, no value
            f"FROM unnest({places}) AS given (pk, {', '.join(types)}) WHERE {table}.id = given.pk",
            [list(column) for column in zip(*rows, strict=True)],
        )


def _finish(taken: ContactImport) -> None:
    tally = dict(taken.import_rows.order_by().values_list("outcome").annotate(Count("pk")))
    taken.counts = in_order(Counter(tally))
    taken.state, taken.applied_at, taken.lease_until = ImportState.APPLIED, clock.now(), None
    taken.save(update_fields=["counts", "state", "applied_at", "lease_until"])
