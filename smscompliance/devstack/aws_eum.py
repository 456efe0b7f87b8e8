"""End User Messaging in the AWS stand-in: moto has no such service, and we need one call of it."""

import json
import re
import uuid
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Request, Response

if TYPE_CHECKING:
    from smscompliance.devstack.aws import StandIn

TARGET = "PinpointSMSVoiceV2.SendTextMessage"
DESTINATION = re.compile(r"\+?[1-9][0-9]{1,18}")
LONGEST = 1600


def send_text_message(request: Request, stand_in: "StandIn") -> Response:
    """Put a text on its phone as a published one, unless it is a dry run; answer in JSON 1.0.

    Refused aloud are texts that cannot be read, and those to numbers on the account's list.
    """
    asked: dict[str, Any] = json.loads(request.get_data())
    to, body = str(asked.get("DestinationPhoneNumber", "")), str(asked.get("MessageBody", ""))
    if not DESTINATION.fullmatch(to) or not body.strip() or len(body) > LONGEST:
        return _say(
            400,
            {
                "__type": "ValidationException",
                "Message": "The request is not valid.",
                "Reason": "FIELD_VALIDATION_FAILED",
            },
        )
    if to in stand_in.account.opted_out:
        return _say(
            400,
            {
                "__type": "ConflictException",
                "Message": "The destination phone number is opted out.",
                "Reason": "DESTINATION_PHONE_NUMBER_OPTED_OUT",
                "ResourceType": "phone-number",
                "ResourceId": "",
            },
        )
    identity = str(uuid.uuid4())
    if not asked.get("DryRun"):
        attributes = {
            "AWS.SNS.SMS.SMSType": str(asked.get("MessageType", "TRANSACTIONAL")).capitalize(),
            "AWS.MM.SMS.OriginationNumber": str(asked.get("OriginationIdentity", "")),
        }
        stand_in.text_published(stand_in.now(), identity, to, body, attributes)
    return _say(200, {"MessageId": identity})


def _say(status: int, content: dict[str, str]) -> Response:
    return Response(json.dumps(content), status, content_type="application/x-amz-json-1.0")
