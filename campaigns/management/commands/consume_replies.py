"""Take people's replies from the queue, as a process of its own."""

import signal
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from campaigns.inbound.sqs import Consumer


class Command(BaseCommand):
    """Run the consumer of INBOUND_QUEUE_URL until it is told to end."""

    help = "Take replies from the SQS queue and act on each once. Ends on SIGTERM or Ctrl-C."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take --once."""
        parser.add_argument(
            "--once", action="store_true", help="Take what is in the queue now, then end."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Consume."""
        if not settings.INBOUND_QUEUE_URL:
            raise CommandError("INBOUND_QUEUE_URL is empty: name the queue to take replies from.")
        consumer = Consumer()
        if options["once"]:
            taken = consumer.drain()
            self.stdout.write(f"{taken} message{'' if taken == 1 else 's'} taken.")
            return
        signal.signal(signal.SIGTERM, consumer.stop)
        signal.signal(signal.SIGINT, consumer.stop)
        self.stdout.write("Listening for replies.")
        consumer.run()
