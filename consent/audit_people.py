"""Find the people whose numbers were typed or came in a file, for an audit export."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice

from consent.importing.header_names import NAMES
from consent.importing.mapping import plain
from consent.models import AuditExport, Contact
from consent.phone_numbers import InvalidNumber, parse

AT_ONCE = 1000
AT_MOST = 100_000
FAULTS_TOLD = 5


class Unreadable(ValueError):  # noqa: N818  reads as what it is where it is caught
    """The numbers cannot be taken; the sentence says why, and names lines rather than numbers."""


@dataclass(slots=True)
class People:
    """The ids of the people found, and how many numbers nobody on record has."""

    found: set[int] = field(default_factory=set)
    unknown: int = 0


def people_of(lines: Iterable[str], *, of_file: bool = False) -> People:
    """Find the people of numbers, several a line where commas or semicolons part them.

    The first line of a file may name the column. Raise `Unreadable` for the first few that are
    none, all at once.
    """
    people = People()
    faults: list[str] = []
    numbers = _numbers(lines, faults, of_file)
    asked = 0
    while some := set(islice(numbers, AT_ONCE)):
        asked += len(some)
        if asked > AT_MOST:
            raise Unreadable(f"These are more than {AT_MOST:,} numbers.")
        known = Contact.objects.filter(number__in=some).values_list("pk", flat=True)
        fresh = set(known)
        people.unknown += len(some) - len(fresh)
        people.found |= fresh
    if faults:
        raise Unreadable(" ".join(faults))
    if not people.found:
        raise Unreadable(
            "Nothing is on record of this number."
            if asked == 1
            else "Nothing is on record of any of these numbers."
        )
    return people


def add_people(export: AuditExport, people: People) -> None:
    """Write down whom an export is about."""
    of = AuditExport.people.through
    of.objects.bulk_create(
        [of(auditexport_id=export.pk, contact_id=pk) for pk in sorted(people.found)],
        batch_size=AT_ONCE,
    )


def _numbers(lines: Iterable[str], faults: list[str], of_file: bool) -> Iterator[str]:
    for at, line in enumerate(lines, 1):
        if of_file and at == 1 and plain(line) in NAMES["phone"]:
            continue
        for typed in re.split(r"[,;]", line.lstrip("\ufeff")):
            if not typed.strip():
                continue
            try:
                yield parse(typed.strip()).e164
            except InvalidNumber as fault:
                where = f"Line {at}: " if of_file or at > 1 else ""
                faults.append(f"{where}{fault.reason}")
                if len(faults) == FAULTS_TOLD:
                    faults.append("What follows was not looked at.")
                    return
