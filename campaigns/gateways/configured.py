"""The gateway that the settings ask for, one per process."""

from functools import lru_cache

from django.conf import settings

from campaigns.gateways.protocol import Gateway
from campaigns.gateways.sns import SnsGateway

# Senders for several numbers share a process, each with its own threads
SENDERS_PER_PROCESS = 4


def gateway() -> Gateway:
    """Return this process's gateway to Amazon, or to the stand-in that AWS_ENDPOINT_URL names."""
    return _sns(
        settings.AWS_REGION,
        settings.AWS_ENDPOINT_URL,
        settings.SEND_THREADS * SENDERS_PER_PROCESS,
        settings.SEND_TIMEOUT_SECONDS,
    )


@lru_cache(maxsize=4)
def _sns(region: str, endpoint: str | None, connections: int, timeout: int) -> SnsGateway:
    return SnsGateway(region=region, endpoint=endpoint, connections=connections, timeout=timeout)
