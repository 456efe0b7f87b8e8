"""Say what texts mean, and by which rule, without database or settings."""

import json
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand

from campaigns.meaning import State, read


class Command(BaseCommand):
    """Read texts as replies are read; nothing is kept and nobody is texted."""

    help = (
        "Say what each text means and which rule says so. Needs no database and no settings. "
        "A text of - reads lines from standard input."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take texts, and what the conversation is like."""
        parser.add_argument("texts", nargs="+", metavar="TEXT")
        parser.add_argument("--json", action="store_true", help="One line of JSON a text.")
        parser.add_argument(
            "--keyword", action="append", default=[], help="A word that joins a topic there."
        )
        parser.add_argument(
            "--topic", action="append", default=[], help="What a topic there is called."
        )
        parser.add_argument(
            "--asked", action="store_true", help="A request to confirm waits for its YES."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Write one line a text, in the order given."""
        state = State(tuple(options["keyword"]), tuple(options["topic"]), options["asked"])
        for text in _texts(options["texts"]):
            reading = read(text, state)
            if options["json"]:
                found = {
                    "text": text,
                    "meaning": reading.meaning,
                    "rule": reading.rule,
                    "scope": reading.scope,
                }
                self.stdout.write(json.dumps(found))
            else:
                rule = f" ({reading.rule})" if reading.rule else ""
                self.stdout.write(f"{reading.meaning}{rule}")


def _texts(given: list[str]) -> Iterator[str]:
    for text in given:
        if text != "-":
            yield text
            continue
        for line in sys.stdin.buffer:
            yield line.rstrip(b"\r\n").decode("utf-8", errors="replace")
