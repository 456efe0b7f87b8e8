"""Take a list in part by part, so that a lost connection or a closed tab costs little.

After the manner of tus 1.0: the server says how much it has, and a part that begins elsewhere is
told where to go on. Nothing is believed before the SHA-256 of the whole file fits.
"""

import hashlib
import os
import re
import shutil
from datetime import timedelta
from pathlib import PurePath
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.files.base import File
from django.db import transaction

from consent import clock
from consent.models import ContactImport, ListUpload
from consent.models.list_upload import folder

PART = 5 * 1024 * 1024  # bytes in one request; the most that one of them holds in memory
BEGINNING = 1024 * 1024  # bytes of the file by which it is known again
KEPT = 5  # unfinished uploads of one person; a further one drops the oldest
SPARE = 500_000_000  # bytes of the disk that are left to everybody else
_SHA256 = re.compile(r"[0-9a-f]{64}")


class CannotUpload(Exception):  # noqa: N818  reads as what it is where it is caught
    """An upload that cannot go on; the sentence is for the person, `status` for HTTP."""

    def __init__(self, sentence: str, status: int = 422) -> None:
        super().__init__(sentence)
        self.status = status


class WrongPlace(Exception):  # noqa: N818  reads as what it is where it is caught
    """A part that does not begin where the file ends so far, at `offset`."""

    def __init__(self, offset: int) -> None:
        super().__init__(offset)
        self.offset = offset


class WholeFile(File):
    """A file that came in parts, as storage takes it over without copying it."""

    def __init__(self, upload: ListUpload) -> None:
        super().__init__(upload.path.open("rb"), name=upload.file_name)
        self._path = str(upload.path)

    def temporary_file_path(self) -> str:
        """Return where it lies; a storage on the same disk moves it from there."""
        return self._path


def begin(owner: Any, name: str, size: int, beginning: str) -> ListUpload:
    """Return the upload of a file, the one begun earlier where it is the same file and person.

    `beginning` is the SHA-256 of its first MiB in hex. Raise `CannotUpload` for what is too large,
    empty, or more than the disk holds.
    """
    _refuse_size(size)
    if not _SHA256.fullmatch(beginning):
        raise CannotUpload("The page sent no digest of the file: load it again.")
    known = {"owner": owner, "file_name": plain_name(name), "size": size, "beginning": beginning}
    now = clock.now()
    with transaction.atomic():
        upload, _ = ListUpload.objects.get_or_create(
            **known,
            contact_import=None,
            defaults={"begun_at": now, "expires_at": _until()},
        )
        upload = ListUpload.objects.select_for_update().get(pk=upload.pk)
        _begin_anew_if_lost(upload)
        _refuse_full_disk(upload.size - upload.received)
        upload.expires_at = _until()
        upload.save()
    _drop([*unfinished(owner).order_by("-expires_at")[KEPT:]])
    return upload


def unfinished(owner: Any) -> Any:
    """Return a person's uploads that no import came of yet."""
    return ListUpload.objects.filter(
        owner=owner, contact_import=None, expires_at__gt=clock.now()
    ).order_by("begun_at")


def append(upload: ListUpload, offset: int, part: bytes) -> ListUpload:
    """Write a part behind what has come; one that has come already changes nothing.

    Raise `WrongPlace` where it begins elsewhere, `CannotUpload` where it exceeds the size that was
    announced or the upload is gone.
    """
    with transaction.atomic():
        held = ListUpload.objects.select_for_update().filter(pk=upload.pk).first()
        if held is None or held.contact_import_id is not None:
            raise CannotUpload("This upload is over: choose the file again.", 410)
        _begin_anew_if_lost(held)
        end = offset + len(part)
        if end > held.size:
            raise CannotUpload("More came than the file has: choose it again.", 413)
        if end <= held.received and offset >= 0:
            return held
        if offset != held.received:
            raise WrongPlace(held.received)
        _write(held, part)
        held.received, held.expires_at = end, _until()
        held.save()
    return held


