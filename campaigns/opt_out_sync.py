"""Compare Amazon's opt-out list with the ledger, and take numbers off it for those who agreed."""

import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar

from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils import timezone

from campaigns import amazon_blocks
from campaigns.gateways import account
from campaigns.gateways.reads import AmazonFault
from campaigns.models import AmazonBlock, OptOutComparison
from campaigns.vocabulary import ComparisonState
from consent import clock
from consent.ledger import EvidenceDraft
from consent.models import Contact

logger = logging.getLogger(__name__)

EVERY = timedelta(days=1)
LEASE = timedelta(minutes=2)
GIVE_UP = timedelta(days=1)
# Amazon allows ten lists and fifty checks a second, to everybody in the account together
BETWEEN_PAGES = 0.125  # seconds
BETWEEN_CHECKS = 0.025
THROTTLED_PAUSES = (0.5, 1, 2, 4, 8)

Answer = TypeVar("Answer")


class CannotUnblock(Exception):  # noqa: N818  reads as what it is where it is caught
    """A number that cannot be taken off Amazon's list, or not yet; the sentence is for staff."""


class NotNow(CannotUnblock):
    """Amazon did not answer, or not to this; it may another time."""


def begin(by: int | None = None) -> OptOutComparison:
    """Return the comparison that runs, begun now by this member of staff if there is none."""
    running = OptOutComparison.objects.filter(state=ComparisonState.RUNNING)
    found = running.first()
    if found is not None:
        return found
    try:
        with transaction.atomic():
            return OptOutComparison.objects.create(asked_by_id=by, began_at=clock.now())
    except IntegrityError:
        return running.get()


def is_due() -> bool:
    """Say whether the last comparison began a day ago or longer."""
    last = OptOutComparison.objects.first()
    return last is None or last.began_at <= clock.now() - EVERY


def abandoned() -> list[int]:
    """Return the comparisons that run and that nobody works on (P6)."""
    running = OptOutComparison.objects.filter(_free(), state=ComparisonState.RUNNING)
    return list(running.values_list("pk", flat=True))


def carry_out(comparison_id: int, stop: Callable[[], bool] = lambda: False) -> bool:
    """Go on with a comparison to its end; return whether it ended.

    Each page is kept with its token, so that whoever comes after a kill goes on behind it. Where
    Amazon does not answer, the next sweep tries again, for a day.
    """
    mine = OptOutComparison.objects.filter(pk=comparison_id, state=ComparisonState.RUNNING)
    if not mine.filter(_free()).update(lease_until=clock.now() + LEASE):
        return False
    try:
        _walk(comparison_id, stop)
        if stop():
            mine.update(lease_until=None)
            return False
        _finish(comparison_id)
    except AmazonFault as fault:
        logger.error("Comparison %s waits: %s", comparison_id, fault.code)
        mine.update(lease_until=None, fault=fault.code)
        mine.filter(began_at__lt=clock.now() - GIVE_UP).update(
            state=ComparisonState.FAILED, ended_at=clock.now()
        )
        return False
    return True


def take_off(block: AmazonBlock) -> None:
    """Have Amazon take a number off its list; raise `CannotUnblock`, in words for staff.

    Only for who agreed anew after the block was seen (`amazon_blocks.agreed_since`), and once in 30
    days, which is Amazon's own rule. The caller writes down who asked and why.
    """
    block = AmazonBlock.objects.select_related("contact").get(pk=block.pk)
    if block.left_at is not None:
        raise CannotUnblock("Amazon's list does not hold this number any more.")
    if amazon_blocks.agreed_since(block) is None:
        raise CannotUnblock(
            "They have not agreed to anything since. Only their own new opt-in lets us ask."
        )
    if block.until and clock.now() < block.until:
        raise CannotUnblock(
            "Amazon takes a number off its list once in 30 days: for this one not before "
            f"{_day(block.until)}."
        )
    mine = AmazonBlock.objects.filter(pk=block.pk)
    try:
        account.opt_in(block.contact.number)
    except AmazonFault as fault:
        if fault.is_refusal:
            mine.update(refused_at=clock.now())
            raise CannotUnblock(
                "Amazon refuses: it takes a number off its list once in 30 days. Ask again in 30 "
                "days, or let them text START where Amazon knows it as an opt-in keyword."
            ) from fault
        raise NotNow(f"Amazon did not answer ({fault.code}). Try again later.") from fault
    mine.update(opted_in_at=clock.now(), left_at=clock.now(), ask_at=None, asking_since=None)


def _day(moment: datetime) -> str:
    return f"{timezone.localtime(moment):%B %-d, %Y}"


def _walk(comparison_id: int, stop: Callable[[], bool]) -> None:
    while not stop():
        run = OptOutComparison.objects.get(pk=comparison_id)
        if run.pages and not run.next_token:
            return
        began = time.monotonic()
        try:
            numbers, token = _patiently(account.opted_out_page, run.next_token)
        except AmazonFault as fault:
            if not (run.next_token and fault.is_refusal):
                raise
            # A token that has become too old: from the beginning, since pages have moved anyway
            OptOutComparison.objects.filter(pk=run.pk).update(
                next_token="", pages=0, listed=0, strangers=0
            )
            continue
        _keep(run, numbers, token)
        time.sleep(max(0.0, BETWEEN_PAGES - (time.monotonic() - began)))


@transaction.atomic
def _keep(run: OptOutComparison, numbers: list[str], token: str) -> None:
    found = list(Contact.objects.filter(number__in=numbers).values_list("pk", flat=True))
    now = clock.now()
    evidence = EvidenceDraft(form_fields={"comparison": run.pk, "page": run.pages + 1})
    news = amazon_blocks.note(dict.fromkeys(found, (now, evidence)), run)
    OptOutComparison.objects.filter(pk=run.pk).update(
        next_token=token,
        pages=F("pages") + 1,
        listed=F("listed") + len(numbers),
        strangers=F("strangers") + len(numbers) - len(found),
        opted_out_here=F("opted_out_here") + news,
        fault="",
        lease_until=now + LEASE,
    )


def _finish(comparison_id: int) -> None:
    """Ask once more about every number that was on the list before and was not met, then end.

    Pages shift while they are read, so a number that was not met may be there all the same.
    """
    run = OptOutComparison.objects.get(pk=comparison_id)
    mine = OptOutComparison.objects.filter(pk=run.pk)
    missed = AmazonBlock.objects.in_force().filter(seen_at__lt=run.began_at)
    for block in missed.exclude(confirmed_by=run).select_related("contact"):
        is_listed = _patiently(account.is_opted_out, block.contact.number)
        ours = AmazonBlock.objects.in_force().filter(pk=block.pk)
        if is_listed:
            ours.update(confirmed_by=run)
        else:
            gone = ours.update(left_at=clock.now())
            mine.update(left_the_list=F("left_the_list") + gone)
        mine.update(lease_until=clock.now() + LEASE)
        time.sleep(BETWEEN_CHECKS)
    mine.update(state=ComparisonState.DONE, ended_at=clock.now(), lease_until=None)


def _patiently(call: Callable[[str], Answer], asked: str) -> Answer:
    """Ask, and ask again after each throttle: others in the account spend the same allowance."""
    for pause in THROTTLED_PAUSES:
        try:
            return call(asked)
        except AmazonFault as fault:
            if not fault.is_throttle:
                raise
        time.sleep(pause)
    return call(asked)


def _free() -> Q:
    return Q(lease_until=None) | Q(lease_until__lte=clock.now())
