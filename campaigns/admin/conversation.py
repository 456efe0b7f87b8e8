"""A conversation: what we wrote, what they wrote, and how their standing changed between."""

from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone

from campaigns import unsubscribe_links
from campaigns.admin.decision import Decision, kept_decision
from campaigns.admin.receipt import delivery_pill, in_words
from campaigns.house_policy import rulebook_to_read
from campaigns.models import Message, Reply
from campaigns.quiet_hours import is_zone
from consent.models import Contact, OptInEvent

NEWEST = 100


@dataclass(frozen=True, slots=True)
class Bubble:
    """One text of a conversation, ours or theirs."""

    at: datetime
    text: str
    message: Message | None = None
    reply: Reply | None = None
    decision: Decision | None = None
    receipt: str = ""
    receipt_words: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """What happened to a standing at one moment, for one or more topics at once."""

    at: datetime
    event: OptInEvent
    topics: tuple[str, ...]


def conversation(contact: Contact, user: Any) -> list[Bubble]:
    """Return the newest texts both ways, oldest first, as far as the person may see them."""
    found = []
    if user.has_perm("campaigns.view_message"):
        rulebook = rulebook_to_read()
        rows = contact.messages.select_related("campaign", "topic__brand").order_by("-pk")
        found += [
            Bubble(
                row.settled_at or row.due_at,
                unsubscribe_links.as_staff_read(row.text),
                message=row,
                decision=kept_decision(row.clearance, rulebook),
                receipt=delivery_pill(row),
                receipt_words=in_words(row.delivery) if row.delivery else "",
            )
            for row in rows[:NEWEST]
        ]
    if user.has_perm("campaigns.view_reply"):
        found += [
            Bubble(row.received_at, row.body, reply=row)
            for row in contact.replies.order_by("-pk")[:NEWEST]
        ]
    return sorted(found, key=lambda bubble: bubble.at)[-NEWEST:]


def with_changes(contact: Contact, user: Any) -> list[Bubble | Change]:
    """Return the conversation with the changes of standing since its first text between."""
    found: list[Bubble | Change] = [*conversation(contact, user)]
    if user.has_perm("consent.view_optinevent"):
        found += _changes(contact, since=found[0].at if found else None)
    # What a reply changed is recorded with it or after it, and comes below it
    return sorted(found, key=lambda each: (each.at, isinstance(each, Change)))


def zone_of(contact: Contact) -> tzinfo:
    """Return the zone in which to read a person's times: as stated, or the first that may be."""
    for name in (contact.stated_time_zone, *contact.time_zones):
        if name and is_zone(name):
            return ZoneInfo(name)
    return timezone.get_default_timezone()


def _changes(contact: Contact, since: datetime | None) -> list[Change]:
    events = contact.events.select_related("topic__brand").order_by("-pk")
    if since is not None:
        events = events.filter(recorded_at__gte=since)
    together: dict[tuple[Any, ...], list[OptInEvent]] = {}
    for event in reversed(events[:NEWEST]):
        together.setdefault((event.recorded_at, event.kind, event.source), []).append(event)
    return [
        Change(
            group[0].recorded_at,
            group[0],
            tuple(str(event.topic) if event.topic else "everything" for event in group),
        )
        for group in together.values()
    ]