def check(upload: ListUpload, digest: str) -> ListUpload:
    """Find the whole file to be the one that was sent; `digest` is its SHA-256 in hex.

    Raise `CannotUpload` where it is not: the parts are then of no use to anybody and go.
    """
    if not _SHA256.fullmatch(digest):
        raise CannotUpload("The page sent no digest of the file: load it again.")
    with transaction.atomic():
        held = ListUpload.objects.select_for_update().get(pk=upload.pk)
        if held.contact_import_id is not None or (held.digest and held.digest == digest):
            return held
        _begin_anew_if_lost(held)
        if held.received < held.size:
            raise WrongPlace(held.received)
        with held.path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        if found == digest:
            held.digest = found
            held.save()
            return held
    _drop([held])
    raise CannotUpload(
        "What arrived is not what was sent: its SHA-256 differs. The file may have changed "
        "meanwhile. Choose it again; it is sent from the beginning."
    )


def whole(owner: Any, upload_id: UUID) -> ListUpload | None:
    """Return a person's upload that has come whole and was checked, or an import came of."""
    found = ListUpload.objects.filter(pk=upload_id, owner=owner).exclude(digest="").first()
    if found is None or (found.contact_import_id is None and not found.path.exists()):
        return None
    return found


def hold(upload: ListUpload) -> ListUpload:
    """Lock an upload until the transaction ends, so that a form sent twice brings one import."""
    return ListUpload.objects.select_for_update(of=("self",)).get(pk=upload.pk)


def became(upload: ListUpload, taken: ContactImport) -> None:
    """Note which import came of an upload."""
    ListUpload.objects.filter(pk=upload.pk).update(contact_import=taken)


def sweep() -> int:
    """Remove uploads that nobody went on with, and parts that belong to none; return how many."""
    _drop(over := list(ListUpload.objects.filter(expires_at__lte=clock.now())))
    # In this order: a row is committed before its file is begun
    parts = list(folder().glob("*.part"))
    kept = {upload.hex for upload in ListUpload.objects.values_list("pk", flat=True)}
    strangers = [path for path in parts if path.stem not in kept]
    for path in strangers:
        path.unlink(missing_ok=True)
    return len(over) + len(strangers)


def plain_name(name: str) -> str:
    """Return the last part of a file's name, without what no name needs; it names no path."""
    last = PurePath(name.replace("\\", "/")).name
    return "".join(mark for mark in last if mark.isprintable())[-200:] or "list.csv"


def _refuse_size(size: int) -> None:
    most = settings.IMPORT_MAX_MB * 1_000_000
    if size > most:
        raise CannotUpload(
            f"This file has {size / 1e6:,.1f} MB and {settings.IMPORT_MAX_MB:,} MB is the most: "
            "split it into several lists, each with the header.",
            413,
        )
    if size <= 0:
        raise CannotUpload("This file is empty: there is no header and no row in it.")


def _refuse_full_disk(coming: int) -> None:
    folder().mkdir(mode=0o700, parents=True, exist_ok=True)
    if shutil.disk_usage(folder()).free < coming + SPARE:
        raise CannotUpload(
            "The server has no room for this file: tell whoever runs it, and try again.", 507
        )


def _begin_anew_if_lost(upload: ListUpload) -> None:
    """Go back to what the disk holds where a crash of the machine took more than the row says."""
    held = upload.path.stat().st_size if upload.path.exists() else 0
    if held < upload.received and upload.contact_import_id is None:
        upload.received, upload.digest = held, ""


def _write(upload: ListUpload, part: bytes) -> None:
    folder().mkdir(mode=0o700, parents=True, exist_ok=True)
    place = os.open(upload.path, os.O_WRONLY | os.O_CREAT, 0o600)
    with os.fdopen(place, "wb") as file:
        # What lies beyond came with a transaction that was rolled back
        file.truncate(upload.received)
        file.seek(upload.received)
        file.write(part)


def _drop(uploads: list[ListUpload]) -> None:
    ListUpload.objects.filter(pk__in=[upload.pk for upload in uploads]).delete()
    for upload in uploads:
        upload.path.unlink(missing_ok=True)


def _until() -> Any:
    return clock.now() + timedelta(hours=settings.UPLOAD_KEEP_HOURS)
