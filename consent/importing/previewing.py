"""Take a list in and say what would become of each row, before anything changes."""

import hashlib
from collections import Counter
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from itertools import chain, islice
from pathlib import PurePath
from typing import Any, BinaryIO, cast

from django.conf import settings
from django.core.files import File
from django.db import connection, transaction
from django.db.models import Count

from consent import clock
from consent.importing import attestations, figures, lease, list_mappings, staging, survey, verdicts
from consent.importing.checking import Checks
from consent.importing.contact_list import ContactList, ListFault
from consent.importing.grounded_staging import GroundedWriter
from consent.importing.list_mappings import Unclear
from consent.importing.mapping import Columns
from consent.importing.rare_grounds import named_by
from consent.importing.reading import read
from consent.importing.row_facts import TopicFacts
from consent.importing.survey import AS_FOUND, Choice
from consent.lane import Lane
from consent.models import ContactImport, ListMapping, Topic
from consent.vocabulary import ImportState, ListKind, MessageClass, RowOutcome

DISCARDABLE = (*list_mappings.MAPPABLE, ImportState.UPLOADED, ImportState.UNATTESTED)

# What this very import brought before the crash is not known from elsewhere
_BROUGHT = """
    UPDATE consent_contactimportrow r
    SET outcome = CASE r.kind WHEN 'requested' THEN 'pending' ELSE 'new' END, reason = ''
    FROM consent_contact c
    WHERE r.contact_import_id = %(import)s AND r.outcome = 'known' AND c.number = r.number
      AND EXISTS (SELECT FROM consent_optinevent e WHERE e.contact_id = c.id
                  AND e.topic_id IS NOT DISTINCT FROM r.topic_id
                  AND e.contact_import_id = %(import)s)
"""


@dataclass(frozen=True, slots=True)
class Drawn:
    """Whose suppression list it is, when it was drawn, and the last day on which it bars texts."""

    list_name: str
    list_date: date
    expires_on: date | None = None


def receive(
    file: BinaryIO,
    name: str,
    *,
    default_topic: Topic | None,
    holds: ListKind = ListKind.CONSENTS,
    ask_again: bool = False,
    drawn: Drawn | None = None,
    encoding: str = "",
    delimiter: str = "",
    mapping: ListMapping | None = None,
    date_form: str = "",
    time_zone: str = "",
    user: Any = None,
    lease_until: datetime | None = None,
    digest: str = "",
    to_attest: bool = False,
) -> ContactImport:
    """Store a list as it came, with its digest; `file` is seekable and stays the caller's.

    `digest` is the SHA-256 in hex where somebody took it already. `drawn` says whose suppression
    list it is; `encoding` and `delimiter` are found out where they are not given. `mapping` says
    how it is read, or `date_form` and `time_zone` how its dates are.
    `to_attest`: it waits until somebody attests the same consent for all rows.
    With a lease the caller carries the import on by itself; otherwise a worker is to be woken.
    """
    file.seek(0)
    digest = digest or hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]
    choice = list_mappings.choice_of(mapping) if mapping else AS_FOUND
    choice = replace(
        choice,
        date_form=date_form or choice.date_form,
        time_zone=time_zone or choice.time_zone,
    )
    taken = ContactImport(
        # The last part alone, whichever system it came from
        file_name=PurePath(name.replace("\\", "/")).name[-200:] or "list.csv",
        file_digest=digest,
        default_topic=default_topic,
        holds=holds,
        ask_again=ask_again and holds == ListKind.CONSENTS,
        **(asdict(drawn) if drawn else {}),
        encoding=encoding,
        delimiter=delimiter,
        mapping=choice.kept(),
        mapped_as=f'The mapping "{mapping}"' if mapping else "",
        saved_mapping=mapping,
        uploaded_by=user,
        uploaded_at=clock.now(),
        state=ImportState.UNATTESTED if to_attest else ImportState.UPLOADED,
        lease_until=lease_until,
    )
    file.seek(0)
    # One that lies on our disk already is moved there, not copied
    stored = file if hasattr(file, "temporary_file_path") else File(file)
    taken.file.save(f"{digest[:32]}.list", stored, save=False)  # type: ignore[arg-type]
    taken.save()
    return taken


def preview(import_id: int, held: datetime | None = None) -> None:
    """Write one row with its outcome for each row of the list, or why it cannot be read.

    A list that can be read in several ways waits for a person to say how. Picks up where nobody
    works on it; does nothing otherwise. Begun anew after a crash: a preview changes nothing else.
    """
    held = held or lease.claim(import_id, ImportState.UPLOADED)
    if held is None:
        return
    taken = ContactImport.objects.select_related("default_topic").get(pk=import_id)
    shared = lease.Shared(import_id, ImportState.UPLOADED, held)
    try:
        knows_any = _read(taken, shared)
        counts, found = _compared(taken, shared, knows_any=knows_any)
        shared.renew(
            state=ImportState.PREVIEWED,
            counts=in_order(counts),
            figures=found,
            lease_until=None,
        )
    except Unclear as unclear:
        with transaction.atomic():
            shared.renew(state=ImportState.NEEDS_MAPPING, lease_until=None, rows=0, **unclear.found)
            taken.import_rows.all().delete()
    except (ListFault, FileNotFoundError) as fault:
        reason = fault.reason if isinstance(fault, ListFault) else "The stored file is gone."
        _fail(taken, shared, reason)


