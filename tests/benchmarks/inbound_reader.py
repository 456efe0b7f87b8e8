"""Read what the roads keep, as the reader of `consume_replies` does, until told to end."""

import os
import signal
import threading

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "smscompliance.settings")
django.setup()

from campaigns.inbound.sqs import Consumer  # noqa: E402

reader = Consumer("none")
signal.signal(signal.SIGTERM, reader.stop)
thread = threading.Thread(target=reader.read_on)
thread.start()
thread.join()
