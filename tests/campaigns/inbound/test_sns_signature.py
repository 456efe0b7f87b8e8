"""Amazon's own signed messages, and every way to bend one signed with our own key."""

import base64
import json
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from hypothesis import given
from hypothesis import strategies as st

from campaigns.inbound import sns_signature
from campaigns.inbound.sns_signature import NotSigned
from consent import clock
from tests.campaigns.inbound.amazon import (
    LONG_BEFORE,
    URL,
    a_certificate,
    a_key,
    a_notification,
    a_payload,
    a_subscription,
    as_body,
    pem_of,
    sign,
)

REAL = Path(__file__).parents[2] / "data/sns"
KINDS = {
    "notification": lambda **fields: a_notification(a_payload(), **fields),
    "with a subject": lambda **fields: a_notification(a_payload(), **{"Subject": "Hi", **fields}),
    "subscription": a_subscription,
    "unsubscription": lambda **fields: a_subscription(kind="UnsubscribeConfirmation", **fields),
}


def believed(message, certificate=None, now=None):
    """Read and check, as the endpoint does."""
    envelope = sns_signature.read(message if isinstance(message, bytes) else as_body(message))
    read = sns_signature.read_certificate(pem_of(certificate or a_certificate()))
    sns_signature.check(envelope, read, now or clock.now())
    return envelope


@pytest.mark.parametrize("path", sorted(REAL.glob("*.json")), ids=lambda path: path.stem)
def test_what_amazon_itself_signed_is_believed(path):
    envelope = sns_signature.read(path.read_bytes())
    certificate = sns_signature.read_certificate((REAL / "signing-certificate.pem").read_bytes())
    sns_signature.check(envelope, certificate, envelope.published_at)
    assert envelope.host == "sns.us-west-2.amazonaws.com"


def test_amazons_certificate_of_last_year_is_not_believed_today():
    envelope = sns_signature.read((REAL / "notification.json").read_bytes())
    certificate = sns_signature.read_certificate((REAL / "signing-certificate.pem").read_bytes())
    with pytest.raises(NotSigned, match="not valid now"):
        sns_signature.check(
            envelope, certificate, certificate.not_valid_after_utc + timedelta(seconds=1)
        )


@pytest.mark.parametrize("version", ["1", "2"])
@pytest.mark.parametrize("kind", KINDS)
def test_both_signature_versions_are_believed(kind, version):
    message = KINDS[kind](version=version)
    envelope = believed(message)
    assert (envelope.type, envelope.message) == (message["Type"], message["Message"])


@pytest.mark.parametrize("kind", KINDS)
def test_no_signed_field_can_be_changed_added_or_left_out(kind):
    message = KINDS[kind]()
    names = sns_signature.SIGNED[message["Type"]]
    for name in names:
        others = {
            "Type": "Notification" if message["Type"] != "Notification" else "Sub",
            "Timestamp": "2026-01-01T00:00:00.000Z",
            "TopicArn": "arn:aws:sns:us-east-1:123456789012:others",
        }
        for bent in (others.get(name, "else"), message.get(name, "") + " ", "", None, 7, ["x"]):
            with pytest.raises(NotSigned):
                believed({**message, name: bent} if bent != message.get(name) else {})
        if name in message:
            with pytest.raises(NotSigned):
                believed({key: value for key, value in message.items() if key != name})


def test_what_is_not_signed_may_be_anything():
    message = a_notification(a_payload())
    believed({**message, "UnsubscribeURL": "https://elsewhere.example", "MessageAttributes": {}})


def test_a_subject_of_null_is_none():
    believed({**a_notification(a_payload()), "Subject": None})


@pytest.mark.parametrize(
    ("field", "bent"),
    [
        ("SignatureVersion", "1"),
        ("SignatureVersion", "3"),
        ("SignatureVersion", 2),
        ("Signature", "AAAA"),
        ("Signature", "not base64!"),
        ("Signature", "é"),
        ("Signature", ""),
        ("Signature", None),
        ("SigningCertURL", None),
    ],
)
def test_neither_version_nor_signature_can_be_swapped(field, bent):
    with pytest.raises(NotSigned):
        believed({**a_notification(a_payload(), version="2"), field: bent})


