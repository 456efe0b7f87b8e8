"""Find ports that nothing listens on."""

import errno
import random
import socket
from collections.abc import Container

PORTS_TO_TRY = 50


def is_free(port: int) -> bool:
    """Say whether a server could listen on this port of localhost, by IPv4 and by IPv6."""
    for family, address in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        try:
            with socket.socket(family, socket.SOCK_STREAM) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind((address, port))
        except OSError as error:
            # A machine without IPv6 cannot have anything there that a browser would find first.
            if error.errno in (errno.EADDRINUSE, errno.EACCES):
                return False
    return True


def first_free(preferred: int, *, taken: Container[int] = ()) -> int:
    """Return the preferred port, or the next one up that is free.

    Raises OSError when none of the next ports is free.
    """
    for port in range(preferred, min(preferred + PORTS_TO_TRY, 65536)):
        if port not in taken and is_free(port):
            return port
    raise OSError(errno.EADDRINUSE, f"No free port from {preferred} on")


def any_free() -> int:
    """Return some free port, below those that the kernel gives to outgoing connections."""
    return first_free(random.randrange(15_000, 30_000))  # one of those could take it before us
