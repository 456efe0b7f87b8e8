"""Prove that faults make nobody hear from us twice, late or after STOP."""

import argparse
import json
import sys
import time
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from smscompliance.devstack.children import ChildError
from smscompliance.devstack.stub_sns import StubSns
from smscompliance.devstack.torture import ground
from smscompliance.devstack.torture.faults import FaultName
from smscompliance.devstack.torture.run import Run, a_seed

SAY_EVERY = 2.0  # seconds


class Command(BaseCommand):
    """Run a campaign of its own under faults, on servers of its own, and judge what came of it."""

    help = (
        "Send campaigns through two real workers to a stub of Amazon while things go wrong. Brings "
        "its own PostgreSQL, broker and stub and touches no other. Exit code 1: a promise broke."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Add which faults, how many messages and how the verdict is told."""
        parser.add_argument(
            "--fault",
            choices=[each.value for each in FaultName],
            nargs="+",
            action="extend",
            required=True,
            help="what goes wrong; several are tried one after the other, each on a new campaign",
        )
        parser.add_argument("--messages", type=_size, default=10_000, metavar="N")
        parser.add_argument("--times", type=int, help="how often it strikes, if not as usual")
        parser.add_argument("--seed", type=int, help="repeat the dice of an earlier run")
        parser.add_argument("--json", action="store_true", help="one JSON line for each fault")

    def handle(self, *args: Any, **options: Any) -> None:
        """Torture, print a verdict for each fault, and exit with 1 where a promise broke."""
        stage = ground.prepared()
        if stage is None or not _is_ours(stage):
            raise CommandError(
                "Torture only runs on servers of its own: python manage.py torture ..., which "
                "leaves every database, broker and address that is set alone."
            )
        broken = False
        stub = StubSns(stage.stub_port)
        try:
            self._say("Starting PostgreSQL, the broker and two workers ...")
            stage.start_servers()
            call_command("migrate", verbosity=0)
            for name in map(FaultName, options["fault"]):
                seed = a_seed() if options["seed"] is None else options["seed"]
                self._say(f"{name}: {options['messages']} messages, seed {seed}")
                run = Run(stage, stub, options["messages"], seed)
                verdict = run.under(name, _Seldom(self._say), options["times"])
                broken = broken or bool(verdict.broken)
                for words in verdict.broken:
                    self._say(f"{name}: BROKEN: {words}")
                found = verdict.as_json()
                self.stdout.write(
                    json.dumps(found)
                    if options["json"]
                    else ", ".join(f"{key} {value}" for key, value in found.items())
                )
                self.stdout.flush()
        except ChildError as error:
            raise CommandError(str(error)) from error
        finally:
            stub.stop()
            stage.clear()
        if broken:
            sys.exit(1)

    def _say(self, words: str) -> None:
        self.stderr.write(words)


class _Seldom:
    """Say only what comes some seconds after the last."""

    def __init__(self, say: Any) -> None:
        self._say, self._next = say, 0.0

    def __call__(self, words: str) -> None:
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + SAY_EVERY
            self._say(words)


def _is_ours(stage: ground.Ground) -> bool:
    """Say whether the settings lead to this ground's servers and to nothing else."""
    database = settings.DATABASES["default"]
    return (
        str(database["HOST"]) == "127.0.0.1"
        and int(database["PORT"] or 0) == stage.postgres.port
        and stage.broker.url == settings.CELERY_BROKER_URL
        and urlsplit(settings.AWS_ENDPOINT_URL or "").netloc == f"127.0.0.1:{stage.stub_port}"
    )


def _size(text: str) -> int:
    """Read the number of messages."""
    number = int(text)
    if not 10 <= number <= 1_000_000:
        raise argparse.ArgumentTypeError("between 10 and 1,000,000")
    return number
