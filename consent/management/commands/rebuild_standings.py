"""Prove that subscriptions equal the fold of events, or write them anew."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from consent import projection

SHOWN = 50


class Command(BaseCommand):
    """Compare or rebuild every standing."""

    help = "Rebuild subscriptions and suppressions from the ledger; with --check only compare."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take --check."""
        parser.add_argument("--check", action="store_true", help="only compare; exit 1 if unequal")

    def handle(self, *args: Any, **options: Any) -> None:
        """Walk all contacts in chunks, in flat memory."""
        if not options["check"]:
            self.stdout.write(f"{projection.rebuild()} contacts walked and in line.")
            return
        found = 0
        for (contact, topic), how in projection.differences():
            found += 1
            if found <= SHOWN:
                self.stdout.write(f"contact {contact}, topic {topic or 'every'}: {how}")
        if found:
            raise CommandError(
                f"{found} rows differ from the ledger. Run rebuild_standings to mend them, and "
                "find out who wrote them."
            )
        self.stdout.write("Every standing equals the fold of its events.")
