"""Fill an empty installation with something to look at."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from smscompliance.devstack import demo_answers, demo_contacts, demo_data, demo_logins
from smscompliance.devstack.paths import ROOT, State


class Command(BaseCommand):
    """Load the demo data; a second run changes nothing."""

    help = "Load the demo's brands, topics, people and logins. Run it as often as you like."

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the size of the crowd and where logins are kept."""
        parser.add_argument(
            "--contacts",
            type=int,
            default=0,
            metavar="N",
            help="also add a crowd of N opted-in contacts for a big campaign (at most 10,000)",
        )
        parser.add_argument(
            "--logins",
            type=Path,
            default=State(ROOT / ".local").demo_logins,
            help="where the demo users' passwords are kept",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Load what is missing and say what was new."""
        users = demo_logins.load_logins(options["logins"])
        topics = demo_data.load_records()
        demo_answers.load_answers()
        topic = topics["example-alerts"]
        new = demo_contacts.load_people(topic)
        new += demo_contacts.load_crowd(topic, min(options["contacts"], 10_000))
        demo_data.load_campaign(topic, users["author"])
        if options["verbosity"]:
            self.stdout.write(f"Demo data is in place; {new} people are new.")
