"""What Celery must know of each sort of broker. Whichever it is, it only carries ids (P6)."""

from typing import Any
from urllib.parse import urlsplit

SERVED_WITHIN = 60  # seconds; no task of ours takes longer, and losing one loses nothing


def transport_options(url: str, *, region: str) -> dict[str, Any]:
    """Return the transport options that suit the broker of an address; times in seconds."""
    scheme = url.split(":", 1)[0].lower().split("+")[0]
    if scheme == "sqs":
        found: dict[str, Any] = {
            "region": region,
            "visibility_timeout": 2 * SERVED_WITHIN,
            "wait_time_seconds": 10,
            "polling_interval": 0.5,
        }
        # An address with a host is a stand-in on this machine, which speaks no TLS
        return found | ({"is_secure": False} if urlsplit(url).hostname else {})
    if scheme in {"redis", "rediss", "sentinel"}:
        # Without a timeout a worker hangs for ever on a peer that is gone
        return {"socket_timeout": 10, "socket_connect_timeout": 5, "visibility_timeout": 3600}
    if scheme in {"amqp", "amqps", "pyamqp"}:
        return {"connect_timeout": 5, "read_timeout": 30, "write_timeout": 10}
    return {}
