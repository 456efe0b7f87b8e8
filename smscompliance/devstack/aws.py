"""The AWS stand-in: moto on a socket, with a carrier, handsets that remember, and two-way texts.

Run it as `python -m smscompliance.devstack.aws --port N --state DIR`. Never for production.
"""

import argparse
import json
import os
import signal
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import moto.logs.models
import moto.moto_server.werkzeug_app
import moto.sns.models
from moto.cloudwatch.models import cloudwatch_backends
from moto.core import DEFAULT_ACCOUNT_ID
from moto.core.utils import iso_8601_datetime_with_milliseconds
from moto.logs.models import logs_backends
from moto.moto_server.werkzeug_app import (
    DomainDispatcherApplication,
    MotoRequestHandler,
    create_backend_app,
)
from moto.sns.models import sns_backends
from moto.sqs.models import sqs_backends
from werkzeug.serving import BaseWSGIServer, make_server

from smscompliance.devstack.amazon_account import AmazonAccount
from smscompliance.devstack.aws_surface import Surface
from smscompliance.devstack.carrier import Carrier
from smscompliance.devstack.demo_clock import read_shift
from smscompliance.devstack.handsets import Answer, Handsets
from smscompliance.devstack.journal import Journal

TOPIC = "inbound-texts"
QUEUE = "inbound-texts"
REPLAY = timedelta(minutes=15)


