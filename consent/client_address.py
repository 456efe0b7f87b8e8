"""Say from which internet address a request came."""

from ipaddress import IPv6Address, ip_address

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str | None:
    """Return the client's address, or None where there is none (a local socket).

    Each of the TRUSTED_PROXIES in front of us adds the address that it was called from at the
    right of X-Forwarded-For. What stands further left is anybody's claim, and would let a robot
    pass every rate limit.
    """
    said = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    trusted = settings.TRUSTED_PROXIES
    if trusted and len(said) >= trusted:
        found = _read(said[-trusted])
        if found is not None:
            return found
    return _read(request.META.get("REMOTE_ADDR", ""))


def _read(text: str) -> str | None:
    text = text.strip()
    if text.startswith("["):  # [2001:db8::1]:443
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:  # 192.0.2.7:443
        text = text.partition(":")[0]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(address)
