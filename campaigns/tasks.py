"""What Celery wakes in campaigns; tasks take ids and delegate. Any of them may run twice (P6)."""

import logging
import time

from celery import shared_task
from celery.worker import state
from django.db import transaction

from campaigns import (
    account,
    acknowledging,
    arrivals,
    audience,
    message_export,
    opt_out_sync,
    outbox,
    reassigned,
    receipts,
    receipts_again,
    reminders,
    reviews,
    revocation_alerts,
    sending,
    unblocking,
    unconfirmed,
)
from campaigns.models import Campaign, InboundText
from consent import audit_export, clock, reassigned_query
from consent.models import OptInEvent

logger = logging.getLogger(__name__)

# A waking that was not served by then is void: the next beat wakes again, and the queue stays short
UNSERVED = 15  # seconds
READING_TURN = 10  # seconds; then other tasks of this worker have theirs


def wake(number_id: int) -> None:
    """Once committed, wake a sender for an origination number.

    A broker that is away is logged and no more: the beat sweep finds the rows (P6).
    """
    transaction.on_commit(lambda: send_due.delay(number_id), robust=True)


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


@shared_task(name="campaigns.confirm_opt_out", ignore_result=True)
def confirm_opt_out(event_id: int) -> None:
    """Text the one acknowledgement of an opt-out that came by the web page."""
    event = OptInEvent.objects.select_related("contact", "topic__brand").get(pk=event_id)
    with transaction.atomic():
        message = acknowledging.acknowledge(event)
        if message is not None:
            wake(message.origination_number_id)


@shared_task(name="campaigns.sweep_opt_outs", ignore_result=True)
def sweep_opt_outs() -> None:
    """Find opt-outs by the web page whose waking was lost."""
    for event_id in acknowledging.opt_outs_without_text():
        confirm_opt_out(event_id)


@shared_task(name="campaigns.read_inbound_texts", ignore_result=True)
def read_inbound_texts() -> None:
    """Read what came in, whoever forgot to wake us; two of these at a time leave room for others.

    The consumer of the queue reads beside them.
    """
    with arrivals.a_reader() as found:
        ends = time.monotonic() + READING_TURN
        while found and time.monotonic() < ends:
            taken = arrivals.take_waiting(_stopping)
            for number_id in sorted(taken.numbers):
                wake(number_id)
            if not taken.texts:
                break
    if InboundText.objects.left_alone().exists():
        logger.error("Inbound texts lie unread for more than a minute")


@shared_task(name="campaigns.send_due", ignore_result=True)
def send_due(number_id: int) -> None:
    """Send what is due from one origination number, then wake itself if more is."""
    if sending.send_due(number_id, stopping=_stopping):
        send_due.apply_async((number_id,), expires=UNSERVED)
    audience.finish_exhausted()


@shared_task(name="campaigns.wake_senders", ignore_result=True)
def wake_senders() -> None:
    """Find the numbers that have something due, whoever forgot to wake them."""
    for number_id in sending.numbers_with_due():
        send_due.apply_async((number_id,), expires=UNSERVED)


@shared_task(name="campaigns.start_due_campaigns", ignore_result=True)
def start_due_campaigns() -> None:
    """Start what was approved for now, go on with audiences that were left, finish what is done."""
    for campaign_id in Campaign.objects.due(clock.now()).values_list("pk", flat=True):
        if not audience.start(campaign_id):
            logger.warning("Campaign %s did not start: see its history", campaign_id)
    for campaign_id in audience.unfrozen():
        freeze_audience.apply_async((campaign_id,), expires=UNSERVED)
    audience.finish_exhausted()


@shared_task(name="campaigns.freeze_audience", ignore_result=True)
def freeze_audience(campaign_id: int) -> None:
    """Write a campaign's audience down and wake its sender."""
    audience.freeze(campaign_id)
    number_id = Campaign.objects.values_list("origination_number", flat=True).get(pk=campaign_id)
    wake(number_id)


@shared_task(name="campaigns.settle_abandoned", ignore_result=True)
def settle_abandoned() -> None:
    """Mark what a lost worker left in flight as unconfirmed."""
    found = unconfirmed.sweep()
    if found:
        logger.warning("%s messages of lost workers are unconfirmed", found)
        audience.finish_exhausted()


