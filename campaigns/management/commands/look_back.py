"""Ask on the command line which accepted texts a rulebook would not let go."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from campaigns.management.reviewing import add_answer_arguments, answer, day, found, moment
from campaigns.models import Campaign
from campaigns.vocabulary import ReviewKind
from consent.models import Brand, Topic


class Command(BaseCommand):
    """Look back, without a broker, and keep the review."""

    help = (
        "Ask clearance again about accepted texts, with the facts of the moment at which each was "
        "sent and today's rulebook, or another day's. Changes no text."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take which texts, and whose rulebook."""
        parser.add_argument("--since", metavar="D", help="sent from this day or moment on")
        parser.add_argument("--until", metavar="D", help="up to this day or moment, not including")
        parser.add_argument("--topic", metavar="SLUG")
        parser.add_argument("--brand", metavar="NAME")
        parser.add_argument("--campaign", type=int, metavar="ID")
        parser.add_argument(
            "--rules-as-of", metavar="DATE", help="the rows in force on that day; default: today"
        )
        add_answer_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Ask, and print the answer."""
        query = {
            "since": moment("--since", options["since"]),
            "until": moment("--until", options["until"]),
            "topic": found(Topic, "slug", options["topic"]),
            "brand": found(Brand, "name", options["brand"]),
            "campaign": found(Campaign, "pk", options["campaign"]),
            "rules_on": day("--rules-as-of", options["rules_as_of"]),
        }
        answer(ReviewKind.LOOK_BACK, query, options, self.stdout)
