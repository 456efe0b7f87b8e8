"""When Celery's beat wakes which task. Rows are the queue: beat finds what nobody woke (P6)."""

from typing import Any

from celery.schedules import crontab

EVERY = {  # seconds
    "campaigns.wake_senders": 2,
    "campaigns.read_inbound_texts": 2,
    "campaigns.start_due_campaigns": 5,
    "campaigns.sweep_requests": 5,
    "campaigns.unblock_at_amazon": 5,
    "campaigns.sweep_opt_outs": 10,
    "campaigns.settle_abandoned": 15,
    "consent.sweep_jobs": 20,
    "campaigns.sweep_reviews": 20,
    "consent.lapse_requests": 30,
    "campaigns.schedule_list_audits": 30,
    "campaigns.read_receipts_again": 60,
    "campaigns.sweep_comparisons": 60,
    "campaigns.count_due_numbers": 60,
    "campaigns.alert_revocations": 60,
    "campaigns.check_account": 300,
}
AT = {
    "consent.sweep_uploads": crontab(minute=17),
    "smscompliance.clear_sessions": crontab(hour=3, minute=7),
}


def schedule(*, receipt_seconds: int) -> dict[str, dict[str, Any]]:
    """Return Celery's beat schedule; a tick that was not served in time is served by the next."""
    every = {**EVERY, "campaigns.read_receipts": receipt_seconds}
    found: dict[str, dict[str, Any]] = {
        _name(task): {"task": task, "schedule": seconds, "options": {"expires": seconds}}
        for task, seconds in every.items()
    }
    return found | {_name(task): {"task": task, "schedule": when} for task, when in AT.items()}


def _name(task: str) -> str:
    return task.split(".")[1].replace("_", "-")
