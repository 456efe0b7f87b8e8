"""Posts to the endpoint as SNS does, and what comes of them."""

from django.test import Client

from campaigns import arrivals
from tests.campaigns.inbound.amazon import as_body

PLACE = "/inbound/sns/"


def post(body, **more):
    body = body if isinstance(body, bytes) else as_body(body)
    more = {"content_type": "text/plain; charset=UTF-8", **more}
    return Client(enforce_csrf_checks=True, raise_request_exception=False).post(PLACE, body, **more)


def read():
    """Read what was kept, as a reader beside the endpoint does."""
    while arrivals.take_waiting().texts:
        pass


def in_the_log(caplog):
    return "\n".join(record.getMessage() for record in caplog.records)
