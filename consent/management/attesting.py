"""What the command says of all rows of a list, and who attests it."""

from argparse import ArgumentTypeError
from contextlib import ExitStack
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.files.base import File
from django.core.management.base import CommandError, CommandParser

from consent.importing import attestations, previewing
from consent.importing.attestations import CannotAttest, Stated
from consent.importing.grounds import PLACES
from consent.models import ContactImport, Disclosure, Topic
from consent.vocabulary import LegalBasis, Place, Source

SOURCES = [source.value for source in Source if source not in {Source.SYSTEM, Source.AMAZON}]
OPTIONS = ("disclosure", "source", "basis", "agreed_on", "attested_by", "proof")
FIELDS = {"name": "--attested-by", "zone": "--time-zone", "proofs": "--proof", "": ""}


def add_arguments(parser: CommandParser) -> None:
    """Take what is the same for all rows that do not say it, the proof, and the name."""
    group = parser.add_argument_group(
        "the same consent for every row", "for rows that do not say it themselves; it is attested"
    )
    group.add_argument("--source", choices=SOURCES, help="how they agreed")
    group.add_argument(
        "--basis", choices=[basis.value for basis in attestations.BASES], help="on what ground"
    )
    group.add_argument(
        "--agreed-on",
        type=_day,
        metavar="YYYY-MM-DD",
        help="when they agreed; the day begins in the zone of --time-zone",
    )
    group.add_argument(
        "--disclosure",
        type=int,
        metavar="VERSION",
        help="the version of the wording that they read, of --topic and of where --source has it",
    )
    group.add_argument(
        "--proof", type=Path, action="append", metavar="FILE", help="a scan; may be given again"
    )
    group.add_argument(
        "--attested-by",
        metavar="NAME",
        help="the full name of who is named by --as: it accepts the attestation, which is printed "
        "(with --dry-run it can be read first)",
    )


def asked(options: dict[str, Any]) -> bool:
    """Say whether anything is to be attested; refuse what nobody would sign."""
    if not any(options[name] for name in OPTIONS):
        return False
    if not options["attested_by"]:
        raise CommandError("What is the same for every row is attested: give --attested-by NAME.")
    if not options["user"]:
        raise CommandError("Who attests is named by --as: the account that bears the name.")
    return True


def attest(
    taken: ContactImport, options: dict[str, Any], topic: Topic | None, user: Any, held: datetime
) -> str:
    """Attest what the options state; return what to print. Nothing is kept of what is refused."""
    source = Source(options["source"]) if options["source"] else None
    zone = ZoneInfo(options["time_zone"] or settings.TIME_ZONE) if options["agreed_on"] else None
    try:
        with ExitStack() as open_files:
            proofs = [
                File(open_files.enter_context(path.open("rb")), name=path.name)
                for path in options["proof"] or ()
            ]
            made = attestations.attest(
                taken,
                Stated(
                    source,
                    LegalBasis(options["basis"]) if options["basis"] else None,
                    options["agreed_on"],
                    zone,
                    _disclosure(options["disclosure"], topic, source),
                ),
                proofs,
                name=options["attested_by"],
                by=user,
                lease_until=held,
            )
    except (CannotAttest, OSError) as fault:
        previewing.discard(taken)
        why = f"{fault.filename}: {fault.strerror}" if isinstance(fault, OSError) else str(fault)
        field = getattr(fault, "field", "")
        option = FIELDS.get(field, f"--{field.replace('_', '-')}")
        raise CommandError(f"Nothing was imported. {option and option + ': '}{why}") from None
    return f"{made.words}\n\nAttested by {made.name} as attestation #{made.pk}.\n"


def _disclosure(version: int | None, topic: Topic | None, source: Source | None) -> Any:
    if version is None:
        return None
    if topic is None or source is None:
        raise CannotAttest("disclosure", "A version belongs to a topic and a source: give both.")
    found = Disclosure.objects.published().filter(
        topic=topic, place=PLACES.get(source, Place.OTHER), version=version
    )
    if len(found) != 1:
        raise CannotAttest(
            "disclosure",
            "No published wording of this topic has that version where the source has it."
            if not found
            else "Several languages have that version: attest it in the admin.",
        )
    return found[0]


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError("Write the day as 2025-03-04.") from None
