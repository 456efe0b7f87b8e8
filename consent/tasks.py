"""What Celery wakes in consent; tasks take ids and delegate."""

import logging

from celery import current_app, shared_task
from django.db import transaction

from consent import lapsing

logger = logging.getLogger(__name__)


def wake_confirmation(event_id: int) -> None:
    """Once committed, ask campaigns to text the confirmation request of an event.

    By name, since consent knows nothing of campaigns; a sweep finds what nobody woke (P6).
    """
    transaction.on_commit(
        lambda: current_app.send_task("campaigns.request_confirmation", [event_id]), robust=True
    )


@shared_task(name="consent.lapse_requests", ignore_result=True)
def lapse_requests() -> None:
    """Let requests lapse that nobody confirmed in time."""
    lapsed = lapsing.lapse_requests()
    if lapsed:
        logger.info("%d opt-in requests lapsed", lapsed)
