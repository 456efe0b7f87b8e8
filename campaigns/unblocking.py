"""Have Amazon take numbers off its opt-out list for people who agreed anew and whose texts wait.

Amazon takes texts to such numbers and drops them, so a claim puts them off until it has answered.
"""

import logging
import time
from datetime import timedelta

from campaigns import amazon_blocks, opt_out_sync
from campaigns.claiming import UNTIL_LIFTED
from campaigns.gateways import account
from campaigns.gateways.reads import AmazonFault
from campaigns.models import AmazonBlock, Message
from campaigns.opt_out_sync import CannotUnblock, NotNow
from campaigns.vocabulary import MessageStatus
from consent import clock
from consent.models import OptInEvent

logger = logging.getLogger(__name__)

AGAIN = timedelta(minutes=5)
GIVE_UP = timedelta(days=1)  # an officer may still ask by hand
AT_A_TIME = 20
# Amazon allows twenty of these a second, to everybody in the account together
BETWEEN = 0.1  # seconds


def sweep() -> set[int]:
    """Ask about the numbers that are due; return the origination numbers to be woken.

    Each is put off before Amazon is asked, so that two sweeps ask once and a crash asks again.
    """
    found: set[int] = set()
    now = clock.now()
    due = AmazonBlock.objects.in_force().filter(ask_at__lte=now).order_by("ask_at")
    for block in due.select_related("contact")[:AT_A_TIME]:
        mine = AmazonBlock.objects.filter(pk=block.pk, ask_at=block.ask_at)
        if mine.update(ask_at=now + AGAIN):
            found |= _settle(block)
            time.sleep(BETWEEN)
    return found


def _settle(block: AmazonBlock) -> set[int]:
    """Do what the person's opt-in asks; return the numbers that have texts for them.

    Whatever came of it, what waits is asked about again: clearance knows whether Amazon let go.
    """
    event = amazon_blocks.agreed_since(block)
    mine = AmazonBlock.objects.filter(pk=block.pk)
    now = clock.now()
    if event is not None:
        try:
            _take_off(block, event)
        except (AmazonFault, NotNow) as fault:
            logger.error("Amazon's block of contact %s waits: %s", block.pk, fault)
            if block.asking_since and block.asking_since > now - GIVE_UP:
                return set()
            mine.update(unanswered_at=now)
        except CannotUnblock:
            logger.warning("Amazon keeps contact %s blocked although they agreed anew", block.pk)
    mine.update(ask_at=None, asking_since=None)
    waiting = Message.objects.filter(
        contact=block.contact_id,
        status__in=[MessageStatus.QUEUED, MessageStatus.HELD],
        due_at__lte=now + UNTIL_LIFTED,
    )
    waiting.filter(due_at__gt=now).update(due_at=now)
    return set(waiting.values_list("origination_number", flat=True))


def _take_off(block: AmazonBlock, event: OptInEvent) -> None:
    # Where START is a keyword at Amazon it has taken them off itself, and asking costs 30 days
    if not account.is_opted_out(block.contact.number):
        AmazonBlock.objects.filter(pk=block.pk).update(left_at=clock.now())
        return
    opt_out_sync.take_off(block)
    logger.info("Amazon took contact %s off its list, by event %s", block.pk, event.pk)
