"""Keep files as evidence: a letter's scan, a recording; nobody sees them without permission."""

import hashlib
import re
import secrets
from pathlib import Path

from django.core.files.base import File
from django.core.files.storage import default_storage

from consent import clock

_SUFFIX = re.compile(r"\.[a-z0-9]{1,8}")


def store(file: File) -> tuple[str, str]:
    """Store a file under a name of ours; return that name and the SHA-256 in hex.

    Of the sender's name only the ending is kept: names of files hold names of people.
    """
    digest = hashlib.sha256()
    for piece in file.chunks():
        digest.update(piece)
    file.seek(0)
    ending = Path(file.name or "").suffix.lower()
    ending = ending if _SUFFIX.fullmatch(ending) else ""
    place = f"evidence/{clock.now():%Y/%m}/{secrets.token_hex(16)}{ending}"
    return default_storage.save(place, file), digest.hexdigest()


def forget(name: str) -> None:
    """Remove a file whose event was not recorded after all."""
    default_storage.delete(name)
