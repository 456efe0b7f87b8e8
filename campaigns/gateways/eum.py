"""Send texts through AWS End User Messaging, which refuses aloud where SNS accepts in silence."""

from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from campaigns.gateways import wire
from campaigns.gateways.protocol import OPTED_OUT, HandOver, OutboundText
from campaigns.vocabulary import AccountFault as F
from campaigns.vocabulary import AttemptOutcome as O
from consent import clock

SHORTEST_LIFE = 5  # seconds, as Amazon has it
LONGEST_LIFE = 259_200  # seconds, 72 hours
TOO_LATE = HandOver(O.WITHDRAWN, "WindowCloses")

# Reasons as they travel on the wire. One that stands nowhere here leaves the text unconfirmed.
REJECTED_CONFLICTS = frozenset(
    {
        OPTED_OUT,
        "DESTINATION_COUNTRY_BLOCKED_BY_PROTECT_CONFIGURATION",
        "DESTINATION_PHONE_NUMBER_BLOCKED_BY_PROTECT_NUMBER_OVERRIDE",
    }
)
FAULTS: dict[tuple[str, str], F] = {
    ("ConflictException", "DESTINATION_PHONE_NUMBER_NOT_VERIFIED"): F.SANDBOX,
    ("ConflictException", "NO_ORIGINATION_IDENTITIES_FOUND"): F.NO_ORIGINATION,
    ("ConflictException", "MESSAGE_TYPE_MISMATCH"): F.NO_ORIGINATION,
    ("ConflictException", "NUMBER_CAPABILITIES_MISMATCH"): F.NO_ORIGINATION,
    ("ConflictException", "REGISTRATION_NOT_COMPLETE"): F.NO_ORIGINATION,
    ("ConflictException", "RESOURCE_NOT_ACTIVE"): F.NO_ORIGINATION,
    ("ServiceQuotaExceededException", "MONTHLY_SPEND_LIMIT_REACHED_FOR_TEXT"): F.SPEND,
    ("AccessDeniedException", "ACCOUNT_DISABLED"): F.REPUTATION,
    ("AccessDeniedException", "INSUFFICIENT_ACCOUNT_REPUTATION"): F.REPUTATION,
}

REASONED = frozenset({code for code, _ in FAULTS})


class EumGateway:
    """Send over one boto3 client, made once per process and shared by its threads."""

    def __init__(
        self,
        *,
        region: str,
        endpoint: str | None,
        connections: int,
        timeout: float = wire.READ_TIMEOUT,
    ) -> None:
        self._client, _ = wire.client(
            "pinpoint-sms-voice-v2",
            region=region,
            endpoint=endpoint,
            connections=connections,
            timeout=timeout,
        )

    def publish(self, text: OutboundText) -> HandOver:
        """Hand one text over in one POST; Amazon drops it itself once its hours are over."""
        return self._ask(text)

    def dry_run(self, text: OutboundText) -> HandOver:
        """Have Amazon check a text without sending it; accepted means that it would be taken."""
        return self._ask(text, DryRun=True)

    def _ask(self, text: OutboundText, **more: Any) -> HandOver:
        life = LONGEST_LIFE
        if text.expires_at is not None:
            life = int((text.expires_at - clock.now()).total_seconds())
            if life < SHORTEST_LIFE:
                return TOO_LATE
        try:
            answer = self._client.send_text_message(
                **_request(text), TimeToLive=min(life, LONGEST_LIFE), **more
            )
        except ClientError as fault:
            return _of_answer(fault.response)
        except BotoCoreError as failure:
            return wire.of_failure(failure)
        return wire.of_answer(answer)


def _request(text: OutboundText) -> dict[str, Any]:
    found: dict[str, Any] = {
        "DestinationPhoneNumber": text.to,
        "OriginationIdentity": text.origination_number,
        "MessageBody": text.body,
        "MessageType": "PROMOTIONAL" if text.promotional else "TRANSACTIONAL",
    }
    if text.message is not None:
        # Comes back with every event of the text, even where its id never reached us
        found["Context"] = {"message": str(text.message)}
    if text.max_price is not None:
        found["MaxPrice"] = f"{text.max_price:.5f}"
    if text.configuration_set:
        found["ConfigurationSetName"] = text.configuration_set
    country = {"IN_ENTITY_ID": text.entity_id, "IN_TEMPLATE_ID": text.template_id}
    if any(country.values()):
        found["DestinationCountryParameters"] = {
            name: value for name, value in country.items() if value
        }
    return found


def _of_answer(response: Any) -> HandOver:
    code = str(response.get("Error", {}).get("Code", ""))
    reason = str(response.get("Reason") or "")
    said = reason or code
    if (code, reason) in FAULTS:
        return HandOver(O.ACCOUNT_FAULT, said, fault=FAULTS[code, reason])
    if code == "ResourceNotFoundException":  # the number, its sender ID or its configuration set
        return HandOver(O.ACCOUNT_FAULT, said, fault=F.NO_ORIGINATION)
    if code == "ValidationException" or (
        code == "ConflictException" and reason in REJECTED_CONFLICTS
    ):
        return HandOver(O.REJECTED, said)
    if reason and code in REASONED:  # a reason that nobody told us of
        return HandOver(O.UNCONFIRMED, said[:80])
    return wire.of_shared_code(code)
