"""Make and read audit exports in tests."""

import csv
import hashlib
import io
import json
import zipfile

import openpyxl

from campaigns import message_choice, message_export
from consent import audit_export, clock
from consent.models import AuditExport


def an_export(*, topics=(), brands=(), short_codes=(), **query) -> AuditExport:
    """Ask for an export; nobody has built it yet."""
    export = AuditExport.objects.create(
        **{
            "reason": "An audit",
            "asked_at": clock.now(),
            **message_choice.sent_from(short_codes),
            **query,
        }
    )
    export.topics.set(topics)
    export.brands.set(brands)
    return export


def built(**query) -> AuditExport:
    """Ask for an export and build it."""
    export = an_export(**query)
    audit_export.build(export.pk, message_export.SHEETS)
    export.refresh_from_db()
    return export


def files_of(archive) -> dict[str, bytes]:
    """Return the files in a zip by name; each is as its checksum says."""
    with zipfile.ZipFile(archive) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def sheet(export, name) -> list[dict[str, str]]:
    """Return the rows of one sheet."""
    with export.file.open("rb") as stored:
        text = files_of(stored)[name].decode()
    return list(csv.DictReader(io.StringIO(text, newline="")))


def proved(archive) -> dict:
    """Return the manifest once every file agrees with it and with SHA256SUMS."""
    files = files_of(archive)
    manifest = json.loads(files["manifest.json"])
    digests = {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}
    sums = [line.split("  ") for line in files["SHA256SUMS"].decode().splitlines()]
    assert {name: digest for digest, name in sums} == {
        name: digest for name, digest in digests.items() if name != "SHA256SUMS"
    }
    for told in manifest["files"]:
        data = files[told["name"]]
        assert told == {
            "name": told["name"],
            "rows": _rows(told["name"], data),
            "bytes": len(data),
            "sha256": digests[told["name"]],
        }
    return manifest


def _rows(name, data) -> int:
    if name.endswith(".jsonl"):
        return len([json.loads(line) for line in data.decode().splitlines()])
    if name.endswith(".xlsx"):
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True)
        return sum(len(list(tab.values)) - 1 for tab in book)
    return len(list(csv.reader(io.StringIO(data.decode(), newline="")))) - 1


def lines(export, name) -> list[dict]:
    """Return the rows of one sheet as JSON Lines have them."""
    with export.file.open("rb") as stored:
        return [json.loads(line) for line in files_of(stored)[name].decode().split("\n") if line]


def tab(export, name) -> list[tuple]:
    """Return the rows of one tab of the workbook, headings first."""
    with export.file.open("rb") as stored:
        book = openpyxl.load_workbook(io.BytesIO(files_of(stored)["audit-export.xlsx"]))
    return list(book[name].values)