def read_again_if_lost(taken: ContactImport, shared: lease.Shared) -> bool:
    """Read an import under way anew where a crash of the database emptied the table of rows.

    Say whether it did.
    """
    if not taken.rows or taken.import_rows.exists():
        return False
    _read(taken, shared, asks=False)
    _find_repeated(taken, shared)
    with connection.cursor() as cursor:
        cursor.execute(_BROUGHT, {"import": taken.pk})
    return True


def _read(taken: ContactImport, shared: lease.Shared, *, asks: bool = True) -> bool:
    """Bring the stored list into its table; say whether the ledger knows anybody of it.

    Raise `ListFault` where the list cannot be read and `Unclear` where a person must say how.
    """
    taken.import_rows.all().delete()
    with taken.file.open("rb") as file:
        contact_list = opened(taken, _bare(file))
        shared.renew(written=contact_list.written)
        head = list(islice(contact_list.rows, survey.HEAD))
        settled = list_mappings.settle(taken, contact_list, head)
        shared.renew(**settled.kept)
        checks = checks_for(taken, settled.columns, settled.choice)
        kind = GroundedWriter if named_by(settled.columns) else staging.Writer
        writer = kind(staging.wordings(), taken.ask_again)
        known: list[int] = []

        def hold(first: int, last: int) -> None:
            # To give it all verdicts takes longer than to see that nobody is on record
            if verdicts.knows_any(taken.pk, first, last):
                known.append(first)
                verdicts.hold_against_ledger(taken.pk, first, last, taken.expires_at)

        rows, count, last = chain(head, contact_list.rows), 0, 0
        with Lane() as beside:
            while (first := next(rows, None)) is not None:
                batch = chain([first], islice(rows, settings.IMPORT_BATCH - 1))
                before = last
                with transaction.atomic():
                    staged, last = staging.stage(
                        taken.pk, contact_list.header, batch, checks, writer
                    )
                    count += staged
                    shared.renew(rows=count)
                beside.do(hold, before + 1, last)
    if asks:
        list_mappings.reconsider(taken, settled, checks.unsettled)
    return bool(known)


def _compared(
    taken: ContactImport, shared: lease.Shared, *, knows_any: bool
) -> tuple[Counter[str], dict[str, Any]]:
    """Hold a list against itself; return its counts and figures, as `figures.gathered` does.

    Both walk over all rows, so they do it side by side: few lists name anybody twice. Figures say
    besides whether all are `strangers`: neither known nor named twice.
    """
    found: list[tuple[Counter[str], dict[str, Any]]] = []
    with Lane() as beside:
        beside.do(lambda: found.append(figures.gathered(taken.pk)))
        twice = _find_repeated(taken, shared)
    counts, gathered = figures.gathered(taken.pk) if twice else found[0]
    return counts, {**gathered, "strangers": not (knows_any or twice)}


def _find_repeated(taken: ContactImport, shared: lease.Shared) -> bool:
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL work_mem = '64MB'; SET LOCAL jit = off")
        twice = staging.find_repeated(taken.pk)
        shared.renew()
    return twice


def opened(taken: ContactImport, file: BinaryIO) -> ContactList:
    """Open a stored list as the person who brought it says; raise `ListFault` where it is none."""
    return read(
        file,
        max_bytes=settings.IMPORT_MAX_MB * 1_000_000,
        encoding=taken.encoding,
        delimiter=taken.delimiter,
        headed=taken.mapping.get("headed"),
    )


def _bare(file: Any) -> BinaryIO:
    """Return the file inside of Django's, which answers for each line whether it is closed."""
    while isinstance(file, File):
        file = file.file
    return cast("BinaryIO", file)


def counted(taken: ContactImport) -> dict[str, int]:
    """Return how many rows have each outcome."""
    tally = taken.import_rows.order_by().values_list("outcome").annotate(Count("line"))
    return in_order(Counter(dict(tally)))


def checks_for(taken: ContactImport, mapped: Columns, choice: Choice = AS_FOUND) -> Checks:
    """Return the checks of an import as of now, with the topics as they are now."""
    topics = {topic.slug.casefold(): facts(topic) for topic in Topic.objects.all()}
    default = taken.default_topic
    return Checks(
        mapped,
        topics,
        facts(default) if default else None,
        clock.now(),
        ListKind(taken.holds),
        choice.dates,
        choice.meanings,
        attestations.attested(taken),
    )


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
        gone = ContactImport.objects.filter(pk=taken.pk, state__in=DISCARDABLE).update(
            state=ImportState.DISCARDED, file="", survey={}, lease_until=None
        )
        if gone:
            taken.import_rows.all().delete()
            attestations.forget_proofs(taken)
            transaction.on_commit(lambda: taken.file.storage.delete(taken.file.name or ""))
    return bool(gone)


def _fail(taken: ContactImport, shared: lease.Shared, reason: str) -> None:
    with transaction.atomic():
        shared.renew(
            state=ImportState.FAILED,
            fault=reason[:500],
            rows=0,
            counts={},
            file="",
            survey={},
            lease_until=None,
        )
        taken.import_rows.all().delete()
        attestations.forget_proofs(taken)
        transaction.on_commit(lambda: taken.file.storage.delete(taken.file.name or ""))
