"""Certificates over real sockets: kept while good, fetched once, and never from elsewhere."""

import http.server
import ssl
import threading
import time
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives import serialization

from campaigns.inbound import signing_certificates
from campaigns.inbound.signing_certificates import Certificates, Unreachable
from campaigns.inbound.sns_signature import NotSigned
from consent import clock
from tests.campaigns.inbound.amazon import HOST, PATH, Amazon, a_certificate, a_key, pem_of

OTHER = "/SimpleNotificationService-ffffffffffffffff.pem"


@pytest.fixture
def amazon():
    amazon = Amazon()
    yield amazon
    amazon.stop()


def test_a_certificate_is_fetched_once_and_kept(amazon):
    certificates, now = Certificates(amazon.address), clock.now()
    assert certificates.get(HOST, PATH, now) == certificates.get(HOST, PATH, now)
    assert amazon.asked == [PATH]


def test_it_is_kept_no_longer_than_a_day_or_than_it_is_good(amazon):
    now = clock.now().replace(microsecond=0)
    short = a_certificate(ends=now + timedelta(hours=2))
    amazon.answers[PATH] = (200, {}, pem_of(short))
    certificates = Certificates(amazon.address)
    certificates.get(HOST, PATH, now)
    certificates.get(HOST, PATH, now + timedelta(hours=1, minutes=59))
    assert len(amazon.asked) == 1
    certificates.get(HOST, PATH, now + timedelta(hours=2))
    assert len(amazon.asked) == 2
    amazon.answers[PATH] = (200, {}, pem_of(a_certificate(ends=now + timedelta(days=300))))
    certificates.get(HOST, PATH, now + timedelta(hours=3))
    certificates.get(HOST, PATH, now + timedelta(hours=26))
    assert len(amazon.asked) == 3
    certificates.get(HOST, PATH, now + timedelta(hours=28))
    assert len(amazon.asked) == 4


def test_only_a_few_are_kept(amazon):
    certificates, now = Certificates(amazon.address), clock.now()
    paths = [f"/SimpleNotificationService-{n:016x}.pem" for n in range(9)]
    for path in paths:
        amazon.answers[path] = amazon.answers[PATH]
        certificates.get(HOST, path, now)
    certificates.get(HOST, paths[-1], now)
    assert len(amazon.asked) == 9
    certificates.get(HOST, paths[0], now)
    assert len(amazon.asked) == 10


def test_a_redirect_is_not_followed(amazon):
    amazon.answers[PATH] = (302, {"Location": amazon.address + OTHER}, b"")
    amazon.answers[OTHER] = (200, {}, pem_of(a_certificate()))
    with pytest.raises(Unreachable):
        Certificates(amazon.address).get(HOST, PATH, clock.now())
    assert amazon.asked == [PATH]


def test_what_is_too_large_is_left_unread(amazon):
    amazon.answers[PATH] = (200, {}, pem_of(a_certificate()) + b"\n" * (17 * 1024))
    with pytest.raises(Unreachable):
        Certificates(amazon.address).get(HOST, PATH, clock.now())


def test_what_amazon_does_not_have_is_a_forgers_and_not_asked_for_again(amazon):
    certificates = Certificates(amazon.address)
    for _ in range(3):
        with pytest.raises(NotSigned, match="no such certificate"):
            certificates.get(HOST, OTHER, clock.now())
    assert amazon.asked == [OTHER]


@pytest.mark.parametrize("status", [500, 503, 301])
def test_a_fault_of_amazons_says_nothing_of_the_sender_and_is_not_kept(amazon, status):
    good, certificates = amazon.answers[PATH], Certificates(amazon.address)
    amazon.answers[PATH] = (status, {}, b"")
    with pytest.raises(Unreachable):
        certificates.get(HOST, PATH, clock.now())
    amazon.answers[PATH] = good
    certificates.get(HOST, PATH, clock.now())


def test_nobody_there_is_told_apart_from_a_forgery(amazon):
    amazon.stop()
    with pytest.raises(Unreachable):
        Certificates(amazon.address).get(HOST, PATH, clock.now())


def test_a_trickle_is_cut_off(amazon, monkeypatch):
    monkeypatch.setattr(signing_certificates, "WITHIN", 0.5)
    over = threading.Event()

    def trickle(out):
        try:
            while not over.wait(0.05):
                out.write(b"-")
                out.flush()
        except OSError:
            pass

    amazon.answers[PATH] = (200, {}, trickle)
    begun = time.monotonic()
    with pytest.raises(Unreachable):
        Certificates(amazon.address).get(HOST, PATH, clock.now())
    over.set()
    assert time.monotonic() - begun < 10


def test_many_at_once_ask_amazon_once(amazon):
    certificates, found = Certificates(amazon.address), []
    threads = [
        threading.Thread(target=lambda: found.append(certificates.get(HOST, PATH, clock.now())))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(found), amazon.asked) == (8, [PATH])


@pytest.mark.parametrize(("name", "is_believed"), [("localhost", True), ("evil.example", False)])
def test_the_line_itself_must_be_amazons(tmp_path, name, is_believed):
    line = a_certificate(key=a_key("line"), names=[name], common=name)
    held = tmp_path / "line.pem"
    held.write_bytes(
        a_key("line").private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + pem_of(line)
    )
    amazon = Amazon()
    theirs = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    theirs.load_cert_chain(held)
    server = http.server.ThreadingHTTPServer(("localhost", 0), amazon.server.RequestHandlerClass)
    server.socket = theirs.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    trust = ssl.create_default_context(cadata=pem_of(line).decode())
    try:
        place = f"https://localhost:{server.server_port}"
        if is_believed:
            Certificates(place, trust).get(HOST, PATH, clock.now())
        for context in [None] if is_believed else [None, trust]:
            with pytest.raises(Unreachable):
                Certificates(place, context).get(HOST, PATH, clock.now())
    finally:
        server.shutdown()
        server.server_close()
        amazon.stop()
