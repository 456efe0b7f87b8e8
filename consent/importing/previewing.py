"""Take a list in and say what would become of each row, before anything changes."""

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import islice
from pathlib import PurePath
from typing import Any, BinaryIO, cast

from django.conf import settings
from django.core.files import File
from django.db import transaction

from consent import clock
from consent.importing import lease
from consent.importing.checking import Checked, Checks, TopicFacts, against_ledger
from consent.importing.mapping import Columns, columns
from consent.importing.on_record import on_record
from consent.importing.reading import ListFault, Row, read
from consent.models import ContactImport, ContactImportRow, Topic
from consent.vocabulary import ImportState, MessageClass, RowOutcome

BATCH = 1000


def receive(
    file: BinaryIO,
    name: str,
    *,
    default_topic: Topic | None,
    user: Any = None,
    lease_until: datetime | None = None,
) -> ContactImport:
    """Store a list as it came, with its digest; `file` is seekable and stays the caller's.

    With a lease the caller carries the import on by itself; otherwise a worker is to be woken.
    """
    file.seek(0)
    digest = hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]
    taken = ContactImport(
        # The last part alone, whichever system it came from
        file_name=PurePath(name.replace("\\", "/")).name[-200:] or "list.csv",
        file_digest=digest,
        default_topic=default_topic,
        uploaded_by=user,
        uploaded_at=clock.now(),
        lease_until=lease_until,
    )
    file.seek(0)
    taken.file.save(f"{digest[:32]}.list", File(file), save=False)
    taken.save()
    return taken


def preview(import_id: int, held: datetime | None = None) -> None:
    """Write one row with its outcome for each row of the list, or why it cannot be read.

    Picks up where nobody works on it; does nothing otherwise. Begun anew after a crash: a preview
    changes nothing else.
    """
    held = held or lease.claim(import_id, ImportState.UPLOADED)
    if held is None:
        return
    taken = ContactImport.objects.select_related("default_topic").get(pk=import_id)
    taken.import_rows.all().delete()
    counts: Counter[str] = Counter()
    try:
        for rows in checked(taken):
            with transaction.atomic():
                counts.update(row.outcome for row in rows)
                held = lease.renew(
                    import_id,
                    ImportState.UPLOADED,
                    held,
                    rows=counts.total(),
                    counts=in_order(counts),
                )
                ContactImportRow.objects.bulk_create(rows)
        lease.renew(
            import_id, ImportState.UPLOADED, held, state=ImportState.PREVIEWED, lease_until=None
        )
    except (ListFault, FileNotFoundError) as fault:
        reason = fault.reason if isinstance(fault, ListFault) else "The stored file is gone."
        _fail(taken, held, reason)


def checked(taken: ContactImport) -> Iterator[list[ContactImportRow]]:
    """Yield the rows of a stored list in batches, each row with its outcome, writing nothing.

    Raise `ListFault` where the list cannot be read.
    """
    with taken.file.open("rb") as file:
        contact_list = read(cast("BinaryIO", file), max_bytes=settings.IMPORT_MAX_MB * 1_000_000)
        mapped = columns(contact_list.header, topic_given=taken.default_topic is not None)
        checks = checks_for(taken, mapped)
        while batch := list(islice(contact_list.rows, BATCH)):
            yield _batch(taken, checks, batch)


def checks_for(taken: ContactImport, mapped: Columns) -> Checks:
    """Return the checks of an import as of now, with the topics as they are now."""
    topics = {topic.slug.casefold(): facts(topic) for topic in Topic.objects.all()}
    default = taken.default_topic
    return Checks(mapped, topics, facts(default) if default else None, clock.now())


def facts(topic: Topic) -> TopicFacts:
    """Return a topic as the checks know it."""
    promotional = topic.message_class == MessageClass.PROMOTIONAL
    return TopicFacts(topic.pk, topic.slug, promotional, topic.open)


def in_order(counts: Counter[str]) -> dict[str, int]:
    """Return the outcomes that occurred, in the order of the closed set."""
    return {outcome.value: counts[outcome] for outcome in RowOutcome if counts[outcome]}


def discard(taken: ContactImport) -> bool:
    """Give a preview up: its rows and its file go, the record stays; False if it was too late."""
    with transaction.atomic():
        gone = ContactImport.objects.filter(
            pk=taken.pk, state__in=[ImportState.PREVIEWED, ImportState.UPLOADED]
        ).update(state=ImportState.DISCARDED, file="", lease_until=None)
        if gone:
            taken.import_rows.all().delete()
            transaction.on_commit(lambda: taken.file.storage.delete(taken.file.name or ""))
    return bool(gone)


def _batch(taken: ContactImport, checks: Checks, batch: Sequence[Row]) -> list[ContactImportRow]:
    found = [checks.check(row.line, row.cells) for row in batch]
    known = on_record([each.consent for each in found if each.consent], checks.now)
    rows = []
    for row, each in zip(batch, found, strict=True):
        outcome, reason = each.outcome, each.reason
        if each.consent:
            outcome, reason = against_ledger(
                each.consent, known[each.number, each.consent.topic.id]
            )
        rows.append(_row(taken, row, each, outcome, reason))
    return rows


def _row(
    taken: ContactImport, row: Row, each: Checked, outcome: RowOutcome, reason: str
) -> ContactImportRow:
    return ContactImportRow(
        contact_import=taken,
        line=row.line,
        cells=row.cells,
        outcome=outcome,
        reason=reason[:300],
        number=each.number,
        topic_id=each.topic,
    )


def _fail(taken: ContactImport, held: datetime, reason: str) -> None:
    with transaction.atomic():
        lease.renew(
            taken.pk,
            ImportState.UPLOADED,
            held,
            state=ImportState.FAILED,
            fault=reason[:500],
            rows=0,
            counts={},
            file="",
            lease_until=None,
        )
        taken.import_rows.all().delete()
        transaction.on_commit(lambda: taken.file.storage.delete(taken.file.name or ""))
