"""Read Amazon's delivery logs once, as beat does every so often."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from campaigns import receipts


class Command(BaseCommand):
    """Take the receipts that are new; say how many, and fail where a log could not be read."""

    help = "Read the receipts in Amazon's delivery logs from where the last reading ended."

    def handle(self, *args: Any, **options: Any) -> None:
        """Read and report."""
        found = receipts.read()
        for outcome, count in sorted(found.taken.items()):
            self.stdout.write(f"{outcome}: {count}")
        self.stdout.write(
            f"{found.taken.total()} new, {found.late.by_id} matched late, "
            f"{found.late.settled} unconfirmed settled, {found.unreadable} unreadable."
        )
        if found.faults:
            raise CommandError("; ".join(f"{name}: {code}" for name, code in found.faults.items()))
