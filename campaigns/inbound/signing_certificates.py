"""Fetch the certificates that SNS signs with, and keep them while they are good."""

import http.client
import ssl
import threading
import time
from collections import OrderedDict
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from cryptography import x509

from campaigns.inbound.sns_signature import NotSigned, read_certificate

LARGEST = 16 * 1024  # bytes; real ones have 2 KB
WITHIN = 4.0  # seconds for the whole answer: SNS waits 15 for ours
KEPT = 4  # certificates; Amazon signs with one a region, and two while they change
KEPT_FOR = timedelta(hours=24)
TOLD_FOR = 60.0  # seconds during which Amazon is not asked again for what it does not have
NOT_THERE = frozenset((400, 403, 404, 410))


class Unreachable(Exception):  # noqa: N818  reads as what it is where it is caught
    """The certificate could not be had; that says nothing about who sent the request."""


class Certificates:
    """Hold a few certificates by where they are; safe for the threads of a process.

    `instead` is where a stand-in for Amazon keeps them, as in http://127.0.0.1:4566; `trust` says
    whose TLS certificates are believed.
    """

    def __init__(self, instead: str | None = None, trust: ssl.SSLContext | None = None) -> None:
        self._instead, self._trust = instead, trust
        self._kept: OrderedDict[tuple[str, str], tuple[x509.Certificate, datetime]] = OrderedDict()
        self._missing: OrderedDict[tuple[str, str], float] = OrderedDict()
        self._one_at_a_time = threading.Lock()

    def get(self, host: str, path: str, now: datetime) -> x509.Certificate:
        """Return a certificate, fetched where it is not known or no longer good.

        Raises `NotSigned` where Amazon has none there, `Unreachable` where it cannot be had.
        """
        found = self._good(host, path, now)
        if found is not None:
            return found
        # Whoever forges requests must not have us ask Amazon for many things at once
        if not self._one_at_a_time.acquire(timeout=WITHIN):
            raise Unreachable
        try:
            found = self._good(host, path, now)
            if found is None:
                found = self._learn(host, path, now)
            return found
        finally:
            self._one_at_a_time.release()

    def _good(self, host: str, path: str, now: datetime) -> x509.Certificate | None:
        found, until = self._kept.get((host, path), (None, now))
        return found if now < until else None

    def _learn(self, host: str, path: str, now: datetime) -> x509.Certificate:
        if time.monotonic() < self._missing.get((host, path), 0.0):
            raise NotSigned("Amazon has no such certificate")
        status, pem = self._fetch(host, path)
        if status in NOT_THERE:
            self._missing[host, path] = time.monotonic() + TOLD_FOR
            while len(self._missing) > KEPT:
                self._missing.popitem(last=False)
            raise NotSigned("Amazon has no such certificate")
        if status != 200 or len(pem) > LARGEST:
            raise Unreachable
        found = read_certificate(pem)
        until = min(found.not_valid_after_utc, now + KEPT_FOR)
        if now < until:
            self._kept[host, path] = found, until
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return found

    def _fetch(self, host: str, path: str) -> tuple[int, bytes]:
        """Return status and body, at most a byte more than is allowed; redirects are not followed.

        No proxy is asked and no cookie sent; the whole must be over in time, however slowly it
        trickles.
        """
        ends = time.monotonic() + WITHIN
        connection = self._connection(host)
        try:
            connection.request("GET", path, headers={"Host": host, "Accept-Encoding": "identity"})
            answer = connection.getresponse()
            found = b""
            while len(found) <= LARGEST:
                left = ends - time.monotonic()
                if left <= 0:
                    raise Unreachable
                if connection.sock is not None:
                    connection.sock.settimeout(left)
                piece = answer.read1(LARGEST + 1 - len(found))
                if not piece:
                    break
                found += piece
            return answer.status, found
        except (OSError, http.client.HTTPException):
            raise Unreachable from None
        finally:
            connection.close()

    def _connection(self, host: str) -> http.client.HTTPConnection:
        timeout = WITHIN / 2
        if self._instead is None:
            trust = self._trust or ssl.create_default_context()
            return http.client.HTTPSConnection(host, 443, timeout=timeout, context=trust)
        place = urlsplit(self._instead)
        if place.scheme == "https":
            trust = self._trust or ssl.create_default_context()
            return http.client.HTTPSConnection(place.netloc, timeout=timeout, context=trust)
        return http.client.HTTPConnection(place.netloc, timeout=timeout)
