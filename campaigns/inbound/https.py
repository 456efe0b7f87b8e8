"""Take replies that SNS posts to us: an option for those who cannot read a queue.

SNS gives up on a 4xx and tries again after a 5xx, so 4xx is for requests that are not Amazon's;
whatever is our own fault answers 5xx.
"""

import logging
from datetime import timedelta
from functools import cache
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings
from django.db import InterfaceError, OperationalError, connection, transaction
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from campaigns import arrivals, dead_letters
from campaigns.inbound import sns_signature, waking
from campaigns.inbound.signing_certificates import Certificates, Unreachable
from campaigns.inbound.sns_signature import Envelope, NotSigned
from campaigns.inbound_payload import Unreadable
from campaigns.vocabulary import InboundRoad
from consent import clock

logger = logging.getLogger(__name__)

LARGEST = 256 * 1024  # bytes; SNS publishes no more, and a two-way text has a hundredth of it
FRESH = timedelta(minutes=75)  # SNS tries for an hour at most
AHEAD = timedelta(minutes=5)
# With the certificate's time this stays within the 15 seconds that SNS waits
DATABASE_WITHIN = """
    SELECT set_config('lock_timeout', '3s', true), set_config('statement_timeout', '4s', true)
"""
NO_LONGER_GOOD = frozenset(("InvalidParameter", "NotFound"))


@csrf_exempt
def notification(request: HttpRequest) -> HttpResponse:
    """Answer one request of SNS's, whatever its content type says.

    200: committed; 403: not Amazon's, or not for us; 413: too large; 503 and 500: try again.
    """
    if not settings.INBOUND_TOPIC_ARNS:
        return HttpResponse(status=404)
    if request.method != "POST":
        return HttpResponse(status=405, headers={"Allow": "POST"})
    try:
        body = _body(request)
        if body is None:
            logger.warning("Refused a request for SNS: too large, or cut off")
            return HttpResponse(status=413)
        envelope = _believed(body)
        _act(envelope, body.decode())
    except NotSigned as fault:
        logger.warning("Refused a request for SNS: %s", fault)
        return HttpResponse(status=403)
    except (Unreachable, BotoCoreError, ClientError, OperationalError, InterfaceError) as fault:
        # The kind alone: a fault's words may quote what was being written (P10)
        logger.error("SNS is asked to come again: %s", type(fault).__name__)
        return HttpResponse(status=503)
    except Exception as fault:  # noqa: BLE001  a 4xx would lose somebody's STOP for good
        logger.error("SNS is asked to come again: %s", type(fault).__name__)
        return HttpResponse(status=500)
    return HttpResponse(status=200)


def _body(request: HttpRequest) -> bytes | None:
    """Return the body, or None where it is larger than SNS's can be or did not come whole."""
    try:
        if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST:
            return None
        body = request.read(LARGEST + 1)
    except (ValueError, OSError):
        return None
    return body if len(body) <= LARGEST else None


def _believed(body: bytes) -> Envelope:
    """Return what Amazon signed, for a topic of ours, lately; raise `NotSigned` for all else."""
    envelope = sns_signature.read(body)
    if envelope.topic not in settings.INBOUND_TOPIC_ARNS:
        raise NotSigned("not a topic of ours")
    now = clock.now()
    if not now - FRESH <= envelope.published_at <= now + AHEAD:
        raise NotSigned("not of this hour")
    certificate = certificates(settings.AWS_ENDPOINT_URL).get(envelope.host, envelope.path, now)
    sns_signature.check(envelope, certificate, now)
    return envelope


def _act(envelope: Envelope, text: str) -> None:
    if envelope.type == sns_signature.SUBSCRIPTION:
        _confirm(envelope)
    elif envelope.type == sns_signature.UNSUBSCRIPTION:
        logger.error("A topic no longer posts here: replies may go unheard. Subscribe it again.")
    else:
        _receive(envelope, text)


def _receive(envelope: Envelope, text: str) -> None:
    """Keep a reply, and have it read; whatever it asks costs no more than a row here.

    What the software fails on is kept before SNS is asked to come again: it comes a few times only.
    """
    try:
        row = arrivals.arrival(InboundRoad.HTTPS, envelope.message_id, text)
        if row is None:
            logger.info("SNS message %s comes from nobody's phone: dropped", envelope.message_id)
            return
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(DATABASE_WITHIN)
            arrivals.keep([row])
            transaction.on_commit(waking.wake)
    except Unreadable as fault:
        _bury(envelope, text, str(fault))
    except (OperationalError, InterfaceError):
        raise
    except Exception as fault:  # whatever it is, the text is kept; raised again, it ends in a 5xx
        _bury(envelope, text, dead_letters.our_fault(fault))
        raise


def _bury(envelope: Envelope, text: str, reason: str) -> None:
    logger.error("SNS message %s is a dead letter: %s", envelope.message_id, reason)
    dead_letters.keep(InboundRoad.HTTPS, envelope.message_id, text, reason)


def _confirm(envelope: Envelope) -> None:
    """Confirm a subscription of a topic of ours, so that only its owner can end it.

    By the call, never by the address in the request: that one could lead anywhere.
    """
    try:
        client(envelope.region, settings.AWS_ENDPOINT_URL).confirm_subscription(
            TopicArn=envelope.topic,
            Token=envelope.fields["Token"],
            AuthenticateOnUnsubscribe="true",
        )
    except ClientError as fault:
        if fault.response["Error"]["Code"] in NO_LONGER_GOOD:
            raise NotSigned("its token is no longer good") from None
        raise
    logger.info("Confirmed the subscription of a topic of ours")


@cache
def certificates(instead: str | None) -> Certificates:
    """Return this process's certificates; a stand-in for Amazon keeps its own."""
    return Certificates(instead)


@cache
def client(region: str, endpoint: str | None) -> Any:
    """Return the client that confirms subscriptions in a region."""
    return boto3.session.Session().client(
        "sns",
        region_name=region,
        endpoint_url=endpoint,
        config=Config(connect_timeout=3, read_timeout=5, retries={"total_max_attempts": 1}),
    )