def test_a_signature_without_the_last_newline_is_not_amazons():
    message = a_notification(a_payload())
    names = ("Message", "MessageId", "Timestamp", "TopicArn", "Type")
    text = "\n".join(f"{name}\n{message[name]}" for name in names)
    message["Signature"] = base64.b64encode(
        a_key().sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())
    ).decode()
    with pytest.raises(NotSigned, match="does not fit"):
        believed(message)


def test_two_fields_cannot_be_passed_off_as_one():
    """Subject moved into the MessageId: the signed bytes are the same."""
    message = a_notification(a_payload(), Subject="S")
    moved = {key: value for key, value in message.items() if key != "Subject"} | {
        "MessageId": message["MessageId"] + "\nSubject\nS"
    }
    assert sign(moved) == message["Signature"]
    with pytest.raises(NotSigned, match="two lines"):
        believed(moved)


@pytest.mark.parametrize(
    "url",
    [
        URL.replace("https", "http"),
        URL.replace("sns.us-east-1", "sns.eu-west-1"),
        URL.replace(".amazonaws.com", ".amazonaws.com.evil.example"),
        URL.replace(".amazonaws.com", ".amazonaws.com.cn"),
        URL.replace("https://sns", "https://evil.example#sns"),
        URL.replace("https://", "https://me@"),
        URL.replace("https://", "https://me:pass@"),
        URL.replace(".com/", ".com:8443/"),
        URL.replace(".com/", ".com\\@evil.example/"),
        URL.replace("https://sns.us-east-1.amazonaws.com", "https://s3.us-east-1.amazonaws.com"),
        URL.replace("us-east-1", "us_east_1"),
        URL.replace("us-east-1.", ""),
        URL.replace("/Simple", "/bucket/Simple"),
        URL.replace("/Simple", "/../Simple"),
        URL.replace(".pem", ".pem?x=.pem"),
        URL.replace(".pem", ".pem#x"),
        URL.replace(".pem", ".crt"),
        URL.replace(".pem", ".pem\n"),
        URL.replace("0123456789abcdef", "evil"),
        URL.replace("s", "\u017f"),
        URL + "/",
        " " + URL,
        "file:///etc/passwd",
        "//" + URL,
    ],
)
def test_certificates_are_sought_at_the_regions_own_place_alone(url):
    with pytest.raises(NotSigned, match="not where Amazon keeps them"):
        believed({**a_notification(a_payload()), "SigningCertURL": url})


def test_the_usual_port_may_be_named():
    message = a_notification(a_payload())
    believed({**message, "SigningCertURL": URL.replace(".com/", ".com:443/")})


@pytest.mark.parametrize(
    ("topic", "url", "name"),
    [
        ("arn:aws:sns:af-south-1:1:x", "sns.af-south-1.amazonaws.com", "sns-signing.af-south-1"),
        ("arn:aws-us-gov:sns:us-gov-east-1:1:x", "sns.us-gov-east-1.amazonaws.com",
         "sns-us-gov-west-1"),
        ("arn:aws-cn:sns:cn-north-1:1:x", "sns.cn-north-1.amazonaws.com.cn", "sns-cn-north-1"),
    ],
)  # fmt: skip
def test_each_partition_has_its_own_place_and_name(topic, url, name):
    topic = topic.replace(":1:", ":123456789012:")
    message = a_notification(
        a_payload(), TopicArn=topic, SigningCertURL=URL.replace("sns.us-east-1.amazonaws.com", url)
    )
    name += url[url.index(".amazonaws") :]
    believed(message, a_certificate(names=[name]))
    believed(message, a_certificate(names=[], common=name))
    for other in ("sns-signing.eu-south-1.amazonaws.com", "sns-cn-north-1.amazonaws.com"):
        with pytest.raises(NotSigned, match="not for SNS"):
            believed(message, a_certificate(names=[other], common=name))


