"""A signer of our own in Amazon's place: key, certificate, messages, and a socket to get it at."""

import base64
import json
import threading
import uuid
from datetime import UTC, datetime, timedelta
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from consent import clock

TOPIC = "arn:aws:sns:us-east-1:123456789012:replies"
HOST = "sns.us-east-1.amazonaws.com"
PATH = "/SimpleNotificationService-0123456789abcdef0123456789abcdef.pem"
URL = f"https://{HOST}{PATH}"
HASHES = {"1": hashes.SHA1, "2": hashes.SHA256}


@cache
def a_key(name="amazon", bits=2048):
    """Make a key, once for each name."""
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


def a_certificate(
    *, key=None, names=("sns.amazonaws.com",), common="sns.amazonaws.com", begins=None, ends=None
):
    """Make a certificate over a key, valid for a day around now unless told otherwise."""
    key = key or a_key()
    now = clock.now()
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, common)])
    draft = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(begins or now - timedelta(days=1))
        .not_valid_after(ends or now + timedelta(days=1))
    )
    if names:
        alternative = x509.SubjectAlternativeName([x509.DNSName(name) for name in names])
        draft = draft.add_extension(alternative, critical=False)
    return draft.sign(key, hashes.SHA256())


def pem_of(certificate):
    return certificate.public_bytes(serialization.Encoding.PEM)


def a_payload(sender="+12125550101", body="STOP", **more):
    """Make a two-way text as Amazon publishes it."""
    return {
        "originationNumber": sender,
        "destinationNumber": "12345",
        "messageKeyword": "KEYWORD_UNSPECIFIED",
        "messageBody": body,
        "inboundMessageId": str(uuid.uuid4()),
        **more,
    }


def a_notification(message, *, version="2", key=None, **fields):
    """Make a signed notification; what is given as None is left out."""
    text = message if isinstance(message, str) else json.dumps(message)
    return _signed(
        {"Type": "Notification", "Message": text, "UnsubscribeURL": "https://example.com"},
        version,
        key,
        fields,
    )


def a_subscription(*, kind="SubscriptionConfirmation", version="1", key=None, **fields):
    """Make a signed request to confirm a subscription."""
    return _signed(
        {
            "Type": kind,
            "Message": "You have chosen to subscribe.\nVisit the SubscribeURL.",
            "SubscribeURL": f"https://{HOST}/?Action=ConfirmSubscription",
            "Token": "a-token",
        },
        version,
        key,
        fields,
    )


def _signed(message, version, key, fields):
    message |= {
        "MessageId": str(uuid.uuid4()),
        "TopicArn": TOPIC,
        "Timestamp": clock.now().astimezone(UTC).isoformat(timespec="milliseconds")[:-6] + "Z",
        "SignatureVersion": version,
        "SigningCertURL": URL,
        **fields,
    }
    message = {name: value for name, value in message.items() if value is not None}
    return message | {"Signature": sign(message, key)}


def sign(message, key=None):
    """Sign as Amazon does, written out by hand so that it shares nothing with what is tested."""
    lines = []
    names = ["Message", "MessageId"]
    if message["Type"] == "Notification":
        names += ["Subject"] if "Subject" in message else []
        names += ["Timestamp", "TopicArn", "Type"]
    else:
        names += ["SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"]
    for name in names:
        lines += [name, message[name]]
    text = "\n".join(lines) + "\n"
    algorithm = HASHES.get(message["SignatureVersion"], hashes.SHA256)()
    signature = (key or a_key()).sign(text.encode(), padding.PKCS1v15(), algorithm)
    return base64.b64encode(signature).decode()


def as_body(message):
    return json.dumps(message).encode()


class Amazon:
    """A socket that hands certificates out and confirms subscriptions, and counts both."""

    def __init__(self) -> None:
        self.answers = {PATH: (200, {}, pem_of(a_certificate()))}
        self.asked: list[str] = []
        self.confirmed: list[str] = []
        self.confirms_with = (200, CONFIRMED)
        place = self

        class Answering(BaseHTTPRequestHandler):
            def do_GET(self):
                place.asked.append(self.path)
                status, headers, body = place.answers.get(self.path, (404, {}, b"no such key"))
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                if callable(body):
                    self.end_headers()
                    body(self.wfile)
                    return
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                place.confirmed.append(body)
                status, answer = place.confirms_with
                self.send_response(status)
                self.send_header("Content-Type", "text/xml")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
        self.server.daemon_threads = True
        self.address = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()


CONFIRMED = (
    b'<ConfirmSubscriptionResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/">'
    b"<ConfirmSubscriptionResult><SubscriptionArn>arn:aws:sns:us-east-1:123456789012:replies:1"
    b"</SubscriptionArn></ConfirmSubscriptionResult><ResponseMetadata><RequestId>1</RequestId>"
    b"</ResponseMetadata></ConfirmSubscriptionResponse>"
)


def refusal(code):
    """Return what SNS answers to a call it refuses."""
    return (
        b'<ErrorResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><Error>'
        b"<Type>Sender</Type><Code>" + code.encode() + b"</Code><Message>no</Message></Error>"
        b"<RequestId>1</RequestId></ErrorResponse>"
    )


LONG_BEFORE = datetime(2020, 1, 1, tzinfo=UTC)
