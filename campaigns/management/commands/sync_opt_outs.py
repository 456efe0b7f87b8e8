"""Compare Amazon's opt-out list with the ledger now, as beat does every day."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from campaigns import opt_out_sync
from campaigns.models import OptOutComparison


class Command(BaseCommand):
    """Carry a comparison out to its end, or go on with the one that was left."""

    help = "Compare Amazon's opt-out list with the ledger; numbers on it become opted out here."

    def handle(self, *args: Any, **options: Any) -> None:
        """Compare and report."""
        run = opt_out_sync.begin()
        ended = opt_out_sync.carry_out(run.pk)
        run = OptOutComparison.objects.get(pk=run.pk)
        if not ended:
            raise CommandError(
                f"{run} did not end: {run.fault or 'a worker has it'}. It goes on by itself."
            )
        self.stdout.write(
            f"{run.listed} on Amazon's list, {run.strangers} of them unknown here; "
            f"{run.opted_out_here} opted out here now; {run.left_the_list} left the list."
        )
