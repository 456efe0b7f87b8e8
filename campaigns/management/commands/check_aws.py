"""Check the account at Amazon, as the admin's page shows it."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from campaigns import account

MARKS = {"ready": "ok", "warning": "WARNING", "trouble": "TROUBLE", "unknown": "unknown"}


class Command(BaseCommand):
    """Print what is found with its remedy; exit with 1 where there is trouble."""

    help = "Check sandbox, spending, receipts, numbers and opt-outs of the account at Amazon."

    def handle(self, *args: Any, **options: Any) -> None:
        """Check and print."""
        found = account.check()
        for each in found.findings:
            self.stdout.write(f"{MARKS[each['state']]:8} {each['topic']}: {each['says']}")
            if each["remedy"]:
                self.stdout.write(f"{'':8} -> {each['remedy']}")
        if found.troubles:
            raise CommandError(
                "1 trouble." if found.troubles == 1 else f"{found.troubles} troubles."
            )
