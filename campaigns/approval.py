"""Two people before a text goes to many: write, submit, approve; pause, resume and cancel.

Whether somebody has the permission is the caller's to ask; who did what and why is kept here (P7).
"""

from collections.abc import Callable

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction

from campaigns import unsubscribe_links, wording
from campaigns.lifecycle import WAITING, may_move
from campaigns.models import Campaign, Message
from campaigns.outbox import values_of
from campaigns.vocabulary import CampaignStatus, MessageStatus
from consent import clock

C = CampaignStatus

CANNOT = {
    C.SUBMITTED: "Only a draft can be submitted; this campaign is {status}.",
    C.APPROVED: "Only a submitted campaign can be approved; this one is {status}.",
    C.DRAFT: "Only a submitted or approved campaign can go back to draft; this one is {status}.",
    C.PAUSED: "Only a running campaign can be paused; this one is {status}.",
    C.RUNNING: "Only a paused campaign can be resumed; this one is {status}.",
    C.CANCELLED: "A {status} campaign cannot be cancelled.",
}


class NotAllowed(Exception):  # noqa: N818  reads as what it is where it is caught
    """A move that may not be made; the sentence says why, in the user's words."""


def submit(campaign: Campaign, *, by: AbstractBaseUser, reason: str = "") -> Campaign:
    """Offer a draft for approval; its placeholders are filled in, so that all read the same words.

    Refuses texts that must not be sent, and numbers that do not carry the topic.
    """

    def prepare(row: Campaign) -> None:
        number, topic = row.origination_number, row.topic
        if not topic.open:
            raise NotAllowed("The topic is closed: it sends nothing.")
        if not number.live:
            raise NotAllowed("The number is not in use: nothing is sent from it.")
        if not number.topics.filter(pk=topic.pk).exists():
            raise NotAllowed("The number does not carry this topic. Choose one that does.")
        if number.brand_id != topic.brand_id or number.message_class != topic.message_class:
            raise NotAllowed("The number belongs to another brand or to another message class.")
        values = values_of(topic, topic.brand, topic.message_class)
        read = {**values, **unsubscribe_links.values_to_read()}
        faults = wording.lint(row.text, read, brand_name=topic.brand.name, campaign=True)
        stopping = [fault.sentence for fault in faults if fault.stops]
        if stopping:
            raise NotAllowed(" ".join(stopping))
        row.text = wording.render(row.text, {**values, **unsubscribe_links.values_to_keep()})

    return _move(campaign, C.SUBMITTED, by, reason or "Submitted", prepare)


def approve(campaign: Campaign, *, by: AbstractBaseUser, reason: str = "") -> Campaign:
    """Approve exactly what a campaign says now: text, topic, number and time."""

    def sign(row: Campaign) -> None:
        if row.author_id == by.pk:
            raise NotAllowed("You wrote this campaign: somebody else must approve it.")
        if by.pk in _writers(row):
            raise NotAllowed("You changed this campaign: somebody else must approve it.")
        row.approved_by_id = by.pk
        row.approved_at = clock.now()
        row.approved_digest = row.content_digest()

    return _move(campaign, C.APPROVED, by, reason or "Approved", sign)


def back_to_draft(campaign: Campaign, *, by: AbstractBaseUser | None, reason: str) -> Campaign:
    """Take a submitted or approved campaign back, so that it can be changed; approval is void."""

    def void(row: Campaign) -> None:
        row.approved_by = row.approved_at = None
        row.approved_digest = ""

    return _move(campaign, C.DRAFT, by, _given(reason), void)


def pause(campaign: Campaign, *, by: AbstractBaseUser | None, reason: str) -> Campaign:
    """Stop a running campaign for now; what is in a worker's hands already may still leave."""
    return _move(campaign, C.PAUSED, by, _given(reason))


def resume(campaign: Campaign, *, by: AbstractBaseUser, reason: str) -> Campaign:
    """Let a paused campaign go on; the caller wakes the sender."""

    def unchanged(row: Campaign) -> None:
        if row.status != C.PAUSED:
            raise NotAllowed(_cannot(row, C.RUNNING))

    return _move(campaign, C.RUNNING, by, _given(reason), unchanged)


def cancel(campaign: Campaign, *, by: AbstractBaseUser, reason: str) -> Campaign:
    """End a campaign for good; every message that still waits is cancelled."""
    moment = clock.now()

    def end(row: Campaign) -> None:
        row.finished_at = moment
        Message.objects.filter(
            campaign=row, status__in=[status.value for status in WAITING]
        ).update(
            status=MessageStatus.CANCELLED, reason_code="campaign.cancelled", settled_at=moment
        )

    return _move(campaign, C.CANCELLED, by, _given(reason), end)


@transaction.atomic
def _move(
    campaign: Campaign,
    status: CampaignStatus,
    by: AbstractBaseUser | None,
    reason: str,
    prepare: Callable[[Campaign], None] = lambda row: None,
) -> Campaign:
    """Make one move on the row as it lies in the table, with its reason in the history."""
    row = Campaign.objects.select_for_update().get(pk=campaign.pk)
    if not may_move(C(row.status), status):
        raise NotAllowed(_cannot(row, status))
    prepare(row)
    row.status = status
    row._change_reason = reason[:500]
    row._history_user = by
    row.save()
    return row


def _writers(row: Campaign) -> set[int | None]:
    """Return who changed, in draft, what an approval covers; the author alone is a constraint."""
    found: set[int | None] = set()
    before = None
    for kept in row.history.order_by("history_id"):
        content = (
            *(kept.text, kept.topic_id, kept.origination_number_id, kept.scheduled_at),
            *(kept.when_window_closes, kept.template_id),
        )
        if before is not None and content != before and kept.status == C.DRAFT:
            found.add(kept.history_user_id)
        before = content
    return found


def _cannot(row: Campaign, status: CampaignStatus) -> str:
    return CANNOT[status].format(status=row.status)


def _given(reason: str) -> str:
    if not reason.strip():
        raise NotAllowed("Say why: the reason is kept with the campaign.")
    return reason.strip()