@pytest.mark.parametrize(
    ("certificate", "why"),
    [
        (lambda: a_certificate(key=a_key("stranger")), "does not fit"),
        (lambda: a_certificate(names=["sns.amazonaws.com.evil.example"]), "not for SNS"),
        (lambda: a_certificate(names=["*.amazonaws.com"]), "not for SNS"),
        (lambda: a_certificate(names=["evil.example"]), "not for SNS"),
        (lambda: a_certificate(names=(), common="evil.example"), "not for SNS"),
        (lambda: a_certificate(ends=clock.now() - timedelta(seconds=1)), "not valid now"),
        (lambda: a_certificate(begins=clock.now() + timedelta(hours=1)), "not valid now"),
        (lambda: a_certificate(key=a_key("weak", 1024)), "too weak"),
    ],
)
def test_the_certificate_must_be_amazons_and_good_today(certificate, why):
    message = a_notification(a_payload())
    with pytest.raises(NotSigned, match=why):
        believed(message, certificate())


@pytest.mark.parametrize("pem", [b"", b"no certificate", b"-----BEGIN CERTIFICATE-----\nAAAA"])
def test_what_is_no_certificate_is_refused(pem):
    with pytest.raises(NotSigned, match="cannot be read"):
        sns_signature.read_certificate(pem)


def test_a_key_of_another_kind_is_refused():
    certificate = a_certificate(key=ec.generate_private_key(ec.SECP256R1()))
    with pytest.raises(NotSigned, match="too weak"):
        sns_signature.read_certificate(pem_of(certificate))


@pytest.mark.parametrize(
    "moment", ["never", "2026-03-06T19:53:21.424", "2026-03-06", "9999-99-99T00:00:00Z"]
)
def test_a_moment_is_whole_or_nothing(moment):
    with pytest.raises(NotSigned):
        believed(a_notification(a_payload(), Timestamp=moment))


@given(st.binary(max_size=400))
def test_any_bytes_are_refused_and_nothing_breaks(body):
    with pytest.raises(NotSigned):
        sns_signature.read(body)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)


@given(st.sampled_from(sorted(a_notification("x"))), ANYTHING)
def test_any_value_in_any_field_is_refused_or_what_was_signed(name, value):
    message = a_notification(a_payload(body="¡Alto! 🛑"), Timestamp="2026-03-06T19:53:21.424Z")
    bent = {**message, name: value}
    if bent == message or name == "UnsubscribeURL":
        return
    with pytest.raises(NotSigned):
        believed(json.dumps(bent).encode("utf-8", "surrogatepass"))


@given(st.data())
def test_any_byte_that_is_changed_breaks_the_signature(data):
    body = as_body(a_notification(a_payload(), UnsubscribeURL=None))
    at = data.draw(st.integers(0, len(body) - 1))
    bent = body[:at] + bytes([data.draw(st.integers(0, 255))]) + body[at + 1 :]
    try:
        believed(bent)
    except NotSigned:
        return
    assert signed_part(bent) == signed_part(body)


def signed_part(body):
    """Return what a signature stands for; where its certificate lies is a matter of its own."""
    envelope = sns_signature.read(body)
    return envelope.fields, envelope.signature, envelope.version


def test_deeply_nested_json_is_refused_at_once():
    with pytest.raises(NotSigned):
        sns_signature.read(b"[" * 200_000)
    with pytest.raises(NotSigned):
        sns_signature.read(b'{"Type": ' + b"9" * 100_000 + b"}")


def test_an_old_message_reads_as_old():
    old = LONG_BEFORE.isoformat().replace("+00:00", "Z")
    assert believed(a_notification(a_payload(), Timestamp=old)).published_at == LONG_BEFORE
