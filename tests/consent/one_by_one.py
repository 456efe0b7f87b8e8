"""Bring a list in row by row, by the single writes of the ledger."""

import json

from consent import clock, ledger
from consent.importing import attestations, previewing
from consent.importing.checking import OnRecord, against_ledger
from consent.importing.mapping import columns
from consent.importing.reading import read
from consent.models import Contact, Disclosure
from consent.vocabulary import EventKind, RowOutcome, Standing


def one_by_one(taken, officer, _):
    """Bring the list in by single writes, as a person at the keyboard would."""
    opened = read(taken.file, max_bytes=10**6)
    checks = previewing.checks_for(taken, columns(opened.header, topic_given=False))
    seen = set()
    for line, values in opened.rows:
        found = checks.check(values)
        if found.consent is None or (found.number, found.topic) in seen:
            continue
        seen.add((found.number, found.topic))
        outcome = against_ledger(found.consent.at, as_recorded(found))[0]
        if outcome in {RowOutcome.NEW, RowOutcome.KNOWN}:
            contact = write_person(taken, officer, found.consent)
        if outcome is RowOutcome.NEW:
            cells = dict(zip(opened.header, values, strict=True))
            write_event(taken, officer, line, cells, contact, found.consent)


def as_recorded(found):
    contact = Contact.objects.filter(number=found.number).first()
    if contact is None:
        return OnRecord()
    rows = {row.topic_id: row for row in contact.subscriptions.all()}
    row = rows.get(found.topic, rows.get(None))
    barred = contact.suppressions.filter(topic=found.topic) | contact.suppressions.filter(
        topic=None
    )
    told = contact.events.filter(
        topic=found.topic, kind=EventKind.OPTED_IN, occurred_at=found.consent.at
    )
    return OnRecord(
        Standing(row.standing) if row else Standing.UNKNOWN,
        row.since if row else None,
        bool(row and row.opted_out_by_id),
        barred.exists(),
        told.exists(),
    )


def write_person(taken, officer, consent):
    stated = {
        "stated_postal_code": consent.postal_code,
        "language": consent.language,
        "external_id": consent.external_id,
    }
    number = consent.number
    contact = Contact.objects.filter(number=number.e164).first()
    if contact is None:
        contact = Contact(
            number=number.e164,
            country=number.country,
            state=number.state,
            time_zones=list(number.time_zones),
            created_at=clock.now(),
        )
    missing = {name: said for name, said in stated.items() if said and not getattr(contact, name)}
    if missing or contact.pk is None:
        for name, said in missing.items():
            setattr(contact, name, said)
        contact._change_reason = f"Contact import #{taken.pk}"
        contact._history_user = officer
        contact.save()
    return contact


def write_event(taken, officer, line, cells, contact, consent):
    wording = _wording(consent)
    vouched = f"{attestations.NOTE} #{taken.attestation_id}. " if taken.attestation_id else ""
    ledger.record(
        ledger.EventDraft(
            contact=contact.pk,
            kind=EventKind.OPTED_IN,
            source=consent.source,
            topic=consent.topic.id,
            basis=consent.basis(words_known=bool(wording)),
            occurred_at=consent.at,
            recorded_by=officer.pk,
            disclosure=wording.pk if wording else None,
            contact_import=taken.pk,
            note=f"{vouched}Line {line} of contact import #{taken.pk}",
            evidence=ledger.EvidenceDraft(
                file_digest=taken.file_digest,
                list_row=json.dumps(
                    cells, sort_keys=True, ensure_ascii=False, separators=(",", ":")
                ),
            ),
        )
    )


def _wording(consent):
    if consent.wording:
        return Disclosure.objects.get(pk=consent.wording)
    return (
        Disclosure.objects.published()
        .filter(
            topic=consent.topic.id,
            place=consent.place,
            language=consent.language or "en",
            version=consent.version,
        )
        .first()
    )
