"""Hand out who agreed, when, how, the words shown, and every message with its clearance."""

from datetime import datetime, time
from pathlib import Path
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime

from campaigns import message_export
from consent import audit_export, clock
from consent.models import AuditExport, Brand, Contact, Topic
from consent.phone_numbers import InvalidNumber, parse


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
        parser.add_argument("--number", help="one person's number, in any spelling")
        parser.add_argument("--topic", metavar="SLUG")
        parser.add_argument("--brand", metavar="NAME")
        parser.add_argument("--since", metavar="D", help="from this day or moment on (ISO 8601)")
        parser.add_argument("--until", metavar="D", help="up to this day or moment, not including")
        parser.add_argument("--output", required=True, type=Path, metavar="FILE.zip")
        parser.add_argument("--user", metavar="NAME", help="the member of staff who asks")

    def handle(self, *args: Any, **options: Any) -> None:
        """Record the export, build it, copy it out."""
        if not options["reason"].strip():
            raise CommandError("Say why with --reason: it is kept with the export for good.")
        query = {
            "contact": _contact(options["number"]),
            "topic": _found(Topic, "slug", options["topic"]),
            "brand": _found(Brand, "name", options["brand"]),
            "since": _moment("--since", options["since"]),
            "until": _moment("--until", options["until"]),
        }
        output = Path(options["output"])
        if not output.parent.is_dir():
            raise CommandError(f"There is no folder {output.parent}.")
        held = audit_export.lease()
        export = AuditExport.objects.create(
            **query,
            reason=options["reason"].strip()[:300],
            asked_by=_found(get_user_model(), "username", options["user"]),
            asked_at=clock.now(),
            lease_until=held,
        )
        audit_export.build(export.pk, message_export.SHEETS, held)
        export.refresh_from_db()
        with output.open("wb") as target:
            output.chmod(0o600)  # it holds numbers and evidence
            audit_export.copy_to(export, target)
        for sheet in message_export.SHEETS:
            self.stdout.write(f"{export.counts[sheet.name]:>12,}  {sheet.name}")
        self.stdout.write(f"Audit export #{export.pk} in {output}, SHA-256 {export.digest}")


def _contact(typed: str | None) -> Contact | None:
    if typed is None:
        return None
    try:
        number = parse(typed)
    except InvalidNumber as fault:
        raise CommandError(f"--number: {fault.reason}") from None
    contact = Contact.objects.filter(number=number.e164).first()
    if contact is None:
        raise CommandError("Nothing is on record of that number.")
    return contact


def _found(model: Any, column: str, value: str | None) -> Any:
    if value is None:
        return None
    found = model._default_manager.filter(**{column: value}).first()
    if found is None:
        raise CommandError(f'There is no {model._meta.verbose_name} "{value}".')
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
