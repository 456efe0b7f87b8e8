"""Write delivery events into the log groups of the AWS stand-in, as Amazon does."""

import json
import uuid
from datetime import datetime, timedelta

from campaigns.gateways import delivery_logs, reads
from campaigns.models import Message, SendAttempt
from campaigns.vocabulary import AttemptOutcome, MessageKind, MessageStatus
from consent import clock
from tests import builders as make

DELIVERED = "Delivered"
OPTED_OUT = "Phone number is opted out"


def an_event(
    amazon_id: str,
    number: str,
    *,
    said: str = DELIVERED,
    published: datetime | None = None,
    price: float | None = 0.00645,
) -> str:
    """Return the JSON of one event; what does not begin with a success is a failure."""
    success = said == DELIVERED or "accepted" in said
    delivery = {
        "destination": number,
        "smsType": "Promotional",
        "providerResponse": said,
        "dwellTimeMs": 99,
    }
    if price is not None:
        delivery |= {"priceInUSD": price, "numberOfMessageParts": 1, "phoneCarrier": "Example"}
    moment = (published or clock.now()).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]
    return json.dumps(
        {
            "notification": {"messageId": amazon_id, "timestamp": moment},
            "delivery": delivery,
            "status": "SUCCESS" if success else "FAILURE",
        }
    )


def log(*events: str, at: datetime | None = None) -> None:
    """Put events into their groups, in a stream of their own."""
    logs, groups = reads.client("logs"), delivery_logs.groups()
    for group, status in zip(groups, ("SUCCESS", "FAILURE"), strict=True):
        of_group = [each for each in events if json.loads(each)["status"] == status]
        if of_group:
            stream = str(uuid.uuid4())
            logs.create_log_stream(logGroupName=group, logStreamName=stream)
            logs.put_log_events(
                logGroupName=group,
                logStreamName=stream,
                logEvents=[
                    {"timestamp": int((at or clock.now()).timestamp() * 1000), "message": each}
                    for each in of_group
                ],
            )


def a_sent_text(contact, *, topic=None, number=None, amazon_id="", status=None) -> Message:
    """Make a text that has left: accepted when it has Amazon's id, else unconfirmed."""
    topic = topic or contact.subscriptions.first().topic
    number = number or topic.numbers.first() or make.a_number(topic)
    made = Message.objects.create(
        contact=contact,
        topic=topic,
        origination_number=number,
        kind=MessageKind.LIST_AUDIT,
        body="Example Corp.: you get texts from us.",
        status=status or (MessageStatus.ACCEPTED if amazon_id else MessageStatus.UNCONFIRMED),
        due_at=clock.now(),
        created_at=clock.now(),
        clearance={},
        authorised_by=contact.subscriptions.first().authorised_by,
        amazon_message_id=amazon_id,
        lease_until=clock.now() + timedelta(minutes=2) if status == "sending" else None,
    )
    SendAttempt.objects.create(
        message=made, ordinal=1, outcome=AttemptOutcome.BEGUN, at=clock.now(), worker="w"
    )
    return made
