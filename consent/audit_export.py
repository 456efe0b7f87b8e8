"""Hand the proof out: a zip of sheets, streamed from one snapshot, with a digest of each file.

What consent does not know, others contribute as further sheets. docs/audit-export.md tells every
column; a column that is added, renamed or dropped changes that page too.
"""

import csv
import hashlib
import io
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
from django.db.models import Q

from consent import clock
from consent.csv_safety import safe
from consent.models import AuditExport
from consent.vocabulary import ExportState

LEASE = timedelta(seconds=120)
RENEWED_EVERY = 5  # seconds
CHUNK = 2000  # rows fetched at a time from the server's cursor

Rows = Iterator[Sequence[object]]


@dataclass(frozen=True, slots=True)
class Sheet:
    """One CSV file of an export: its name, its columns, and its rows for an export's query."""

    name: str
    columns: Sequence[str]
    rows: Callable[[AuditExport], Rows]


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
    export = AuditExport.objects.select_related("contact", "topic", "brand", "asked_by").get(
        pk=export_id
    )
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
    written: list[_Written] = []
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        with transaction.atomic():
            with connection.cursor() as cursor:
                # All sheets see the same moment: no message without the consent beside it
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            seen_at = clock.now()
            for sheet in sheets:
                with _entry(archive, sheet.name, export) as target:
                    written.append(_sheet(target, sheet, export, keeper, written))
        manifest = json.dumps(_manifest(export, written, seen_at), indent=1, ensure_ascii=False)
        with _entry(archive, "manifest.json", export) as target:
            told = _Written("manifest.json", target)
            told.write(manifest.encode())
        with _entry(archive, "SHA256SUMS", export) as target:
            target.write(
                "".join(f"{each.digest}  {each.name}\n" for each in [*written, told]).encode()
            )
    return {each.name: each.rows for each in written}


def _sheet(
    target: IO[bytes],
    sheet: Sheet,
    export: AuditExport,
    keeper: "_Keeper",
    before: Iterable["_Written"],
) -> "_Written":
    told = _Written(sheet.name, target)
    text = io.TextIOWrapper(told, encoding="utf-8", newline="")
    writer = csv.writer(text)
    writer.writerow(sheet.columns)
    for row in sheet.rows(export):
        writer.writerow([_cell(value) for value in row])
        told.rows += 1
        if told.rows % CHUNK == 0:
            keeper.renew({**{each.name: each.rows for each in before}, told.name: told.rows})
    text.flush()
    text.detach()
    return told


def _cell(value: object) -> object:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return safe(json.dumps(value, ensure_ascii=False, sort_keys=True))
    return safe(value)


def _manifest(
    export: AuditExport, written: Sequence["_Written"], seen_at: datetime
) -> dict[str, Any]:
    about = tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text())["project"]
    return {
        "software": about["name"],
        "version": about["version"],
        "export": export.pk,
        "reason": export.reason,
        "asked_by": export.asked_by.get_username() if export.asked_by else None,
        "asked_at": _cell(export.asked_at),
        "snapshot_at": _cell(seen_at),
        "query": {
            "number": export.contact.number if export.contact else None,
            "topic": export.topic.slug if export.topic else None,
            "brand": export.brand.name if export.brand else None,
            "since": _cell(export.since) or None,
            "until": _cell(export.until) or None,
        },
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


class _Written(io.RawIOBase):
    """A file on its way into the zip: passes bytes on, counts and digests them."""

    def __init__(self, name: str, target: IO[bytes]) -> None:
        self.name, self.target = name, target
        self.rows = self.size = 0
        self._digest = hashlib.sha256()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._digest.update(data)
        self.size += len(data)
        self.target.write(data)
        return len(data)

    @property
    def digest(self) -> str:
        return self._digest.hexdigest()


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
