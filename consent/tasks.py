"""What Celery wakes in consent; tasks take ids and delegate."""

from celery import current_app
from django.db import transaction


def wake_confirmation(event_id: int) -> None:
    """Once committed, ask campaigns to text the confirmation request of an event.

    By name, since consent knows nothing of campaigns; a sweep finds what nobody woke (P6).
    """
    transaction.on_commit(
        lambda: current_app.send_task("campaigns.request_confirmation", [event_id])
    )
