"""Take replies from the SQS queue that the two-way SNS topic delivers to.

A batch is kept in one statement and acknowledged; a thread beside reads what was kept.
"""

import logging
import threading
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings
from django.db import DatabaseError, InterfaceError, OperationalError, connection

from campaigns import arrivals, dead_letters, tasks
from campaigns.inbound_payload import Unreadable
from campaigns.models import InboundText
from campaigns.vocabulary import InboundRoad

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

logger = logging.getLogger(__name__)

BATCH = 10  # the most that SQS hands out at once
LONGEST_PAUSE = 30.0  # seconds between tries while the queue or the database is away
LOOK_AGAIN = 1.0  # seconds after which a reader that nobody woke looks for what was put off


class Stopped(BaseException):
    """The process was asked to end while it waited; like KeyboardInterrupt, nothing swallows it."""


class Consumer:
    """Take messages, keep them, and only then delete them (P4); `arrivals` acts on each once.

    `wait` is how long, in seconds, one question to the queue stays open: 20 spares requests at
    Amazon; the stand-in answers better to short ones.
    """

    def __init__(self, queue_url: str = "", *, wait: int | None = None) -> None:
        self.queue_url = queue_url or settings.INBOUND_QUEUE_URL
        self.wait = wait if wait is not None else (2 if settings.AWS_ENDPOINT_URL else 20)
        self.stopping = self.waiting = False
        self.arrived = threading.Event()
        self._client: SQSClient = boto3.client(
            "sqs",
            region_name=settings.AWS_REGION,
            endpoint_url=settings.AWS_ENDPOINT_URL,
            config=Config(
                connect_timeout=5,
                read_timeout=self.wait + 10,
                retries={"total_max_attempts": 1},
            ),
        )

    def stop(self, *_: Any) -> None:
        """End after the batch in hand; a signal handler, which also ends a wait for the queue.

        What the queue was about to hand out comes again when its visibility timeout is over.
        """
        self.stopping = True
        if self.waiting:
            raise Stopped

    def run(self) -> None:
        """Take replies until stopped, through outages of the queue and of the database."""
        reader = threading.Thread(target=self.read_on, name="reader")
        reader.start()
        try:
            self._keep_on()
        finally:
            self.stopping = True
            self.arrived.set()
            reader.join()

    def _keep_on(self) -> None:
        pause = 0.0
        try:
            while not self.stopping:
                try:
                    self.round(self.wait)
                    pause = 0.0
                except (BotoCoreError, ClientError, DatabaseError, InterfaceError) as fault:
                    pause = _longer(pause)
                    # The kind alone: a fault's words may quote what was being written
                    logger.error("Replies wait for %.0f s: %s", pause, type(fault).__name__)
                    self._rest(pause)
        except Stopped:
            pass

    def read_on(self) -> None:
        """Read what was kept, by whichever road, until stopped; on a thread of its own."""
        pause = 0.0
        while not self.stopping:
            self.arrived.clear()
            try:
                connection.close_if_unusable_or_obsolete()
                self.read()
                pause = 0.0
            except Exception as fault:  # noqa: BLE001  a reader that died would hear no STOP more
                pause = _longer(pause)
                logger.error("Reading waits for %.0f s: %s", pause, type(fault).__name__)
            if not self.stopping:
                self.arrived.wait(pause or LOOK_AGAIN)
        connection.close()

    def read(self) -> None:
        """Read all that was kept and can be read now, and wake who answers."""
        while not self.stopping:
            found = arrivals.take_waiting(lambda: self.stopping)
            for number in sorted(found.numbers):
                tasks.wake(number)
            if not found.texts:
                return

    def drain(self) -> int:
        """Take what is there, read it and return how many messages that was."""
        taken = 0
        while found := self.round(min(self.wait, 1)):
            taken += found
        self.read()
        return taken

    def round(self, wait: int) -> int:
        """Take one batch and return its size.

        The database is asked first: while it is away nothing is taken, for every message taken in
        vain is a step towards the dead-letter queue.
        """
        connection.close_if_unusable_or_obsolete()
        connection.ensure_connection()
        found = self._ask(wait)
        rows = [row for message in found if (row := self._as_row(message)) is not None]
        self._keep(rows)
        self.arrived.set()
        self._delete(found)
        return len(found)

    def _ask(self, wait: int) -> Sequence[Any]:
        self.waiting = True
        try:
            if self.stopping:
                return []
            answer = self._client.receive_message(
                QueueUrl=self.queue_url,
                MaxNumberOfMessages=BATCH,
                WaitTimeSeconds=wait,
            )
        finally:
            self.waiting = False
        return answer.get("Messages", [])

    def _as_row(self, message: Any) -> InboundText | None:
        """Return a message as a row to keep; None for what is a dead letter now, or nobody's.

        Whatever is wrong is logged by SQS's own id, never with what was said or by whom (P10).
        """
        try:
            row = arrivals.arrival(InboundRoad.SQS, message["MessageId"], message["Body"])
        except Unreadable as fault:
            _bury(message["MessageId"], message["Body"], str(fault))
            return None
        if row is None:
            logger.info("Message %s comes from nobody's phone: dropped", message["MessageId"])
        return row

    def _keep(self, rows: Sequence[InboundText]) -> None:
        """Keep a batch in one statement; if the database refuses it, each text by itself."""
        try:
            arrivals.keep(rows)
        except (OperationalError, InterfaceError):
            raise
        except Exception:  # noqa: BLE001  one message must not silence every other's STOP
            for row in rows:
                try:
                    arrivals.keep([row])
                except (OperationalError, InterfaceError):
                    raise
                except Exception as fault:  # noqa: BLE001  as above
                    _bury(row.reference, row.payload, dead_letters.our_fault(fault))

    def _delete(self, messages: Sequence[Any]) -> None:
        if not messages:
            return
        answer = self._client.delete_message_batch(
            QueueUrl=self.queue_url,
            Entries=[
                {"Id": str(index), "ReceiptHandle": message["ReceiptHandle"]}
                for index, message in enumerate(messages)
            ],
        )
        # They come again and are told by their inboundMessageId
        for failed in answer.get("Failed", []):
            logger.warning("Message %s was not deleted", messages[int(failed["Id"])]["MessageId"])

    def _rest(self, seconds: float) -> None:
        self.waiting = True
        try:
            time.sleep(0 if self.stopping else seconds)
        finally:
            self.waiting = False


def _bury(message_id: str, text: str, reason: str) -> None:
    dead_letters.keep(InboundRoad.SQS, message_id, text, reason)
    logger.error("Message %s is a dead letter: %s", message_id, reason)


def _longer(pause: float) -> float:
    """Leave a connection that failed, and return how long to wait before the next try."""
    connection.close()
    return min(max(1.0, pause * 2), LONGEST_PAUSE)
