"""What Amazon's opt-out list says of people, as clearance reads it: now, or at past moments.

A query for everybody, and one more where any of them is on the list, which few are.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from django.db.models import Q

from campaigns.clearance import OnAmazonsList
from campaigns.models import AmazonBlock
from campaigns.models.amazon_block import asked_again_from
from campaigns.statements import rows
from consent import projection
from consent.models import OptInEvent
from consent.projection import Projected
from consent.vocabulary import EventKind, Source, Standing

Listed = tuple[OnAmazonsList, ...]
Asked = tuple[int, datetime]  # a contact and a moment

# Texted from the phone itself, which nobody else can do
BY_THE_PHONE = (Source.KEYWORD, Source.REPLY)

_BLOCKS = """
    SELECT contact_id, opted_in_at, refused_at, unanswered_at
    FROM campaigns_amazonblock WHERE contact_id = ANY(%(contacts)s) AND left_at IS NULL
"""
# As `amazon_blocks.agreed_since` has it. Not as a join, which planners of bulk would hash
AGREED_SINCE = """
    EXISTS (
        SELECT FROM consent_subscription AS own
        WHERE own.contact_id = k.contact_id AND own.standing IN ('opted_in', 'pending') AND (
            SELECT e.occurred_at > k.seen_at AND e.recorded_at > k.seen_at
                AND (own.standing = 'opted_in' OR e.source IN ('keyword', 'reply'))
            FROM consent_optinevent AS e
            WHERE e.id = CASE own.standing WHEN 'opted_in' THEN own.authorised_by_id
                                           ELSE own.requested_by_id END))
"""
_AGREED = f"""
    SELECT k.contact_id FROM campaigns_amazonblock AS k
    WHERE k.contact_id = ANY(%(contacts)s) AND {AGREED_SINCE}
"""  # noqa: S608  our own words


def listed_now(contacts: Collection[int]) -> dict[int, Listed]:
    """Return what is known of those whom the list holds; others are not in it."""
    blocks = rows(_BLOCKS, contacts=list(contacts))
    if not blocks:
        return {}
    agreed = {pk for (pk,) in rows(_AGREED, contacts=[contact for contact, *_ in blocks])}
    return {
        contact: (OnAmazonsList(contact in agreed, asked_again_from(*tried)),)
        for contact, *tried in blocks
    }


class ListedThen:
    """The same at past moments, as far as the one row that is kept of each number tells."""

    def __init__(self, folded: Mapping[Asked, Projected]) -> None:
        self._blocks = AmazonBlock.objects.in_bulk({contact for contact, _ in folded})
        self._agreed_by = {
            asked: [event for row in then.subscriptions.values() if (event := _agreed_by(row))]
            for asked, then in folded.items()
            if asked[0] in self._blocks
        }
        events = {event for each in self._agreed_by.values() for event in each}
        self._since = {
            pk: min(moments)
            for pk, *moments in OptInEvent.objects.filter(
                ~Q(kind=EventKind.REQUESTED) | Q(source__in=BY_THE_PHONE), pk__in=events
            ).values_list("pk", "occurred_at", "recorded_at")
        }

    def at(self, contact: int, moment: datetime) -> Listed:
        """Return what was known of one of those who were asked about, at their moment."""
        block = self._blocks.get(contact)
        if block is None or block.seen_at > moment or (block.left_at and block.left_at <= moment):
            return ()
        agreed = any(
            self._since[event] > block.seen_at
            for event in self._agreed_by[contact, moment]
            if event in self._since
        )
        tried = (block.opted_in_at, block.refused_at, block.unanswered_at)
        until = asked_again_from(*(at if at and at <= moment else None for at in tried))
        return (OnAmazonsList(agreed, until),)


def _agreed_by(row: tuple[object, ...]) -> int | None:
    kept: dict[str, Any] = dict(zip(projection.SUBSCRIPTION_COLUMNS, row, strict=True))
    event: int | None = {
        Standing.OPTED_IN: kept["authorised_by_id"],
        Standing.PENDING: kept["requested_by_id"],
    }.get(kept["standing"])
    return event
