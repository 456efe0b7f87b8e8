"""Write the query for the Reassigned Numbers Database."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from campaigns.reassigned import BESIDE
from consent import clock, reassigned_query
from consent.management.staff import user_named
from consent.models import ReassignedCheck
from consent.vocabulary import CheckState


class Command(BaseCommand):
    """Make a reassigned number check and write its query files."""

    help = (
        "Write the numbers that are due for the Reassigned Numbers Database, each with the date of "
        "the last certain contact."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Take where to write, which numbers and why."""
        parser.add_argument("path", type=Path, metavar="PATH", help="a folder, or a file to come")
        parser.add_argument(
            "--all", action="store_true", help="also those asked about or heard from lately"
        )
        parser.add_argument("--header", action="store_true", help="begin with a line of names")
        parser.add_argument("--reason", default="The monthly query.", help="kept with the check")
        parser.add_argument("--as", "--user", dest="user", metavar="NAME", help="who asks")

    def handle(self, *args: Any, **options: Any) -> None:
        """Record the check, make it, copy its files out."""
        path: Path = options["path"]
        folder = path if path.is_dir() else path.parent
        if not folder.is_dir():
            raise CommandError(f"There is no folder {folder}.")
        held = reassigned_query.lease()
        check = ReassignedCheck.objects.create(
            only_due=not options["all"],
            has_header=options["header"],
            reason=options["reason"][:300],
            asked_by=user_named(options["user"]),
            asked_at=clock.now(),
            lease_until=held,
        )
        reassigned_query.make(check.pk, BESIDE, held)
        check.refresh_from_db()
        if check.state == CheckState.FAILED:
            raise CommandError("No number is due.")
        if len(check.files) > 1 and not path.is_dir():
            raise CommandError(
                f"The query has {len(check.files)} files: give a folder. It is kept as {check}."
            )
        for part, told in enumerate(check.files, 1):
            target = path / reassigned_query.file_name(check, part) if path.is_dir() else path
            with target.open("wb") as file:
                target.chmod(0o600)  # it holds numbers
                file.writelines(reassigned_query.query_file(check, part))
            self.stdout.write(f"{told['rows']:>12,}  {target}, SHA-256 {told['sha256']}")
        self.stdout.write(f"{check}: upload the answers there, or by import_reassigned_answers.")
