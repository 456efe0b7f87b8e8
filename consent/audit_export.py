"""Hand the proof out: a zip of sheets, streamed from one snapshot, with a digest of each file.

What consent does not know, others contribute as further sheets. docs/audit-export.md tells every
column; a column that is added, renamed or dropped changes that page too.
"""

import hashlib
import json
import shutil
import tempfile
import time
import tomllib
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import IO, Any

from django.conf import settings
from django.core.files import File
from django.db import connection, transaction
from django.db.models import Func, Q, TextField, Value
from django.db.models.functions import Cast, Concat

from consent import audit_choice, audit_query, clock
from consent.audit_files import Book, Lines, Written, cell, masker
from consent.models import AuditExport
from consent.vocabulary import ExportState

LEASE = timedelta(seconds=120)
RENEWED_EVERY = 5  # seconds
BOOK = "audit-export.xlsx"
JSON_LINES = ".jsonl"
CHUNK = 2000  # rows fetched at a time from the server's cursor

Rows = Iterator[Sequence[object]]


@dataclass(frozen=True, slots=True)
class Sheet:
    """One file of an export: its name as CSV, its columns, and its rows for an export's query.

    `words` are the columns in which people wrote freely, where numbers may lie.
    """

    name: str
    columns: Sequence[str]
    rows: Callable[[AuditExport], Rows]
    words: frozenset[str] = frozenset()


class LeaseLost(RuntimeError):  # noqa: N818  reads as what it is where it is caught
    """Somebody else builds the export; stop without a trace."""


def lease() -> datetime:
    """Return the end of a lease that begins now."""
    return clock.now() + LEASE


def abandoned() -> list[int]:
    """Return the exports that wait to be built and that nobody works on."""
    waiting = AuditExport.objects.filter(state__in=[ExportState.QUEUED, ExportState.RUNNING])
    return list(waiting.filter(_free()).order_by("pk").values_list("pk", flat=True))


def build(export_id: int, sheets: Sequence[Sheet], held: datetime | None = None) -> None:
    """Write an export's file; does nothing where somebody works on it or it is ready.

    `held` is the lease of whoever made the export with one, so that no worker comes before. A
    crash leaves no file behind; another worker begins anew once the lease is over.
    """
    longer = lease()
    waiting = AuditExport.objects.filter(
        _free() if held is None else Q(lease_until=held),
        pk=export_id,
        state__in=[ExportState.QUEUED, ExportState.RUNNING],
    )
    if not waiting.update(state=ExportState.RUNNING, lease_until=longer, counts={}):
        return
    asked = AuditExport.objects.select_related("contact", "asked_by")
    export = asked.prefetch_related("topics__brand", "brands").get(pk=export_id)
    keeper = _Keeper(export_id, longer)
    try:
        with tempfile.TemporaryFile() as file:
            counts = _write(file, export, sheets, keeper)
            _keep(export, file, counts, keeper)
    except LeaseLost:
        raise
    except Exception as fault:
        # Whatever it was: an export that stays "running" for ever tells nobody that it failed
        AuditExport.objects.filter(pk=export_id, lease_until=keeper.held).update(
            state=ExportState.FAILED,
            fault=f"The file could not be written ({type(fault).__name__}). Ask again, and tell "
            "whoever keeps the software: its log says more.",
            finished_at=clock.now(),
            lease_until=None,
        )
        raise
    finally:
        keeper.close()


def _keep(export: AuditExport, file: IO[bytes], counts: dict[str, int], keeper: "_Keeper") -> None:
    file.seek(0)
    digest = hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]
    file.seek(0)
    export.file.save(f"audit-export-{export.pk}-{digest[:16]}.zip", File(file), save=False)
    ours = AuditExport.objects.filter(pk=export.pk, lease_until=keeper.held)
    if not ours.update(
        state=ExportState.READY,
        file=export.file.name,
        digest=digest,
        counts=counts,
        finished_at=clock.now(),
        lease_until=None,
    ):
        export.file.storage.delete(export.file.name or "")
        raise LeaseLost


def _write(
    file: IO[bytes], export: AuditExport, sheets: Sequence[Sheet], keeper: "_Keeper"
) -> dict[str, int]:
    written: list[Written] = []
    _draw(export)
    with (
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        tempfile.TemporaryDirectory() as folder,
    ):
        book = Book(folder, export.asked_at) if export.with_workbook else None
        with transaction.atomic():
            with connection.cursor() as cursor:
                # All sheets see the same moment: no message without the consent beside it
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            seen_at = clock.now()
            for sheet in sheets:
                written += _sheet(archive, sheet, export, book, keeper, written)
        counts = {each.name: each.rows for each in written if not each.name.endswith(JSON_LINES)}
        if book:
            with book.close().open("rb") as made:
                written.append(_copied(archive, BOOK, made, sum(counts.values()), export))
        manifest = json.dumps(_manifest(export, written, seen_at), indent=1, ensure_ascii=False)
        with _entry(archive, "manifest.json", export) as target:
            told = Written("manifest.json", target)
            told.write(manifest.encode())
        with _entry(archive, "SHA256SUMS", export) as target:
            target.write(
                "".join(f"{each.digest}  {each.name}\n" for each in [*written, told]).encode()
            )
    return counts


