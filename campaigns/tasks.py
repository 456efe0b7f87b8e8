"""What Celery wakes in campaigns; tasks take ids and delegate. Any of them may run twice (P6)."""

import logging
from functools import partial

from celery import shared_task
from django.db import transaction

from campaigns import outbox
from consent.models import OptInEvent

logger = logging.getLogger(__name__)


def wake(number_id: int) -> None:
    """Once committed, wake a sender for an origination number.

    A broker that is away is logged and no more: the beat sweep finds the rows (P6).
    """
    transaction.on_commit(partial(send_due.delay, number_id), robust=True)


@shared_task(name="campaigns.request_confirmation", ignore_result=True)
def request_confirmation(event_id: int) -> None:
    """Text the question for YES that an opt-in request calls for."""
    event = OptInEvent.objects.select_related("contact", "topic__brand").get(pk=event_id)
    try:
        with transaction.atomic():
            message = outbox.ask_for_confirmation(event)
            if message is not None:
                wake(message.origination_number_id)
    except outbox.NoNumber:
        logger.error("Request %s waits: no live number carries topic %s", event_id, event.topic_id)


@shared_task(name="campaigns.sweep_requests", ignore_result=True)
def sweep_requests() -> None:
    """Find requests whose waking was lost."""
    for event_id in outbox.requests_without_text():
        request_confirmation(event_id)


@shared_task(name="campaigns.send_due", ignore_result=True)
def send_due(number_id: int) -> None:
    """Send what is due from one origination number."""
