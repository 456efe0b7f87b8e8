"""Read Amazon's delivery logs once, as beat does every so often."""

import argparse
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from campaigns import receipts, receipts_again

MOST_HOURS = 24 * 400


class Command(BaseCommand):
    """Take the receipts that are new; say how many, and fail where a log could not be read."""

    help = (
        "Read the receipts in Amazon's delivery logs from where the last reading ended; or, with "
        "--hours, once more all that they hold of so many hours. Nothing is taken twice."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Add how far back to read."""
        parser.add_argument(
            "--hours",
            type=_hours,
            metavar="N",
            help="read so many past hours again, for events that Amazon's logs showed late",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Read and report."""
        hours = options["hours"]
        found = receipts_again.read_back(timedelta(hours=hours)) if hours else receipts.read()
        for outcome, count in sorted(found.taken.items()):
            self.stdout.write(f"{outcome}: {count}")
        self.stdout.write(
            f"{found.taken.total()} new, {found.late.by_id} matched late, "
            f"{found.late.settled} unconfirmed settled, {found.unreadable} unreadable."
        )
        if found.faults:
            raise CommandError("; ".join(f"{name}: {code}" for name, code in found.faults.items()))


def _hours(text: str) -> int:
    """Read the number of hours."""
    hours = int(text)
    if not 1 <= hours <= MOST_HOURS:
        raise argparse.ArgumentTypeError(f"between 1 and {MOST_HOURS:,}")
    return hours
