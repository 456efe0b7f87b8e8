"""Ask on the command line which decisions a changed rulebook would turn."""

import json
from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from campaigns.house_policy import rulebook_in_force
from campaigns.management.reviewing import add_answer_arguments, answer, day, found
from campaigns.models import Campaign
from campaigns.rulebook.changes import Change, FaultyChange, changed
from campaigns.vocabulary import ReviewKind
from consent import clock


class Command(BaseCommand):
    """Weigh a change of the rulebook, without a broker, and keep the review."""

    help = (
        "Decide a campaign, or the texts of the last days, by the rulebook as it is and as it "
        "would be. Changes nothing: no row, no text. Rows are named by their ids."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take which texts, and what is to differ."""
        whom = parser.add_mutually_exclusive_group(required=True)
        whom.add_argument("--campaign", type=int, metavar="ID", help="its audience, or its texts")
        whom.add_argument("--days", type=int, metavar="N", help="texts of the last N days")
        rows: Any = {"action": "append", "default": [], "metavar": "ROW"}
        parser.add_argument("--switch-on", **rows, help="in force, between --from and --to")
        parser.add_argument("--switch-off", **rows, help="not in force")
        parser.add_argument("--move", **rows, help="other dates: --from, --to or both")
        parser.add_argument("--given-off", **rows, help="not in force, before and after")
        parser.add_argument(
            "--value",
            nargs=2,
            action="append",
            default=[],
            metavar=("ROW", "JSON"),
            help="another value, as the row's file would have it",
        )
        parser.add_argument("--from", dest="begins", metavar="DATE", help="default: always")
        parser.add_argument("--to", dest="ends", metavar="DATE", help="default: for good")
        add_answer_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Ask, and print the answer."""
        changes = _changes(options)
        try:
            changed(rulebook_in_force(clock.now()), changes)
        except FaultyChange as fault:
            raise CommandError(str(fault)) from None
        query: dict[str, Any] = {"changes": [each.as_json() for each in changes]}
        if options["campaign"] is not None:
            query["campaign"] = found(Campaign, "pk", options["campaign"])
        elif options["days"] < 1:
            raise CommandError("--days: at least 1.")
        else:
            query["since"] = clock.now() - timedelta(days=options["days"])
        answer(ReviewKind.WHAT_IF, query, options, self.stdout)


def _changes(options: dict[str, Any]) -> list[Change]:
    begins, ends = day("--from", options["begins"]), day("--to", options["ends"])
    if options["move"] and not (begins or ends):
        raise CommandError("--move needs --from, --to or both.")
    found = [
        *(Change(row, on=False, given=True) for row in options["given_off"]),
        *(Change(row, on=False) for row in options["switch_off"]),
        *(Change(row, on=True, begins=begins, ends=ends) for row in options["switch_on"]),
        *(Change(row, begins=begins, ends=ends) for row in options["move"]),
        *(Change(row, value=_value(row, text)) for row, text in options["value"]),
    ]
    if all(each.given for each in found):
        raise CommandError("Say what is to differ: --switch-on, --switch-off, --move or --value.")
    return found


def _value(row: str, text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        raise CommandError(f"--value {row}: that is no JSON.") from None
