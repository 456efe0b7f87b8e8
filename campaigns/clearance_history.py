"""What clearance asks of the past: the texts that a person had, or is to have.

A fixed number of queries serves any number of contacts (P9).
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from campaigns.statements import rows
from campaigns.vocabulary import MessageKind, MessageStatus

COUNTED = frozenset({MessageKind.CAMPAIGN, MessageKind.LIST_AUDIT, MessageKind.WELCOME})
"""Exempt texts keep no cap and fill none: STOP, HELP, answers and the request to confirm."""

FILLED = frozenset({MessageStatus.SENDING, MessageStatus.ACCEPTED, MessageStatus.UNCONFIRMED})
SCHEDULED = frozenset({MessageStatus.QUEUED, MessageStatus.HELD})
LONGEST = timedelta(days=31)
"""The longest period that any row of the rulebook counts over."""

Moments = tuple[datetime, ...]


class Text(NamedTuple):
    """A counted text: `at` is when it was sent, or is due where it waits."""

    pk: int
    topic: int | None
    brand: int | None
    waits: bool
    at: datetime


_TEXTS = """
    SELECT m.id, m.contact_id, m.topic_id, t.brand_id,
           m.status, m.due_at, m.claimed_at, m.settled_at
    FROM campaigns_message AS m LEFT JOIN consent_topic AS t ON t.id = m.topic_id
    WHERE m.contact_id = ANY(%(contacts)s) AND m.answers_id IS NULL AND m.kind = ANY(%(counted)s)
        AND (m.status = ANY(%(scheduled)s)
             OR m.status = ANY(%(filled)s) AND m.created_at <= %(moment)s)
        AND (m.settled_at IS NULL OR m.settled_at > %(since)s)
"""


def texts_of(contacts: Collection[int], moment: datetime) -> Mapping[int, tuple[Text, ...]]:
    """Return each contact's counted texts."""
    found: dict[int, list[Text]] = defaultdict(list)
    for pk, contact, topic, brand, status, due, claimed, settled in rows(
        _TEXTS,
        contacts=list(contacts),
        counted=[each.value for each in COUNTED],
        scheduled=[each.value for each in SCHEDULED],
        filled=[each.value for each in FILLED],
        moment=moment,
        since=moment - LONGEST,
    ):
        waits = status in SCHEDULED
        at = due if waits else claimed or settled or due
        found[contact].append(Text(pk, topic, brand, waits, at))
    return {contact: tuple(texts) for contact, texts in found.items()}


def sent_before(
    texts: Iterable[Text],
    *,
    message: int | None,
    topic: int | None = None,
    brand: int | None = None,
) -> Moments:
    """Return the moments that count against a message, in order; with a topic or a brand, its own.

    Of texts that wait, those recorded before it count and later ones do not: were each to count the
    other, both would put each other off for ever. A text not recorded yet counts all.
    """
    return tuple(
        sorted(
            each.at
            for each in texts
            if each.pk != message
            and (topic is None or each.topic == topic)
            and (brand is None or each.brand == brand)
            and not (each.waits and message is not None and each.pk > message)
        )
    )
