"""Take answers of the Reassigned Numbers Database in at once, without a broker."""

from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from consent import clock, reassigned_answers
from consent.management.staff import user_named
from consent.models import ReassignedCheck
from consent.vocabulary import ExportState


class Command(BaseCommand):
    """Record the answers of a file, and say what became of its rows."""

    help = (
        "Import the answers to a query of the Reassigned Numbers Database. A yes closes the "
        "consents of the number and suppresses it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the file, the check that it answers and who says so."""
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument(
            "--check",
            type=int,
            metavar="N",
            help="the check that was asked; the latest where not given",
        )
        parser.add_argument(
            "--answered-on",
            type=date.fromisoformat,
            metavar="YYYY-MM-DD",
            help="when the database gave the answers; today where not given",
        )
        parser.add_argument("--reason", default="The answers came.", help="kept with the file")
        parser.add_argument("--as", "--user", dest="user", metavar="NAME", help="who imports")

    def handle(self, *args: Any, **options: Any) -> None:
        """Take the file in and tell."""
        check, user = _check(options["check"]), user_named(options["user"])
        today = timezone.localdate(clock.now())
        day = options["answered_on"] or today
        if not timezone.localdate(check.asked_at) <= day <= today:
            raise CommandError("--answered-on: the day of the query or a later one, none to come.")
        held = reassigned_answers.lease()
        try:
            with options["file"].open("rb") as file:
                taken = reassigned_answers.receive(
                    check,
                    file,
                    options["file"].name,
                    answered_on=day,
                    reason=options["reason"],
                    user=user,
                    lease_until=held,
                )
        except OSError as fault:
            raise CommandError(f"{options['file']}: {fault.strerror}") from None
        reassigned_answers.take_in(taken.pk, held)
        taken.refresh_from_db()
        if taken.state == ExportState.FAILED:
            raise CommandError(f"Nothing was recorded. {taken.fault}")
        for outcome, count in taken.counts.items():
            self.stdout.write(f"{count:>12,}  {outcome.replace('_', ' ')}")
        for answer, count in taken.answers.items():
            self.stdout.write(f"{count:>12,}  answered {answer.replace('_', ' ')}")
        check.refresh_from_db()
        self.stdout.write(
            f"The consents of {taken.closed:,} people are closed. {check}: {check.answered:,} of "
            f"{check.numbers:,} answered."
        )
        if taken.left_out:
            self.stdout.write("The rows that were not taken lie at the check, with the reason.")


def _check(number: int | None) -> ReassignedCheck:
    checks = ReassignedCheck.objects.filter(state__in=reassigned_answers.ANSWERABLE)
    found = (checks.filter(pk=number) if number else checks).first()
    if found is None:
        raise CommandError("There is no such check that was asked: export_reassigned_query first.")
    return found