def _sheet(
    archive: zipfile.ZipFile,
    sheet: Sheet,
    export: AuditExport,
    book: Book | None,
    keeper: "_Keeper",
    before: Iterable[Written],
) -> list[Written]:
    """Write one sheet in all its forms, in one pass over its rows."""
    masked = masker(sheet.columns, sheet.words) if export.masked else None
    stem = sheet.name.removesuffix(".csv")
    if book:
        book.begin(stem, sheet.columns)
    with _entry(archive, sheet.name, export) as target:
        told = Written(sheet.name, target)
        lines = Lines(told, sheet.columns)
        for found in sheet.rows(export):
            row = masked(found) if masked else found
            cells = [cell(value) for value in row]
            lines.add(row, cells)
            if book:
                book.add(cells)
            told.rows += 1
            if told.rows % CHUNK == 0:
                keeper.renew({**{each.name: each.rows for each in before}, told.name: told.rows})
        kept = lines.close()
    with kept:
        return [told, _copied(archive, stem + JSON_LINES, kept, told.rows, export)]


def _copied(
    archive: zipfile.ZipFile, name: str, source: IO[bytes], rows: int, export: AuditExport
) -> Written:
    with _entry(archive, name, export) as target:
        told = Written(name, target, rows)
        shutil.copyfileobj(source, told)
    return told


def _draw(export: AuditExport) -> None:
    """Draw the sample, once: who takes an abandoned export over finds the same.

    The order is that of MD5 over seed, colon and event id, so that anybody can draw it again.
    """
    if export.sample is None or export.sampled is not None:
        return
    drawn = Func(
        Concat(Value(f"{export.seed}:"), Cast("pk", TextField()), output_field=TextField()),
        function="md5",
        output_field=TextField(),
    )
    found = audit_choice.events(export).filter(kind__in=audit_choice.OPT_INS).order_by(drawn)
    export.sampled = sorted(found.values_list("pk", flat=True)[: export.sample])
    AuditExport.objects.filter(pk=export.pk).update(sampled=export.sampled)


def _manifest(export: AuditExport, written: Sequence[Written], seen_at: datetime) -> dict[str, Any]:
    about = tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text())["project"]
    return {
        "software": about["name"],
        "version": about["version"],
        "export": export.pk,
        "numbers_masked": export.masked,
        "reason": export.reason,
        "asked_by": export.asked_by.get_username() if export.asked_by else None,
        "asked_at": cell(export.asked_at),
        "snapshot_at": cell(seen_at),
        "query": audit_query.told(export),
        "files": [
            {"name": each.name, "rows": each.rows, "bytes": each.size, "sha256": each.digest}
            for each in written
        ],
    }


def _entry(archive: zipfile.ZipFile, name: str, export: AuditExport) -> IO[bytes]:
    entry = zipfile.ZipInfo(name, date_time=export.asked_at.timetuple()[:6])
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o600 << 16
    return archive.open(entry, "w", force_zip64=True)


def _free() -> Q:
    return Q(lease_until=None) | Q(lease_until__lte=clock.now())


class _Keeper:
    """Hold the lease and tell how far it is, over a connection outside the snapshot."""

    def __init__(self, export_id: int, held: datetime) -> None:
        self.export_id, self.held = export_id, held
        self._connection = connection.copy()
        self._renewed = time.monotonic()

    def renew(self, counts: dict[str, int]) -> None:
        """Renew now and then; raise `LeaseLost` where somebody else took over."""
        if time.monotonic() - self._renewed < RENEWED_EVERY:
            return
        longer = lease()
        with self._connection.cursor() as cursor:
            cursor.execute(
                "UPDATE consent_auditexport SET lease_until = %s, counts = %s "
                "WHERE id = %s AND lease_until = %s",
                [longer, json.dumps(counts), self.export_id, self.held],
            )
            if not cursor.rowcount:
                raise LeaseLost
        self.held, self._renewed = longer, time.monotonic()

    def close(self) -> None:
        """Give the connection back."""
        self._connection.close()


def copy_to(export: AuditExport, target: IO[bytes]) -> None:
    """Copy a ready export's file, a piece at a time."""
    with export.file.open("rb") as stored:
        shutil.copyfileobj(stored, target)
