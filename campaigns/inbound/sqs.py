"""Take replies from the SQS queue that the two-way SNS topic delivers to."""

import logging
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings
from django.db import DatabaseError, InterfaceError, OperationalError, connection

from campaigns import dead_letters, replies, tasks
from campaigns.inbound_payload import Unreadable, read_envelope
from campaigns.vocabulary import InboundRoad

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

logger = logging.getLogger(__name__)

BATCH = 10  # the most that SQS hands out at once
TRIES = 3  # of a message that the software fails on, before it becomes a dead letter
LONGEST_PAUSE = 30.0  # seconds between tries while the queue or the database is away


class Stopped(BaseException):
    """The process was asked to end while it waited; like KeyboardInterrupt, nothing swallows it."""


class Consumer:
    """Take messages, act on each once, and only then delete them (P4).

    `wait` is how long, in seconds, one question to the queue stays open: 20 spares requests at
    Amazon; the stand-in answers better to short ones.
    """

    def __init__(self, queue_url: str = "", *, wait: int | None = None) -> None:
        self.queue_url = queue_url or settings.INBOUND_QUEUE_URL
        self.wait = wait if wait is not None else (2 if settings.AWS_ENDPOINT_URL else 20)
        self.stopping = self.waiting = False
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
        """End after the message in hand; a signal handler, which also ends a wait for the queue.

        What the queue was about to hand out comes again when its visibility timeout is over.
        """
        self.stopping = True
        if self.waiting:
            raise Stopped

    def run(self) -> None:
        """Take replies until stopped, through outages of the queue and of the database."""
        pause = 0.0
        try:
            while not self.stopping:
                try:
                    self.round(self.wait)
                    pause = 0.0
                except (BotoCoreError, ClientError, DatabaseError, InterfaceError) as fault:
                    connection.close()
                    pause = min(max(1.0, pause * 2), LONGEST_PAUSE)
                    # The kind alone: a fault's words may quote what was being written
                    logger.error("Replies wait for %.0f s: %s", pause, type(fault).__name__)
                    self._rest(pause)
        except Stopped:
            pass

    def drain(self) -> int:
        """Take what is there and return how many messages that was."""
        taken = 0
        while found := self.round(min(self.wait, 1)):
            taken += found
        return taken

    def round(self, wait: int) -> int:
        """Take one batch and return its size.

        The database is asked first: while it is away nothing is taken, for every message taken in
        vain is a step towards the dead-letter queue.
        """
        connection.close_if_unusable_or_obsolete()
        connection.ensure_connection()
        found = self._ask(wait)
        done: list[Any] = []
        numbers: set[int] = set()
        try:
            for message in found:
                if self.stopping:
                    break
                if self._take(message, numbers):
                    done.append(message)
        finally:
            self._delete(done)
            for number in sorted(numbers):
                tasks.wake(number)
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
                MessageSystemAttributeNames=["ApproximateReceiveCount"],
            )
        finally:
            self.waiting = False
        return answer.get("Messages", [])

    def _take(self, message: Any, numbers: set[int]) -> bool:
        """Act on one message; False leaves it to the queue, which hands it out again later.

        What cannot be read becomes a dead letter; so does, after some tries, what the software
        fails on, unless it is the database that fails. Whatever is wrong is logged by SQS's own
        id, never with what was said or by whom (P10).
        """
        try:
            payload, published_at = read_envelope(message["Body"])
            reply = replies.receive(payload, published_at=published_at)
        except Unreadable as fault:
            return self._bury(message, str(fault))
        except (OperationalError, InterfaceError) as fault:
            if _is_away():
                raise
            return self._leave(message, fault)
        except Exception as fault:  # noqa: BLE001  one message must not silence every other's STOP
            if int(message.get("Attributes", {}).get("ApproximateReceiveCount", 1)) < TRIES:
                return self._leave(message, fault)
            return self._bury(message, dead_letters.our_fault(fault))
        if reply is None:
            logger.info("Message %s comes from nobody's phone: dropped", message["MessageId"])
        elif reply.origination_number_id is not None:
            numbers.add(reply.origination_number_id)
        return True

    def _leave(self, message: Any, fault: Exception) -> bool:
        kind = type(fault).__name__
        logger.error("Message %s is left in the queue: %s", message["MessageId"], kind)
        return False

    def _bury(self, message: Any, reason: str) -> bool:
        """Keep a message as a dead letter; a database that fails leaves it in the queue."""
        dead_letters.keep(InboundRoad.SQS, message["MessageId"], message["Body"], reason)
        logger.error("Message %s is a dead letter: %s", message["MessageId"], reason)
        return True

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


def _is_away() -> bool:
    """Say whether the database itself is gone, and not just unwilling to keep one row."""
    return not connection.is_usable() if connection.connection is not None else True
