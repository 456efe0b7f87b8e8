"""Do what a reply asks that wants texts: join by keyword, confirm, start again, keep."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import F

from campaigns import meaning
from campaigns.answering import answer, answered_today, evidence_of
from campaigns.lifecycle import COUNTED_AS_SENT
from campaigns.models import Message, OriginationNumber, Reply
from campaigns.revoking import names_of
from campaigns.vocabulary import MessageKind
from consent import clock, joining, lapsing, ledger
from consent.ledger import EventDraft
from consent.models import Disclosure, OptInEvent, Subscription, Suppression, Topic
from consent.vocabulary import EventKind, LegalBasis, Place, Source, Standing

# What a person agreed to in words of their own; nothing implied comes back by a START
EXPRESS = (LegalBasis.EXPRESS_WRITTEN, LegalBasis.EXPRESS)
KEEP = "keep "


def join(reply: Reply, number: OriginationNumber, carried: Sequence[Topic]) -> bool:
    """Ask for the YES that a keyword calls for; False where a person must read it."""
    word = meaning.normalise(reply.body)
    topic = next(
        (
            topic
            for topic in sorted(carried, key=lambda topic: not topic.open)
            if word in {meaning.normalise(keyword) for keyword in topic.opt_in_keywords}
        ),
        None,
    )
    if topic is None:
        return False
    shown = Disclosure.objects.shown(topic, Place.KEYWORD, reply.contact.language or "en")
    disclosure = shown or Disclosure.objects.shown(topic, Place.KEYWORD)
    event = joining.join(
        reply.contact,
        topic,
        source=Source.KEYWORD,
        disclosure=disclosure,
        evidence=evidence_of(reply, disclosure.wording if disclosure else ""),
    )
    if event is None:
        return False
    standing = Subscription.objects.get(contact=reply.contact, topic=topic).standing
    # Who is in already is told so; asking them again would put their standing in doubt
    if standing != Standing.OPTED_IN:
        answer(MessageKind.CONFIRMATION_REQUEST, reply, number, topic, event)
    elif not answered_today(reply, MessageKind.WELCOME, number):
        answer(MessageKind.WELCOME, reply, number, topic, event)
    return True


def confirm(reply: Reply, number: OriginationNumber, carried: Sequence[Topic]) -> bool:
    """Confirm the request that was asked about last; False where none waits for a YES."""
    pending = {
        row.topic_id: row
        for row in Subscription.objects.filter(
            contact=reply.contact,
            topic__in=carried,
            standing=Standing.PENDING,
            since__gte=lapsing.oldest_in_time(),
        ).select_related("requested_by")
    }
    asked = (
        Message.objects.filter(
            contact=reply.contact,
            topic__in=pending,
            kind=MessageKind.CONFIRMATION_REQUEST,
            status__in=COUNTED_AS_SENT,
            created_at__gte=lapsing.oldest_in_time(),
        )
        .order_by(F("claimed_at").desc(nulls_last=True), "-pk")
        .select_related("topic__brand")
    )
    for message in asked:
        row = pending[message.topic_id]
        # What was asked before a STOP was answered by the STOP
        if row.opted_out_by_id and (message.about_event_id or 0) < row.opted_out_by_id:
            continue
        basis = LegalBasis(row.legal_basis)
        event = ledger.record(
            EventDraft(
                contact=reply.contact_id,
                topic=message.topic_id,
                kind=EventKind.CONFIRMED,
                source=Source.REPLY,
                basis=basis if basis is not LegalBasis.NONE else LegalBasis.EXPRESS,
                disclosure=row.requested_by.disclosure_id if row.requested_by else None,
                evidence=evidence_of(reply, message.text),
            )
        )
        answer(MessageKind.WELCOME, reply, number, message.topic, event)
        return True
    return False


def start(reply: Reply, number: OriginationNumber, carried: Sequence[Topic]) -> bool:
    """Bring back what a recent STOP ended, as a fresh opt-in; False where there is no such."""
    since = clock.now() - timedelta(days=settings.START_AFTER_STOP_DAYS)
    return _restored(reply, number, carried, since)


def keep(reply: Reply, number: OriginationNumber, carried: Sequence[Topic]) -> bool:
    """Bring back the topic that an answer to a STOP's acknowledgement names; False for no such."""
    said = meaning.normalise(reply.body).removeprefix(KEEP)
    since = clock.now() - timedelta(hours=settings.KEEP_AFTER_STOP_HOURS)
    acknowledged = (
        Message.objects.filter(
            contact=reply.contact,
            origination_number=number,
            kind=MessageKind.STOP_CONFIRMATION,
            created_at__gte=since,
        )
        .order_by("-pk")
        .first()
    )
    named = [topic for topic in carried if said in map(meaning.normalise, names_of(topic))]
    if acknowledged is None or not named or not number.brand.stop_asks_which:
        return False
    return _restored(reply, number, named, since, acknowledged.text)


def _restored(
    reply: Reply,
    number: OriginationNumber,
    topics: Sequence[Topic],
    since: datetime,
    words_shown: str = "",
) -> bool:
    """Opt in again to those topics that a STOP by text ended since then; say whether any was.

    The ground and wording are those of the consent that the STOP ended; the reply is the evidence.
    Who is suppressed too stays so, and a person reads why.
    """
    rows = Subscription.objects.filter(
        contact=reply.contact,
        topic__in=[topic for topic in topics if topic.open],
        standing=Standing.OPTED_OUT,
        opted_out_by__source=Source.REPLY,
        opted_out_by__occurred_at__gte=since,
    ).select_related("opted_out_by", "topic__brand")
    drafts = []
    for row in rows.order_by("topic_id"):
        former = _consent_before(reply, row)
        if former is not None:
            drafts.append(
                EventDraft(
                    contact=reply.contact_id,
                    topic=row.topic_id,
                    kind=EventKind.OPTED_IN,
                    source=Source.REPLY,
                    basis=LegalBasis(former.legal_basis),
                    disclosure=former.disclosure_id,
                    evidence=evidence_of(reply, words_shown),
                )
            )
    if not drafts:
        return False
    events = ledger.record_many(drafts)
    if Suppression.objects.filter(contact=reply.contact).exists():
        return False
    back = {topic.pk: topic for topic in topics}
    topic = back[drafts[0].topic or 0] if len(drafts) == 1 else None
    if not answered_today(reply, MessageKind.WELCOME, number):
        answer(MessageKind.WELCOME, reply, number, topic, events[0])
    return True


def _consent_before(reply: Reply, row: Subscription) -> OptInEvent | None:
    """Return the express consent that an opt-out ended; None where there was none in force."""
    stop = row.opted_out_by
    if stop is None:
        return None
    return (
        OptInEvent.objects.filter(
            contact=reply.contact,
            topic=row.topic_id,
            kind__in=(EventKind.CONFIRMED, EventKind.OPTED_IN),
            legal_basis__in=EXPRESS,
            occurred_at__lte=stop.occurred_at,
        )
        .order_by("-occurred_at", "-pk")
        .first()
    )
