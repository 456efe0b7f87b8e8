"""What the clock still runs on: what nobody has read, and texts owed that are not out.

Any reply or dead letter that waits for a person may be a revocation "in any reasonable manner"
(47 CFR 64.1200(a)(10)), so each has the law's limit until somebody has read it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from enum import StrEnum

from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce

from campaigns.house_policy import rulebook_in_force
from campaigns.models import DeadLetter, LimitAlert, Message, Reply
from campaigns.revocation_clock import acknowledge_by, ageing_from, honour_by
from campaigns.rulebook.loader import Rulebook
from campaigns.vocabulary import Meaning, MessageKind, MessageStatus

S = MessageStatus

LIKELY = (Meaning.PROBABLY_STOP, Meaning.STOP)
"""Meanings that make a waiting reply look like a revocation."""

OWED = (MessageKind.STOP_CONFIRMATION, MessageKind.HELP_REPLY)
NOT_OUT = (S.QUEUED, S.HELD, S.SENDING, S.UNCONFIRMED)


class Waits(StrEnum):
    """What an item is open for."""

    LIKELY = "likely"
    UNREAD = "unread"
    LETTER = "letter"
    ACKNOWLEDGEMENT = "acknowledgement"
    HELP = "help"


class Urgency(StrEnum):
    """How near its limit an item is."""

    PAST = "past"
    AGEING = "ageing"
    IN_TIME = "in_time"


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that is open: since when, due when, and from when it is worth an alert.

    The limit of a reply is the law's; that of a text owed is our aim of minutes.
    """

    waits: Waits
    received_at: datetime
    due_at: datetime
    ageing_from: datetime
    reply: Reply | None = None
    message: Message | None = None
    letter: DeadLetter | None = None

    @property
    def row(self) -> Reply | Message | DeadLetter:
        """Return what it is about."""
        found = self.reply or self.message or self.letter
        assert found is not None
        return found

    def urgency(self, moment: datetime) -> Urgency:
        """Say how near the limit it is."""
        if moment > self.due_at:
            return Urgency.PAST
        return Urgency.AGEING if moment > self.ageing_from else Urgency.IN_TIME


def waiting_replies(*, brand: int | None = None, number: int | None = None) -> QuerySet[Reply]:
    """Return the replies that wait for a person, those that look like revocations first."""
    rows = Reply.objects.waiting().select_related("contact", "origination_number__brand")
    if brand:
        rows = rows.filter(origination_number__brand=brand)
    if number:
        rows = rows.filter(origination_number=number)
    return rows.annotate(
        likely=Q(meaning__in=LIKELY), came_at=Coalesce("published_at", "received_at")
    ).order_by(F("likely").desc(), "received_at", "pk")


def texts_owed(*, brand: int | None = None) -> QuerySet[Message]:
    """Return the confirmations of STOP and answers to HELP that are not known to be out."""
    rows = Message.objects.filter(
        kind__in=[kind.value for kind in OWED], status__in=[each.value for each in NOT_OUT]
    )
    if brand:
        rows = rows.filter(origination_number__brand=brand)
    return rows.select_related("contact", "origination_number__brand", "answers").order_by(
        "created_at", "pk"
    )


def dead_letters() -> QuerySet[DeadLetter]:
    """Return what could not be read and waits for a person, oldest first."""
    return DeadLetter.objects.waiting().order_by("arrived_at", "pk")


def items(
    replies: Iterable[Reply],
    owed: Iterable[Message],
    letters: Iterable[DeadLetter] = (),
    *,
    moment: datetime,
    zone: tzinfo,
    alert_after: int,
) -> list[Item]:
    """Put open rows as items, soonest due first; `alert_after` are business days."""
    rulebook = rulebook_in_force(moment)
    found = [_unread(reply, rulebook, zone, alert_after) for reply in replies]
    found += [_owed(message, rulebook) for message in owed]
    found += [_dead(letter, rulebook, zone, alert_after) for letter in letters]
    return sorted(found, key=lambda item: item.due_at)


def to_tell(moment: datetime, zone: tzinfo, alert_after: int, limit: int = 500) -> list[Item]:
    """Return what nears its limit or is past it and nobody was told of yet, soonest due first."""
    told_replies = LimitAlert.objects.filter(reply__isnull=False).values("reply")
    told_messages = LimitAlert.objects.filter(message__isnull=False).values("message")
    told_letters = LimitAlert.objects.filter(letter__isnull=False).values("letter")
    before = moment - timedelta(days=alert_after)  # business days are never shorter than days
    replies = waiting_replies().filter(received_at__lt=before)
    open_now = items(
        replies.exclude(pk__in=told_replies)[:limit],
        texts_owed().exclude(pk__in=told_messages)[:limit],
        dead_letters().filter(arrived_at__lt=before).exclude(pk__in=told_letters)[:limit],
        moment=moment,
        zone=zone,
        alert_after=alert_after,
    )
    return [item for item in open_now if item.urgency(moment) is not Urgency.IN_TIME]


def claim(found: Sequence[Item], moment: datetime) -> list[Item]:
    """Take items for one alert; those that another worker took meanwhile are left out (P6)."""
    mine = []
    for item in found:
        _, is_new = LimitAlert.objects.get_or_create(
            reply=item.reply,
            message=item.message,
            letter=item.letter,
            defaults={"told_at": moment},
        )
        mine += [item] if is_new else []
    return mine


def give_back(found: Sequence[Item]) -> None:
    """Undo a claim whose alert could not be sent, so that the next sweep tries again."""
    LimitAlert.objects.filter(
        Q(reply__in=[item.reply for item in found if item.reply])
        | Q(message__in=[item.message for item in found if item.message])
        | Q(letter__in=[item.letter for item in found if item.letter])
    ).delete()


def _unread(reply: Reply, rulebook: Rulebook, zone: tzinfo, alert_after: int) -> Item:
    received = reply.published_at or reply.received_at
    return Item(
        Waits.LIKELY if reply.meaning in LIKELY else Waits.UNREAD,
        received,
        honour_by(rulebook, received, zone, reply.contact.country).at,
        ageing_from(received, alert_after, zone),
        reply=reply,
    )


def _dead(letter: DeadLetter, rulebook: Rulebook, zone: tzinfo, alert_after: int) -> Item:
    received = letter.arrived_at
    return Item(
        Waits.LETTER,
        received,
        honour_by(rulebook, received, zone).at,
        ageing_from(received, alert_after, zone),
        letter=letter,
    )


def _owed(message: Message, rulebook: Rulebook) -> Item:
    """Count a confirmation from when it was written, in the transaction that honoured the STOP."""
    confirms = message.kind == MessageKind.STOP_CONFIRMATION
    due = acknowledge_by(rulebook, message.created_at, message.contact.country).at
    return Item(
        Waits.ACKNOWLEDGEMENT if confirms else Waits.HELP,
        message.created_at,
        due,
        due,
        reply=None,
        message=message,
    )
