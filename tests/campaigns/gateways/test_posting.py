"""What we post ourselves is what boto3 would have posted, signed as Amazon checks it."""

import hashlib
import hmac
import ssl
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from ipaddress import ip_address
from urllib.parse import parse_qsl

import pytest
from botocore.awsrequest import AWSPreparedRequest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from campaigns.gateways.protocol import HandOver, OutboundText
from campaigns.gateways.sns import SnsGateway
from campaigns.vocabulary import AttemptOutcome as O
from smscompliance.devstack.stub_sns import StubSns

PLAIN = OutboundText(to="+12125550100", body="Hello", origination_number="12345", promotional=True)
TEXTS = {
    "plain": PLAIN,
    "letters of all kinds": replace(PLAIN, body="Ça va? 100 % & más = 5 € +1/2 «ok» 😀\nBye~*"),
    "to India": replace(
        PLAIN,
        to="+911234567890",
        origination_number="EXAMPL",
        is_sender_id=True,
        promotional=False,
        max_price=Decimal("0.04500"),
        entity_id="110100",
        template_id="110700",
    ),
}
# Each call's own, whoever makes it
OWN = {"Authorization", "X-Amz-Date", "amz-sdk-invocation-id"}


@pytest.fixture(autouse=True)
def credentials(monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "EXAMPLEKEY")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "example-secret")
    monkeypatch.delenv("AWS_SESSION_TOKEN", raising=False)


def a_gateway(stub):
    return SnsGateway(region="us-east-1", endpoint=stub.address, connections=2)


def fields_of(body):
    return parse_qsl(body.decode(), keep_blank_values=True)


def posted_twice(stub, text):
    """Post by boto3, which shows how, and then by ourselves."""
    gateway = a_gateway(stub)
    for _ in range(2):
        gateway.publish(text)
    return stub.posted


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_we_post_what_boto3_posts(stub_sns, text):
    (by_boto3, its_body), (by_us, our_body) = posted_twice(stub_sns, text)
    assert sorted(fields_of(our_body)) == sorted(fields_of(its_body))
    assert by_us.keys() == by_boto3.keys()
    assert {name for name in by_us if by_us[name] != by_boto3[name]} <= OWN
    assert by_us["amz-sdk-invocation-id"] != by_boto3["amz-sdk-invocation-id"]


def test_a_text_of_its_own_goes_into_each_post(stub_sns):
    gateway = a_gateway(stub_sns)
    for text in TEXTS.values():
        gateway.publish(PLAIN)
        gateway.publish(text)
        fields = dict(fields_of(stub_sns.posted[-1][1]))
        assert (fields["PhoneNumber"], fields["Message"]) == (text.to, text.body)


@pytest.mark.parametrize("token", ["", "example-token"])
def test_both_are_signed_as_amazon_checks_it(stub_sns, monkeypatch, token):
    if token:
        monkeypatch.setenv("AWS_SESSION_TOKEN", token)
    for head, body in posted_twice(stub_sns, PLAIN):
        assert head.get("X-Amz-Security-Token", "") == token
        assert head["Authorization"].rpartition("Signature=")[2] == signature_of(head, body)


def test_new_credentials_are_used_from_the_next_post_on(stub_sns):
    gateway = a_gateway(stub_sns)
    gateway.publish(PLAIN)
    gateway._posting._credentials.access_key = "RENEWEDKEY"
    gateway._posting._credentials.token = "renewed-token"
    gateway.publish(PLAIN)
    head, _ = stub_sns.posted[1]
    assert "Credential=RENEWEDKEY/" in head["Authorization"]
    assert head["X-Amz-Security-Token"] == "renewed-token"


def signature_of(head, body):
    """Sign as Amazon describes it (Signature Version 4), from what came over the wire."""
    named = head["Authorization"].partition("SignedHeaders=")[2].partition(",")[0]
    scope = head["Authorization"].partition("Credential=EXAMPLEKEY/")[2].partition(",")[0]
    lower = {name.lower(): " ".join(value.split()) for name, value in head.items()}
    canonical = "\n".join(
        [
            *("POST", "/", ""),
            *(f"{name}:{lower[name]}" for name in named.split(";")),
            *("", named, hashlib.sha256(body).hexdigest()),
        ]
    )
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    to_sign = "\n".join(["AWS4-HMAC-SHA256", lower["x-amz-date"], scope, digest])
    key = b"AWS4example-secret"
    for part in [*scope.split("/"), to_sign]:
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return key.hex()


@pytest.fixture
def impostor(tmp_path):
    """Listen with a certificate that nobody vouches for; give the address and what was heard."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    moment = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(moment - timedelta(days=1))
        .not_valid_after(moment + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    pem = tmp_path / "impostor.pem"
    pem.write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        + certificate.public_bytes(Encoding.PEM)
    )
    stub = StubSns()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    stub._server.socket = context.wrap_socket(stub._server.socket, server_side=True)
    yield stub, pem
    stub.stop()


def by_tls(stub):
    address = stub.address.replace("http:", "https:")
    return SnsGateway(region="us-east-1", endpoint=address, connections=2, timeout=5)


def test_an_impostor_hears_nothing_from_either(impostor):
    stub, _ = impostor
    gateway = by_tls(stub)
    became = [gateway.publish(PLAIN) for _ in range(2)]
    assert gateway._posting._pattern is not None  # so the second was ours
    assert became == [HandOver(O.UNCONFIRMED, "SSLError")] * 2
    assert stub.posted == []


def test_certificates_that_the_machine_trusts_are_trusted_by_both(impostor, monkeypatch):
    stub, pem = impostor
    monkeypatch.setenv("AWS_CA_BUNDLE", str(pem))
    gateway = by_tls(stub)
    assert [gateway.publish(PLAIN).outcome for _ in range(2)] == [O.ACCEPTED] * 2
    assert len(stub.posted) == 2


def test_what_is_signed_in_another_way_stays_with_boto3(stub_sns):
    gateway = a_gateway(stub_sns)
    shown = AWSPreparedRequest("POST", stub_sns.address, {"Authorization": "Bearer x"}, b"", False)
    gateway._posting._learn(shown)
    assert gateway._posting._pattern is None
    assert gateway.publish(PLAIN).outcome is O.ACCEPTED
