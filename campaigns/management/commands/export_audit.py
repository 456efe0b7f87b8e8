"""Hand out who agreed, when, how, the words shown, and every message with its clearance."""

import secrets
from collections.abc import Sequence
from datetime import datetime, time
from pathlib import Path
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime

from campaigns import message_choice, message_export
from campaigns.models import OriginationNumber
from consent import audit_export, clock
from consent.audit_people import People, Unreadable, add_people, people_of
from consent.models import AuditExport, Brand, Topic

TOLD = 100  # names of what there is, where one is asked for that is not
SEVERAL = {
    "topic": "about this topic; give it again for several, of which any will do",
    "brand": "of this brand; give it again for several",
    "short-code": "over this number of ours, and consents to the topics that it carries; give it "
    "again for several",
}


class Command(BaseCommand):
    """Build an audit export at once, without a broker, and record that it was made."""

    help = (
        "Write consents, messages, replies, disclosures and imports as CSV into a zip with a "
        "SHA-256 manifest. Without a filter it holds everything. docs/audit-export.md tells the "
        "columns."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the query, the reason and where to write."""
        parser.add_argument("--reason", required=True, metavar="WHY", help="who asked, for what")
        parser.add_argument("--number", help="a person's number in any spelling; several by commas")
        parser.add_argument("--numbers", type=Path, metavar="FILE", help="one number a line")
        parser.add_argument("--sample", type=int, metavar="N", help="the people of N opt-ins drawn")
        parser.add_argument("--seed", default="", help="to draw a sample again")
        parser.add_argument("--no-workbook", action="store_true", help="leave the XLSX out")
        for option, metavar in (("topic", "SLUG"), ("brand", "NAME"), ("short-code", "NUMBER")):
            parser.add_argument(
                f"--{option}", metavar=metavar, action="append", default=[], help=SEVERAL[option]
            )
        parser.add_argument("--since", metavar="D", help="from this day or moment on (ISO 8601)")
        parser.add_argument("--until", metavar="D", help="up to this day or moment, not including")
        parser.add_argument("--output", required=True, type=Path, metavar="FILE.zip")
        parser.add_argument("--user", metavar="NAME", help="the member of staff who asks")

    def handle(self, *args: Any, **options: Any) -> None:
        """Record the export, build it, copy it out."""
        if not options["reason"].strip():
            raise CommandError("Say why with --reason: it is kept with the export for good.")
        query: dict[str, Any] = {
            **_sample(options["sample"], options["seed"]),
            "with_workbook": not options["no_workbook"],
            **message_choice.sent_from(_named(OriginationNumber, "number", options["short_code"])),
            "since": _moment("--since", options["since"]),
            "until": _moment("--until", options["until"]),
        }
        topics = _named(Topic, "slug", options["topic"])
        brands = _named(Brand, "name", options["brand"])
        output = Path(options["output"])
        if not output.parent.is_dir():
            raise CommandError(f"There is no folder {output.parent}.")
        people = _people(options["number"], options["numbers"])
        if people and len(people.found) == 1 and not people.unknown:
            query["contact_id"] = next(iter(people.found))
        elif people:
            query |= {"several": True, "unknown": people.unknown}
        held = audit_export.lease()
        asked_by = _user(options["user"])
        with transaction.atomic():  # half a query would ask for more
            export = AuditExport.objects.create(
                **query,
                reason=options["reason"].strip()[:300],
                asked_by=asked_by,
                asked_at=clock.now(),
                lease_until=held,
            )
            export.topics.set(topics)
            export.brands.set(brands)
            if people and export.several:
                add_people(export, people)
        audit_export.build(export.pk, message_export.SHEETS, held)
        export.refresh_from_db()
        with output.open("wb") as target:
            output.chmod(0o600)  # it holds numbers and evidence
            audit_export.copy_to(export, target)
        for sheet in message_export.SHEETS:
            self.stdout.write(f"{export.counts[sheet.name]:>12,}  {sheet.name}")
        self.stdout.write(f"Audit export #{export.pk} in {output}, SHA-256 {export.digest}")


def _people(typed: str | None, file: Path | None) -> People | None:
    if typed is None and file is None:
        return None
    if typed is not None and file is not None:
        raise CommandError("Give --number or --numbers, not both.")
    option = "--number" if file is None else "--numbers"
    try:
        lines = [typed] if file is None else file.read_text("utf-8-sig").splitlines()
        return people_of((str(line) for line in lines), of_file=file is not None)
    except OSError as fault:
        raise CommandError(f"{option}: {fault.strerror}.") from None
    except Unreadable as fault:
        nobody = str(fault).startswith("Nothing")
        raise CommandError(
            "Nothing is on record of that number." if nobody else f"{option}: {fault}"
        ) from None


def _sample(count: int | None, seed: str) -> dict[str, Any]:
    if count is None:
        return {}
    if not 1 <= count <= 10_000:
        raise CommandError("--sample: between 1 and 10,000.")
    return {"sample": count, "seed": seed[:32] or secrets.token_hex(8)}


def _named(model: Any, column: str, names: Sequence[str]) -> list[Any]:
    """Find records by name; a name that nothing bears is told what there is."""
    all_of = model._default_manager.order_by(column)
    found = {getattr(each, column): each for each in all_of.filter(**{f"{column}__in": names})}
    for name in names:
        if name not in found:
            known = list(all_of.values_list(column, flat=True)[: TOLD + 1])
            more = " and others" if len(known) > TOLD else ""
            parted = "; " if any("," in each for each in known) else ", "
            there = f"There are: {parted.join(known[:TOLD]).removesuffix('.')}{more}."
            there = there if known else "There are none."
            word = "short code" if model is OriginationNumber else model._meta.verbose_name
            raise CommandError(f'There is no {word} "{name}". {there}')
    return list(found.values())


def _user(name: str | None) -> Any:
    if name is None:
        return None
    found = get_user_model()._default_manager.filter(username=name).first()
    if found is None:
        raise CommandError(f'There is no user "{name}".')
    return found


def _moment(option: str, text: str | None) -> datetime | None:
    """Read a day, from its midnight in the display zone, or a moment; naive ones are in that."""
    if text is None:
        return None
    try:
        day = parse_date(text)
        moment = datetime.combine(day, time()) if day else parse_datetime(text)
    except ValueError:
        moment = None
    if moment is None:
        raise CommandError(f"{option}: write it as 2026-01-31 or 2026-01-31T14:00:00-05:00.")
    return timezone.make_aware(moment) if timezone.is_naive(moment) else moment
