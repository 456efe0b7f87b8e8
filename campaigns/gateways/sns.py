"""Publish texts through Amazon SNS. The only file that imports boto3 to send."""

import threading
from typing import Any

from boto3.session import Session
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    CredentialRetrievalError,
    EndpointConnectionError,
    NoCredentialsError,
    ParamValidationError,
    PartialCredentialsError,
    ProxyConnectionError,
)

from campaigns.gateways.protocol import HandOver, OutboundText
from campaigns.vocabulary import AttemptOutcome as O

CONNECT_TIMEOUT = 3  # seconds
READ_TIMEOUT = 12  # seconds

# Amazon's codes as they travel on the wire. What is in none of these sets may have been sent:
# to count it as a failure would text somebody twice (P4).
THROTTLED = frozenset(
    {
        *("Throttling", "ThrottlingException", "Throttled", "ThrottledException"),
        *("RequestLimitExceeded", "TooManyRequestsException", "KMSThrottling"),
    }
)
REJECTED = frozenset(
    {
        *("InvalidParameter", "ParameterValueInvalid", "ValidationException", "NotFound"),
        *("EndpointDisabled", "PlatformApplicationDisabled", "KMSAccessDenied", "KMSDisabled"),
        *("KMSInvalidState", "KMSNotFound", "KMSOptInRequired", "OptedOut"),
    }
)
ACCOUNT_FAULT = frozenset(
    {
        *("AuthorizationError", "InvalidSecurity", "ExpiredToken", "InvalidClientTokenId"),
        *("SignatureDoesNotMatch", "AccessDenied", "UserError"),
    }
)
NO_CREDENTIALS = (NoCredentialsError, PartialCredentialsError, CredentialRetrievalError)
NEVER_LEFT = (EndpointConnectionError, ConnectTimeoutError, ProxyConnectionError)

_making = threading.Lock()  # boto3 makes clients from shared state that is not thread-safe


class SnsGateway:
    """Publish over one boto3 client, made once per process and shared by its threads."""

    def __init__(
        self,
        *,
        region: str,
        endpoint: str | None,
        connections: int,
        timeout: float | None = None,
    ) -> None:
        with _making:
            self._client: Any = Session().client(
                "sns",
                region_name=region,
                endpoint_url=endpoint,
                config=Config(
                    # By default boto3 sends a text up to three times on a timeout
                    retries={"total_max_attempts": 1, "mode": "standard"},
                    connect_timeout=CONNECT_TIMEOUT,
                    read_timeout=timeout or READ_TIMEOUT,
                    max_pool_connections=connections,
                    tcp_keepalive=True,
                ),
            )

    def publish(self, text: OutboundText) -> HandOver:
        """Hand one text over in one POST; the outcome is mapped from Amazon's wire codes."""
        try:
            answer = self._client.publish(
                PhoneNumber=text.to,
                Message=text.body,
                MessageAttributes={
                    # Amazon's pages disagree on the default, so it is always said
                    "AWS.SNS.SMS.SMSType": _text(
                        "Promotional" if text.promotional else "Transactional"
                    ),
                    "AWS.MM.SMS.OriginationNumber": _text(text.origination_number),
                },
            )
        except ClientError as fault:
            return _of_code(str(fault.response.get("Error", {}).get("Code", "")))
        except NEVER_LEFT as fault:
            return HandOver(O.NEVER_LEFT, type(fault).__name__)
        except NO_CREDENTIALS as fault:
            return HandOver(O.ACCOUNT_FAULT, type(fault).__name__)
        except ParamValidationError as fault:
            return HandOver(O.REJECTED, type(fault).__name__)
        except BotoCoreError as fault:  # timeouts and cut connections among them
            return HandOver(O.UNCONFIRMED, type(fault).__name__)
        identity = answer.get("MessageId", "")
        if not identity:
            return HandOver(O.UNCONFIRMED, "NoMessageId")
        return HandOver(O.ACCEPTED, amazon_message_id=identity)


def _text(value: str) -> dict[str, str]:
    return {"DataType": "String", "StringValue": value}


def _of_code(code: str) -> HandOver:
    for codes, outcome in (
        (THROTTLED, O.THROTTLED),
        (REJECTED, O.REJECTED),
        (ACCOUNT_FAULT, O.ACCOUNT_FAULT),
    ):
        if code in codes:
            return HandOver(outcome, code)
    return HandOver(O.UNCONFIRMED, code[:80] or "NoCode")
