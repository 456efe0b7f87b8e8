"""Publish texts through Amazon SNS."""

from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

from botocore.exceptions import BotoCoreError
from botocore.parsers import ResponseParserError

from campaigns.gateways import wire
from campaigns.gateways.posting import Posting
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
        client, credentials = wire.client(
            "sns", region=region, endpoint=endpoint, connections=connections, timeout=timeout
        )
        self._posting = Posting(client, credentials, "Publish", "publish")

    def publish(self, text: OutboundText) -> HandOver:
        """Hand one text over in one POST; the outcome is mapped from Amazon's wire codes."""
        said = _Said(
            text.promotional,
            text.is_sender_id,
            text.origination_number,
            text.entity_id,
            text.template_id,
            text.max_price,
        )
        own = {"PhoneNumber": text.to, "Message": text.body}
        try:
            answer = self._posting(own, *_shared(said, self._posting))
        except (BotoCoreError, ResponseParserError) as failure:
            return wire.of_failure(failure)
        if "Error" in answer:
            return _of_code(str(answer["Error"].get("Code", "")))
        return wire.of_answer(answer)


class _Said(NamedTuple):
    """What the texts of a campaign have in common."""

    promotional: bool
    is_sender_id: bool
    origination_number: str
    entity_id: str
    template_id: str
    max_price: Decimal | None


@lru_cache(maxsize=256)
def _shared(said: _Said, posting: Posting) -> tuple[dict[str, Any], str]:
    """Return the parameters that many texts share, plain and as they travel."""
    shared = {"MessageAttributes": _attributes(said)}
    return shared, posting.written(**shared)


def _attributes(said: _Said) -> dict[str, dict[str, str]]:
    sender = "AWS.SNS.SMS.SenderID" if said.is_sender_id else "AWS.MM.SMS.OriginationNumber"
    named = {
        # Amazon's pages disagree on the default, so it is always said
        "AWS.SNS.SMS.SMSType": "Promotional" if said.promotional else "Transactional",
        sender: said.origination_number,
        "AWS.MM.SMS.EntityId": said.entity_id,
        "AWS.MM.SMS.TemplateId": said.template_id,
    }
    found = {
        name: {"DataType": "String", "StringValue": value} for name, value in named.items() if value
    }
    if said.max_price is not None:
        found["AWS.SNS.SMS.MaxPrice"] = {
            "DataType": "Number",
            "StringValue": f"{said.max_price:f}",
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
