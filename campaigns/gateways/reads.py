"""Ask Amazon what it knows. Asking twice does no harm, so here boto3 may try again."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from boto3.session import Session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings

_making = threading.Lock()  # boto3 makes clients from shared state that is not thread-safe

MISSING = frozenset({"ResourceNotFoundException"})
THROTTLED = frozenset(
    {
        *("Throttling", "ThrottlingException", "Throttled", "ThrottledException"),
        *("RequestLimitExceeded", "TooManyRequestsException"),
    }
)
REFUSED = frozenset({"InvalidParameter", "ParameterValueInvalid", "ValidationException"})


class AmazonFault(Exception):  # noqa: N818  reads as what it is where it is caught
    """Amazon did not answer as asked; `code` is its own word for it, without numbers (P10)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code

    @property
    def is_missing(self) -> bool:
        """Say whether what was asked about does not exist."""
        return self.code in MISSING

    @property
    def is_throttle(self) -> bool:
        """Say whether too much was asked for at once."""
        return self.code in THROTTLED

    @property
    def is_refusal(self) -> bool:
        """Say whether Amazon understood and will not."""
        return self.code in REFUSED


def client(name: str) -> Any:
    """Return this process's client of one of Amazon's products; threads may share it."""
    return _client(name, settings.AWS_REGION, settings.AWS_ENDPOINT_URL)


@contextmanager
def asking() -> Iterator[None]:
    """Turn whatever boto3 raises into an `AmazonFault`."""
    try:
        yield
    except ClientError as fault:
        raise AmazonFault(str(fault.response.get("Error", {}).get("Code", "NoCode"))[:80]) from None
    except BotoCoreError as fault:
        raise AmazonFault(type(fault).__name__) from None


def account_id() -> str:
    """Return the number of the account whose credentials we have."""
    return _account_id(settings.AWS_REGION, settings.AWS_ENDPOINT_URL)


def ask_account_id() -> str:
    """Ask Amazon whose credentials we have: they may have run out since they were last asked."""
    with asking():
        return str(client("sts").get_caller_identity()["Account"])


@lru_cache(maxsize=16)
def _client(name: str, region: str, endpoint: str | None) -> Any:
    with _making:
        return Session().client(
            name,
            region_name=region,
            endpoint_url=endpoint,
            config=Config(
                retries={"total_max_attempts": 4, "mode": "standard"},
                connect_timeout=5,
                read_timeout=30,
                max_pool_connections=4,
            ),
        )


@lru_cache(maxsize=4)
def _account_id(region: str, endpoint: str | None) -> str:
    return ask_account_id()
