"""Read past days of Amazon's delivery logs again: an event may appear long after its own moment."""

import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from campaigns import receipt_matching, receipts
from campaigns.gateways import delivery_logs
from campaigns.gateways.reads import AmazonFault
from campaigns.models import DeliveryLog, Receipt
from campaigns.receipts import Reading
from consent import clock

logger = logging.getLogger(__name__)

EVERY = timedelta(days=1)
# Read once a day, so that whatever appears up to 72 hours late is still met
DEPTH = timedelta(hours=96)
STRETCH = timedelta(hours=1)  # read and remembered at a time; between two, others may read
TURN = 10  # seconds; then other tasks of this worker have theirs
# Amazon allows five readings a second, where it allows least, to everybody in the account together
BETWEEN_PAGES = 0.5  # seconds
BUSY = "BeingRead"  # another reader holds the log
WAIT_FOR_READER = receipts.LEASE.total_seconds() + 10


def go_on(stop: Callable[[], bool] = lambda: False) -> Reading:
    """Begin the day's reading of past days where it is due, and go on with it for a turn.

    How far it came is kept after each stretch, so that a kill costs one stretch.
    """
    found = Reading()
    ends = time.monotonic() + TURN
    for log in DeliveryLog.objects.filter(group__in=_groups(found)):
        _begin_if_due(log)
        while log.again_from is not None and time.monotonic() < ends and not stop():
            end = min(log.again_from + STRETCH, log.again_at or clock.now())
            if log.again_from < end and not _read(log, log.again_from, end, found):
                break
            log.again_from = end if end < (log.again_at or end) else None
            DeliveryLog.objects.filter(pk=log.pk).update(again_from=log.again_from)
    found.late = receipt_matching.match_late()
    return found


def read_back(depth: timedelta) -> Reading:
    """Read both logs again, as far back as asked, whatever was read already."""
    found = Reading()
    now = clock.now()
    for group in _groups(found):
        log, _ = DeliveryLog.objects.get_or_create(group=group)
        start = now - depth
        while start < now and _read(log, start, min(start + STRETCH, now), found, patient=True):
            start += STRETCH
    found.late = receipt_matching.match_late()
    return found


def _groups(found: Reading) -> list[str]:
    try:
        return delivery_logs.groups()
    except AmazonFault as fault:
        logger.error("Past days of receipts wait: %s", fault.code)
        found.faults["account"] = fault.code
        return []


def _begin_if_due(log: DeliveryLog) -> None:
    now = clock.now()
    # A moment that lies ahead is that of a clock which was turned back
    if log.again_from is None and not (log.again_at and now - EVERY < log.again_at <= now):
        log.again_at, log.again_from = now, now - DEPTH
        DeliveryLog.objects.filter(pk=log.pk).update(
            again_at=log.again_at, again_from=log.again_from
        )


def _read(
    log: DeliveryLog, start: datetime, end: datetime, found: Reading, *, patient: bool = False
) -> bool:
    """Take what is new of a stretch; return whether it was read to its end."""
    if not (_lease_patiently(log) if patient else receipts.lease(log)):
        found.faults[log.group] = BUSY
        return False
    try:
        for page in delivery_logs.pages(log.group, start, end):
            ids = [each.event_id for each in page]
            known = set(Receipt.objects.filter(event_id__in=ids).values_list("event_id", flat=True))
            receipts.take([each for each in page if each.event_id not in known], found)
            time.sleep(BETWEEN_PAGES)
    except AmazonFault as fault:
        if fault.is_missing:
            time.sleep(BETWEEN_PAGES)
            return True
        logger.error("Past days of delivery log %s wait: %s", log.pk, fault.code)
        found.faults[log.group] = fault.code
        return False
    finally:
        DeliveryLog.objects.filter(pk=log.pk).update(lease_until=None)
    return True


def _lease_patiently(log: DeliveryLog) -> bool:
    gives_up = time.monotonic() + WAIT_FOR_READER
    while not (free := receipts.lease(log)) and time.monotonic() < gives_up:
        time.sleep(0.2)
    return free
