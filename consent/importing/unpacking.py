"""Take a list out of an archive, never trusting what the archive says of itself."""

import gzip
import tempfile
import zipfile
import zlib
from typing import BinaryIO, cast

from consent.importing.contact_list import ListFault

PIECE = 1 << 18
RATIO = 200  # a list of a million different numbers shrinks to a fifth; nothing honest beyond this
HARMLESS = 10_000_000  # bytes, below which no ratio is asked
MOST_FILES = 2000  # in an archive; a workbook has a dozen


def gunzipped(file: BinaryIO, max_bytes: int) -> BinaryIO:
    """Return what a gzip file holds, on disk; raise `ListFault` where it is broken or a bomb."""
    packed = file.seek(0, 2)
    file.seek(0)
    with gzip.GzipFile(fileobj=file) as stream:
        return _poured(cast("BinaryIO", stream), packed, max_bytes)


def opened(file: BinaryIO, max_bytes: int) -> zipfile.ZipFile:
    """Open a ZIP archive; raise `ListFault` for one that holds more than may be, or is locked."""
    file.seek(0)
    try:
        archive = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        raise ListFault(BROKEN) from None
    entries = archive.infolist()
    if len(entries) > MOST_FILES or sum(entry.file_size for entry in entries) > max_bytes:
        raise _too_large(max_bytes)
    if any(entry.flag_bits & 1 for entry in entries):
        raise ListFault("This archive has a password: take the list out of it and upload that.")
    return archive


def is_workbook(archive: zipfile.ZipFile) -> bool:
    """Say whether an archive is an Excel workbook."""
    names = archive.NameToInfo
    return "[Content_Types].xml" in names and "xl/workbook.xml" in names


def only_file(archive: zipfile.ZipFile, max_bytes: int) -> BinaryIO:
    """Return the one file of an archive, on disk; raise `ListFault` where there is not one."""
    inside = [
        entry
        for entry in archive.infolist()
        if not entry.is_dir() and not entry.filename.startswith(("__MACOSX/", "."))
    ]
    if len(inside) != 1:
        raise ListFault(
            f"This archive holds {len(inside)} files: one list at a time, so take it out and "
            "upload it alone."
        )
    try:
        with archive.open(inside[0]) as stream:
            return _poured(cast("BinaryIO", stream), inside[0].compress_size, max_bytes)
    except (zipfile.BadZipFile, NotImplementedError):
        raise ListFault(BROKEN) from None


def proved(archive: zipfile.ZipFile, max_bytes: int) -> None:
    """Walk all of an archive once; raise `ListFault` where it unfolds to more than it says."""
    for entry in archive.infolist():
        size = 0
        try:
            with archive.open(entry) as stream:
                while piece := stream.read(PIECE):
                    size += len(piece)
                    _refuse_bomb(size, entry.compress_size, max_bytes)
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError):
            raise ListFault(BROKEN) from None


BROKEN = "This archive is damaged: make it anew, or upload the list as it is."


def _poured(stream: BinaryIO, packed: int, max_bytes: int) -> BinaryIO:
    found = cast("BinaryIO", tempfile.TemporaryFile())  # noqa: SIM115  the reader keeps it
    size = 0
    try:
        while piece := stream.read(PIECE):
            size += len(piece)
            _refuse_bomb(size, packed, max_bytes)
            found.write(piece)
    except (OSError, EOFError, zlib.error):
        raise ListFault(BROKEN) from None
    return found


def _refuse_bomb(size: int, packed: int, max_bytes: int) -> None:
    if size > max_bytes:
        raise _too_large(max_bytes)
    if size > HARMLESS and size > packed * RATIO:
        raise ListFault(
            "This archive unfolds to hundreds of times its size, which no list does: upload the "
            "list as it is."
        )


def _too_large(max_bytes: int) -> ListFault:
    return ListFault(
        f"What this archive holds is more than {max_bytes / 1e6:,.1f} MB, which is the most: split "
        "it into several lists, each with the header."
    )
