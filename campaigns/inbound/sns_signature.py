"""Say whether a request was signed by Amazon SNS; nothing in it is believed before that.

The form that is signed is the one that real messages verify with: a newline follows every value,
the last included, whatever Amazon's own page on signatures says.
"""

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

NOTIFICATION = "Notification"
SUBSCRIPTION = "SubscriptionConfirmation"
UNSUBSCRIPTION = "UnsubscribeConfirmation"

# In byte order, as they are signed; Subject only where there is one
_CONFIRMED = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
SIGNED = {
    NOTIFICATION: ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    SUBSCRIPTION: _CONFIRMED,
    UNSUBSCRIPTION: _CONFIRMED,
}
HASHES: Mapping[str, type[hashes.HashAlgorithm]] = {
    "1": hashes.SHA1,  # what topics sign with unless told otherwise
    "2": hashes.SHA256,
}
LEAST_KEY = 2048  # bits

_TOPIC = re.compile(r"arn:(aws|aws-cn|aws-us-gov):sns:([a-z0-9-]{3,40}):[0-9]{12}:[\w-]{1,256}")
_CERTIFICATE = re.compile(
    r"https://(sns\.[a-z0-9-]{3,40}\.amazonaws\.com(?:\.cn)?)(?::443)?"
    r"(/SimpleNotificationService-[0-9a-fA-F]{8,128}\.pem)"
)


class NotSigned(ValueError):  # noqa: N818  reads as what it is where it is caught
    """A request that Amazon did not sign, or not like this; the words hold nothing of it."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """What SNS posts, read but not believed; `fields` are those that the signature covers."""

    type: str
    topic: str
    published_at: datetime
    fields: Mapping[str, str]
    version: str
    signature: bytes
    host: str
    path: str

    @property
    def message(self) -> str:
        """Return what was published, or what Amazon says about a subscription."""
        return self.fields["Message"]

    @property
    def message_id(self) -> str:
        """Return SNS's own id, the same at every retry."""
        return self.fields["MessageId"]

    @property
    def region(self) -> str:
        """Return the region of the topic."""
        return self.topic.split(":")[3]


def read(body: bytes) -> Envelope:
    """Read a posted body; raise `NotSigned` for what cannot be SNS's, before anything is fetched.

    No field but the message holds a newline: fields are told apart by newlines in what is signed,
    so one of two lines could be passed off as two fields.
    """
    found = _object(body)
    names = SIGNED.get(_text(found, "Type"))
    if names is None:
        raise NotSigned("of unknown type")
    present = [name for name in names if name != "Subject" or found.get(name) is not None]
    fields = {name: _text(found, name) for name in present}
    if any("\n" in value for name, value in fields.items() if name != "Message"):
        raise NotSigned("a field has two lines")
    topic = _TOPIC.fullmatch(fields["TopicArn"])
    if topic is None:
        raise NotSigned("no topic is named")
    version = _text(found, "SignatureVersion")
    if version not in HASHES:
        raise NotSigned("of unknown signature version")
    host, path = certificate_at(_text(found, "SigningCertURL"), *topic.group(1, 2))
    return Envelope(
        type=fields["Type"],
        topic=fields["TopicArn"],
        published_at=_moment(fields["Timestamp"]),
        fields=fields,
        version=version,
        signature=_signature(_text(found, "Signature")),
        host=host,
        path=path,
    )


def certificate_at(url: str, partition: str, region: str) -> tuple[str, str]:
    """Return host and path of the certificate; raise `NotSigned` for any place but the region's."""
    found = _CERTIFICATE.fullmatch(url)
    suffix = ".amazonaws.com.cn" if partition == "aws-cn" else ".amazonaws.com"
    if found is None or found[1] != f"sns.{region}{suffix}":
        raise NotSigned("its certificate is not where Amazon keeps them")
    return found[1], found[2]


def string_to_sign(fields: Mapping[str, str]) -> bytes:
    """Return what was signed: each name and each value with a newline behind it."""
    return "".join(f"{name}\n{fields[name]}\n" for name in sorted(fields)).encode()


def read_certificate(pem: bytes) -> x509.Certificate:
    """Read a certificate; raise `NotSigned` for what is none with a key that could sign."""
    try:
        found = x509.load_pem_x509_certificate(pem)
        key = found.public_key()
    except Exception as fault:  # the library does not say all that broken bytes make it raise
        raise NotSigned("its certificate cannot be read") from fault
    if not isinstance(key, rsa.RSAPublicKey) or key.key_size < LEAST_KEY:
        raise NotSigned("its certificate's key is too weak")
    return found


def check(envelope: Envelope, certificate: x509.Certificate, now: datetime) -> None:
    """Raise `NotSigned` unless the certificate is Amazon's, valid now, and made the signature."""
    if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
        raise NotSigned("its certificate is not valid now")
    if not _names(certificate) & signers_of(envelope.topic):
        raise NotSigned("its certificate is not for SNS")
    key = certificate.public_key()
    assert isinstance(key, rsa.RSAPublicKey)  # as `read_certificate` saw to
    try:
        key.verify(
            envelope.signature,
            string_to_sign(envelope.fields),
            padding.PKCS1v15(),
            HASHES[envelope.version](),
        )
    except InvalidSignature:
        raise NotSigned("the signature does not fit") from None


def signers_of(topic: str) -> set[str]:
    """Return the names of which Amazon's certificate for a topic bears one."""
    _, partition, _, region, *_ = topic.split(":")
    if partition == "aws-cn":
        return {f"sns-{region}.amazonaws.com.cn"}
    if partition == "aws-us-gov":
        return {"sns-us-gov-west-1.amazonaws.com"}
    # Regions that accounts opt into have a name of their own; Amazon adds some every year
    return {"sns.amazonaws.com", f"sns-signing.{region}.amazonaws.com"}


def _names(certificate: x509.Certificate) -> set[str]:
    """Return the names a certificate is for: the alternative ones, or else the common name."""
    try:
        alternative = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
        return set(alternative.value.get_values_for_type(x509.DNSName))
    except x509.ExtensionNotFound:
        common = certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
        return {str(each.value) for each in common}
    except ValueError:
        return set()


def _object(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body.decode("utf-8"))
    except (ValueError, RecursionError):
        raise NotSigned("not JSON") from None
    if not isinstance(found, dict):
        raise NotSigned("not an object")
    return found


def _text(found: Mapping[str, Any], name: str) -> str:
    value = found.get(name)
    if not isinstance(value, str) or not value:
        raise NotSigned(f"{name} is missing")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise NotSigned(f"{name} holds half a character") from None
    return value


def _moment(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise NotSigned("Timestamp is no moment") from None
    if found.tzinfo is None:
        raise NotSigned("Timestamp has no zone")
    return found


def _signature(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise NotSigned("the signature is not Base64") from None
