"""Take a revocation that came by phone, e-mail, letter, voicemail, the web or in the shop."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.models import AbstractBaseUser
from django.core.files.base import File
from django.db import transaction

from campaigns import acknowledging, outbox
from campaigns.lifecycle import WAITING
from campaigns.models import Message, OriginationNumber
from campaigns.vocabulary import MessageKind
from consent import clock, evidence_files, ledger, unsubscribing
from consent.ledger import EventDraft, EvidenceDraft
from consent.models import Brand, Contact, OptInEvent, Topic
from consent.vocabulary import EventKind, Source

# Later than this the law no longer presumes that the person expects it: 47 CFR 64.1200(a)(12)
TOLD_WITHIN = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Scope:
    """What a person may want to leave: a topic, all of a brand, or with neither everything."""

    topic: Topic | None = None
    brand: Brand | None = None

    @property
    def key(self) -> str:
        """Return what forms send for it; "" for everything."""
        if self.topic is not None:
            return str(self.topic.pk)
        return f"brand-{self.brand.pk}" if self.brand is not None else ""

    @property
    def name(self) -> str:
        """Say what it is."""
        if self.topic is not None:
            return str(self.topic)
        return f"All of {self.brand}" if self.brand is not None else "Everything"

    def holds(self, topic: Topic | None) -> bool:
        """Say whether it covers a topic; texts about none are covered by everything alone."""
        if self.topic is not None:
            return self.topic == topic
        if self.brand is not None:
            return topic is not None and topic.brand_id == self.brand.pk
        return True


@dataclass(frozen=True, slots=True)
class Effect:
    """What leaving a scope would do: topics that end, texts that stop, and the one text sent.

    `text` is empty where nothing would be sent, and `silent` says why.
    """

    scope: Scope
    ends: Sequence[Topic]
    stops: int
    number: OriginationNumber | None
    text: str
    silent: str


@dataclass(frozen=True, slots=True)
class Revocation:
    """What staff know of it; `file` is what was handed in with it."""

    source: Source
    received_at: datetime
    taken_by: str
    words: str
    note: str
    file: File | None = None


def effects(contact: Contact) -> list[Effect]:
    """Return what each scope would do to this person, everything first."""
    reached = unsubscribing.topics_reached(contact)
    waiting = [
        row.topic
        for row in contact.messages.filter(
            status__in=[status.value for status in WAITING]
        ).select_related("topic__brand")
    ]
    told = acknowledging.was_told_lately(contact)
    return [_effect(contact, scope, reached, waiting, told) for scope in _scopes(reached)]


def record(
    contact: Contact, scope: Scope, given: Revocation, *, by: AbstractBaseUser
) -> tuple[list[OptInEvent], Message | None]:
    """Record that a person left, and write the one text about it if it may go.

    The caller wakes the sender: `tasks.wake`.
    """
    file, digest = evidence_files.store(given.file) if given.file else ("", "")
    try:
        return _record(contact, scope, given, by, file, digest)
    except BaseException:
        if file:
            evidence_files.forget(file)
        raise


@transaction.atomic
def _record(
    contact: Contact,
    scope: Scope,
    given: Revocation,
    by: AbstractBaseUser,
    file: str,
    digest: str,
) -> tuple[list[OptInEvent], Message | None]:
    ledger.hold([contact.pk])
    topics = _left_with(scope)
    told_of: Sequence[Topic | None] = topics or [None]
    ended = any(scope.holds(topic) for topic in unsubscribing.topics_reached(contact))
    events = ledger.record_many(
        [
            EventDraft(
                contact=contact.pk,
                topic=topic.pk if topic is not None else None,
                kind=EventKind.OPTED_OUT,
                source=given.source,
                occurred_at=given.received_at,
                recorded_by=by.pk,
                note=given.note,
                evidence=EvidenceDraft(
                    form_fields={"taken_by": given.taken_by} if given.taken_by else {},
                    words_received=given.words,
                    file=file,
                    file_digest=digest,
                ),
            )
            for topic in told_of
        ]
    )
    if not ended or clock.now() - given.received_at > TOLD_WITHIN:
        return events, None
    return events, acknowledging.acknowledge(events[0], left=topics)


def _left_with(scope: Scope) -> list[Topic]:
    """Return the topics that get an event each; none of them for everything, which is one event."""
    if scope.brand is not None:
        return list(Topic.objects.filter(brand=scope.brand).select_related("brand").order_by("pk"))
    return [scope.topic] if scope.topic is not None else []


def _scopes(reached: Sequence[Topic]) -> list[Scope]:
    brands = sorted({topic.brand for topic in reached}, key=str)
    others = Topic.objects.exclude(pk__in=[t.pk for t in reached]).select_related("brand")
    return [
        Scope(),
        *(Scope(brand=brand) for brand in brands),
        *(Scope(topic=topic) for topic in reached),
        *(Scope(topic=topic) for topic in others),
    ]


def _effect(
    contact: Contact,
    scope: Scope,
    reached: Sequence[Topic],
    waiting: Sequence[Topic | None],
    told: bool,
) -> Effect:
    ends = [topic for topic in reached if scope.holds(topic)]
    left = _left_with(scope) if ends else []
    number = acknowledging.number_for(contact, left) if ends and not told else None
    text = silent = ""
    if told:
        silent = "they were told within a day"
    elif not ends:
        silent = "they get nothing that it ends"
    elif number is None:
        silent = "no number of ours that they know is in use"
    else:
        about = acknowledging.named(left)
        text = outbox.words_for(MessageKind.STOP_CONFIRMATION, about, number)
    stops = sum(scope.holds(topic) for topic in waiting)
    return Effect(scope, ends, stops, number, text, silent)
