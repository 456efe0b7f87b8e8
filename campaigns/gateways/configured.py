"""The gateways that the settings ask for, one of a kind per process."""

from functools import lru_cache

from django.conf import settings

from campaigns.gateways.eum import EumGateway
from campaigns.gateways.protocol import ChecksTexts, Gateway
from campaigns.gateways.sns import SnsGateway
from campaigns.vocabulary import GatewayName

# Senders for several numbers share a process, each with its own threads
SENDERS_PER_PROCESS = 4

KINDS: dict[str, type[SnsGateway] | type[EumGateway]] = {
    GatewayName.SNS: SnsGateway,
    GatewayName.EUM: EumGateway,
}


def gateway(name: str = GatewayName.SNS) -> Gateway:
    """Return this process's gateway to Amazon, or to the stand-in that AWS_ENDPOINT_URL names."""
    return _made(
        name,
        settings.AWS_REGION,
        settings.AWS_ENDPOINT_URL,
        settings.SEND_THREADS * SENDERS_PER_PROCESS,
        settings.SEND_TIMEOUT_SECONDS,
    )


def checking_gateway(name: str) -> ChecksTexts | None:
    """Return the gateway of this name if it can check a text without sending it; SNS cannot."""
    found = gateway(name)
    return found if isinstance(found, EumGateway) else None


@lru_cache(maxsize=4)
def _made(name: str, region: str, endpoint: str | None, connections: int, timeout: int) -> Gateway:
    return KINDS[name](region=region, endpoint=endpoint, connections=connections, timeout=timeout)
