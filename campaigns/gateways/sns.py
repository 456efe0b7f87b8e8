"""Publish texts through Amazon SNS."""

from botocore.exceptions import BotoCoreError, ClientError

from campaigns.gateways import wire
from campaigns.gateways.protocol import HandOver, OutboundText
from campaigns.vocabulary import AccountFault as F
from campaigns.vocabulary import AttemptOutcome as O

# What SNS alone answers with, as it travels on the wire: final for the text
REJECTED = frozenset(
    {
        *("InvalidParameter", "ParameterValueInvalid", "ValidationException", "NotFound"),
        *("EndpointDisabled", "PlatformApplicationDisabled", "KMSAccessDenied", "KMSDisabled"),
        *("KMSInvalidState", "KMSNotFound", "KMSOptInRequired", "OptedOut"),
        *("ResourceNotFound", "VerificationException"),
    }
)


class SnsGateway:
    """Publish over one boto3 client, made once per process and shared by its threads."""

    def __init__(
        self,
        *,
        region: str,
        endpoint: str | None,
        connections: int,
        timeout: float = wire.READ_TIMEOUT,
    ) -> None:
        self._client = wire.client(
            "sns", region=region, endpoint=endpoint, connections=connections, timeout=timeout
        )

    def publish(self, text: OutboundText) -> HandOver:
        """Hand one text over in one POST; the outcome is mapped from Amazon's wire codes."""
        try:
            answer = self._client.publish(
                PhoneNumber=text.to, Message=text.body, MessageAttributes=_attributes(text)
            )
        except ClientError as fault:
            return _of_code(str(fault.response.get("Error", {}).get("Code", "")))
        except BotoCoreError as failure:
            return wire.of_failure(failure)
        return wire.of_answer(answer)


def _attributes(text: OutboundText) -> dict[str, dict[str, str]]:
    sender = "AWS.SNS.SMS.SenderID" if text.is_sender_id else "AWS.MM.SMS.OriginationNumber"
    said = {
        # Amazon's pages disagree on the default, so it is always said
        "AWS.SNS.SMS.SMSType": "Promotional" if text.promotional else "Transactional",
        sender: text.origination_number,
        "AWS.MM.SMS.EntityId": text.entity_id,
        "AWS.MM.SMS.TemplateId": text.template_id,
    }
    found = {
        name: {"DataType": "String", "StringValue": value} for name, value in said.items() if value
    }
    if text.max_price is not None:
        found["AWS.SNS.SMS.MaxPrice"] = {
            "DataType": "Number",
            "StringValue": f"{text.max_price:f}",
        }
    return found


def _of_code(code: str) -> HandOver:
    if code in REJECTED:
        return HandOver(O.REJECTED, code)
    if code == "KMSThrottling":
        return HandOver(O.THROTTLED, code)
    if code == "UserError":  # "No origination entities available to send"
        return HandOver(O.ACCOUNT_FAULT, code, fault=F.NO_ORIGINATION)
    return wire.of_shared_code(code)
