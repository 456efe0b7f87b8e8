"""How we ask Amazon to send: one try only, and what a failure on the way there means."""

import threading
from typing import Any

from boto3.session import Session
from botocore.config import Config
from botocore.exceptions import (
    ConnectTimeoutError,
    CredentialRetrievalError,
    EndpointConnectionError,
    NoCredentialsError,
    ParamValidationError,
    PartialCredentialsError,
    ProxyConnectionError,
)

from campaigns.gateways.protocol import HandOver
from campaigns.vocabulary import AccountFault as F
from campaigns.vocabulary import AttemptOutcome as O

CONNECT_TIMEOUT = 3  # seconds
READ_TIMEOUT = 12  # seconds

# Codes that both services share, as they travel on the wire. What is in no set may have been sent:
# to count it as a failure would text somebody twice (P4).
THROTTLED = frozenset(
    {
        *("Throttling", "ThrottlingException", "Throttled", "ThrottledException"),
        *("RequestLimitExceeded", "TooManyRequestsException"),
    }
)
CREDENTIALS = frozenset(
    {
        *("ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "InvalidSecurity"),
        *("SignatureDoesNotMatch", "InvalidSignatureException", "UnrecognizedClientException"),
        *("MissingAuthenticationToken", "MissingAuthenticationTokenException"),
    }
)
PERMISSION = frozenset({"AccessDenied", "AccessDeniedException", "AuthorizationError"})

NO_CREDENTIALS = (NoCredentialsError, PartialCredentialsError, CredentialRetrievalError)
NEVER_LEFT = (EndpointConnectionError, ConnectTimeoutError, ProxyConnectionError)

_making = threading.Lock()  # boto3 makes clients from shared state that is not thread-safe


def client(
    service: str, *, region: str, endpoint: str | None, connections: int, timeout: float
) -> tuple[Any, Any]:
    """Make a client that asks once and waits so many seconds for an answer; threads share it.

    Return the credentials that it asks with, too; None where there are none.
    """
    with _making:
        session = Session()
        made = session.client(
            service,
            region_name=region,
            endpoint_url=endpoint,
            config=Config(
                # By default boto3 sends a text up to three times on a timeout
                retries={"total_max_attempts": 1, "mode": "standard"},
                connect_timeout=CONNECT_TIMEOUT,
                read_timeout=timeout,
                max_pool_connections=connections,
                tcp_keepalive=True,
            ),
        )
        return made, session.get_credentials()


def of_shared_code(code: str) -> HandOver:
    """Return what a code means that both services answer with; any other is unconfirmed."""
    if code in THROTTLED:
        return HandOver(O.THROTTLED, code)
    for codes, fault in ((CREDENTIALS, F.CREDENTIALS), (PERMISSION, F.PERMISSION)):
        if code in codes:
            return HandOver(O.ACCOUNT_FAULT, code, fault=fault)
    return HandOver(O.UNCONFIRMED, code[:80] or "NoCode")


def of_failure(failure: Exception) -> HandOver:
    """Return what a failure without an answer means: did the text leave?"""
    name = type(failure).__name__
    if isinstance(failure, NEVER_LEFT):
        return HandOver(O.NEVER_LEFT, name)
    if isinstance(failure, NO_CREDENTIALS):
        return HandOver(O.ACCOUNT_FAULT, name, fault=F.CREDENTIALS)
    if isinstance(failure, ParamValidationError):
        return HandOver(O.REJECTED, name)
    return HandOver(O.UNCONFIRMED, name)  # timeouts and cut connections among them


def of_answer(answer: dict[str, Any]) -> HandOver:
    """Return what an answer without an error means."""
    identity = answer.get("MessageId", "")
    if not identity:
        return HandOver(O.UNCONFIRMED, "NoMessageId")
    return HandOver(O.ACCEPTED, amazon_message_id=identity)