@shared_task(name="campaigns.read_receipts", ignore_result=True)
def read_receipts() -> None:
    """Take what Amazon's delivery logs say became of texts."""
    found = receipts.read()
    if found.late.settled:
        logger.info("%s unconfirmed messages are settled by their receipts", found.late.settled)


@shared_task(name="campaigns.read_receipts_again", ignore_result=True)
def read_receipts_again() -> None:
    """Go on with the day's reading of past days, for what Amazon's logs showed late."""
    found = receipts_again.go_on(_stopping)
    if found.taken:
        logger.info("%d receipts had appeared late", found.taken.total())


def wake_comparison(comparison_id: int) -> None:
    """Once committed, have a comparison with Amazon's list carried out; a sweep finds the lost."""
    transaction.on_commit(lambda: compare_opt_outs.delay(comparison_id), robust=True)


@shared_task(name="campaigns.compare_opt_outs", ignore_result=True)
def compare_opt_outs(comparison_id: int) -> None:
    """Compare Amazon's opt-out list with the ledger."""
    opt_out_sync.carry_out(comparison_id, _stopping)


@shared_task(name="campaigns.sweep_comparisons", ignore_result=True)
def sweep_comparisons() -> None:
    """Begin the day's comparison with Amazon's list, and go on with one that was left (P6)."""
    if opt_out_sync.is_due():
        opt_out_sync.begin()
    for comparison_id in opt_out_sync.abandoned():
        compare_opt_outs.delay(comparison_id)


@shared_task(name="campaigns.unblock_at_amazon", ignore_result=True)
def unblock_at_amazon() -> None:
    """Have Amazon take off its list who agreed anew by text, and let their welcome leave."""
    for number_id in sorted(unblocking.sweep()):
        wake(number_id)


@shared_task(name="campaigns.check_account", ignore_result=True)
def check_account() -> None:
    """Look at the account at Amazon once an hour, for the page that staff read."""
    if account.is_due():
        account.check()


@shared_task(name="campaigns.schedule_list_audits", ignore_result=True)
def schedule_list_audits() -> None:
    """Write the list audits that are due and wake their senders."""
    for number_id in reminders.schedule_list_audits():
        wake(number_id)


@shared_task(name="campaigns.alert_revocations", ignore_result=True)
def alert_revocations() -> None:
    """Tell those who may act of what nears its limit."""
    told = revocation_alerts.alert()
    if told:
        logger.warning("%d items near their limit were mailed about", told)


@shared_task(name="campaigns.build_audit_export", ignore_result=True)
def build_audit_export(export_id: int) -> None:
    """Write the file of an audit export, consents and messages together."""
    try:
        audit_export.build(export_id, message_export.SHEETS)
    except audit_export.LeaseLost:
        logger.info("Audit export %d was taken over", export_id)


@shared_task(name="campaigns.make_reassigned_query", ignore_result=True)
def make_reassigned_query(check_id: int) -> None:
    """Write down whom a reassigned number check asks about."""
    try:
        reassigned_query.make(check_id, reassigned.BESIDE)
    except reassigned_query.LeaseLost:
        logger.info("Reassigned number check %d was taken over", check_id)


@shared_task(name="campaigns.count_due_numbers", ignore_result=True)
def count_due_numbers() -> None:
    """Count the numbers that are due for the Reassigned Numbers Database, once an hour."""
    reassigned.count_due()


def wake_review(review_id: int) -> None:
    """Once committed, have a clearance review carried out; a sweep finds what is lost (P6)."""
    transaction.on_commit(lambda: review_clearance.delay(review_id), robust=True)


@shared_task(name="campaigns.review_clearance", ignore_result=True)
def review_clearance(review_id: int) -> None:
    """Answer a clearance review."""
    try:
        reviews.carry_out(review_id)
    except reviews.LeaseLost:
        logger.info("Clearance review %d was taken over", review_id)


@shared_task(name="campaigns.sweep_reviews", ignore_result=True)
def sweep_reviews() -> None:
    """Wake the clearance reviews that nobody works on: never woken, or their worker died (P6)."""
    for review_id in reviews.abandoned():
        review_clearance.delay(review_id)


def _stopping() -> bool:
    """Say whether this worker was asked to stop, so that what it claimed goes back to the queue."""
    # Celery stores the exit code there, and that of a warm shutdown is 0
    asked = (state.should_stop, state.should_terminate)
    return any(each is not None and each is not False for each in asked)