class StandIn:
    """Hold what the process has: server, carrier, handsets and the inbound topic and queue.

    `clock_file` names the demo clock's file (a shift in seconds as text); empty means real time.
    """

    def __init__(
        self,
        state: Path,
        port: int = 0,
        region: str = "us-east-1",
        delay: tuple[float, float] = (0.5, 2.0),
        clock_file: str = "",
    ) -> None:
        self._clock_file = Path(clock_file) if clock_file else None
        self.region = region
        self.ready = threading.Event()
        self.queue_url = self.topic_arn = ""
        self._tell_moto_the_time()
        # Else pages of other origins could read moto's answers through the newcomer's browser.
        moto.moto_server.werkzeug_app.DISABLE_GLOBAL_CORS = True
        self._journal = Journal(state / "texts.jsonl")
        self.handsets = Handsets(self._journal)
        self._account_journal = Journal(state / "account.jsonl")
        self.account = AmazonAccount(self._account_journal, self.now)
        self.carrier = Carrier(region, self._journal, self.now, delay)
        moto_app = DomainDispatcherApplication(create_backend_app)
        self.server: BaseWSGIServer = make_server(
            "127.0.0.1", port, Surface(self, moto_app), threaded=True, request_handler=_Quiet
        )
        self.address = f"http://127.0.0.1:{self.server.server_port}"
        self._sqs, self._sns, self._logs = (
            boto3.client(
                name,
                region_name=region,
                endpoint_url=self.address,
                aws_access_key_id="stand-in",
                aws_secret_access_key="stand-in",
            )
            for name in ("sqs", "sns", "logs")
        )

    def start(self) -> None:
        """Serve on threads, make the topic, queue and log groups, and restore what was known."""
        threading.Thread(target=self.server.serve_forever, args=(0.1,), daemon=True).start()
        self._provision()
        self.carrier.restore(self.handsets)
        self._repeat_recent_replies()
        self.ready.set()

    def stop(self) -> None:
        """Stop serving."""
        self.carrier.forget()
        self.server.shutdown()
        self.server.server_close()
        self._journal.close()
        self._account_journal.close()

    def now(self) -> datetime:
        """Return the present moment by the demo clock, in UTC."""
        shift = read_shift(self._clock_file) if self._clock_file else 0.0
        return datetime.now(UTC) + timedelta(seconds=shift)

    def text_published(
        self, at: datetime, message_id: str, number: str, message: str, attributes: dict[str, str]
    ) -> None:
        """Put a text that moto accepted on its phone and give it to the carrier."""
        # Amazon accepts the publish to a number on its list, and lets it fail later
        answer = Answer.OPTED_OUT if number in self.account.opted_out else None
        self.carrier.take(
            self.handsets.add_text(at, message_id, number, message, attributes, answer)
        )

    def reply(self, payload: dict[str, str], times: int = 1) -> dict[str, Any]:
        """Publish a reply to the inbound topic, `times` over, as Amazon does for two-way texts."""
        entry = self.handsets.add_reply(self.now(), payload)
        for _ in range(times):
            self._sns.publish(TopicArn=self.topic_arn, Message=json.dumps(payload))
        return entry

    def reset(self, clock_file: str | None = None) -> None:
        """Forget all texts, replies, handsets, events and queued replies; follow another clock."""
        if clock_file is not None:
            self._clock_file = Path(clock_file) if clock_file else None
        self.carrier.forget()
        self.handsets.reset()
        self.account.reset()
        self._provision()

    def _provision(self) -> None:
        """Empty moto, then make the inbound topic, its queues and the log groups."""
        sqs, sns, logs = self._sqs, self._sns, self._logs
        with self.carrier.lock:
            for backends in (sqs_backends, sns_backends, logs_backends, cloudwatch_backends):
                backends[DEFAULT_ACCOUNT_ID][self.region].reset()
        failed = sqs.create_queue(
            QueueName=f"{QUEUE}-failed", Attributes={"MessageRetentionPeriod": "1209600"}
        )["QueueUrl"]
        redrive = {"deadLetterTargetArn": _arn_of(sqs, failed), "maxReceiveCount": "10"}
        self.queue_url = sqs.create_queue(
            QueueName=QUEUE,
            Attributes={
                "VisibilityTimeout": "60",
                "MessageRetentionPeriod": "1209600",
                "RedrivePolicy": json.dumps(redrive),
            },
        )["QueueUrl"]
        self.topic_arn = sns.create_topic(Name=TOPIC)["TopicArn"]
        sns.subscribe(
            TopicArn=self.topic_arn, Protocol="sqs", Endpoint=_arn_of(sqs, self.queue_url)
        )
        for group in self.carrier.groups:
            logs.create_log_group(logGroupName=group)

    def _repeat_recent_replies(self) -> None:
        """Publish the latest replies again: the queue lived in memory and may have lost some.

        Amazon delivers at least once too; the consumer tells repetitions by inboundMessageId.
        """
        since = (self.now() - REPLAY).isoformat()
        for handset in self.handsets.shown(limit=1000):
            for entry in handset.entries:
                if entry["kind"] == "reply" and entry["at"] >= since:
                    self._sns.publish(TopicArn=self.topic_arn, Message=json.dumps(entry["payload"]))

    def _tell_moto_the_time(self) -> None:
        # Envelopes and log events must tell the demo clock's time, or receipts and replies would
        # look a month old after a jump. Queues keep real time: their time-outs are for machines.
        def naive() -> datetime:
            return self.now().replace(tzinfo=None)

        moto.logs.models.utcnow = naive
        moto.sns.models.utcnow = naive
        moto.sns.models.iso_8601_datetime_with_milliseconds = lambda value=None: (
            iso_8601_datetime_with_milliseconds(value or naive())
        )


class _Quiet(MotoRequestHandler):
    """Log no requests: their lines would be noise, and bodies hold numbers and texts."""

    def log(self, type: str, message: str, *args: Any) -> None:  # noqa: A002  werkzeug's own name
        pass


def _arn_of(sqs: Any, queue_url: str) -> str:
    found = sqs.get_queue_attributes(QueueUrl=queue_url, AttributeNames=["QueueArn"])
    return found["Attributes"]["QueueArn"]


def main() -> None:
    """Run until told to stop."""
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--port", type=int, required=True)
    reader.add_argument("--state", type=Path, required=True, help="folder for what phones keep")
    reader.add_argument(
        "--delay", default="0.5,2", help="shortest,longest wait of the carrier in seconds"
    )
    options = reader.parse_args()
    shortest, longest = (float(part) for part in options.delay.split(","))
    stand_in = StandIn(
        options.state,
        options.port,
        os.environ.get("AWS_REGION", "us-east-1"),
        (shortest, longest),
        os.environ.get("CLOCK_FILE", ""),
    )
    stopped = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: stopped.set())
    stand_in.start()
    print(f"AWS stand-in ready at {stand_in.address}", flush=True)
    stopped.wait()
    stand_in.stop()


if __name__ == "__main__":
    main()
