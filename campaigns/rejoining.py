"""Say what follows from a reply that wants texts: join by keyword, confirm, start again, keep."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models.functions import Coalesce

from campaigns import meaning
from campaigns.answering import answer, answered_today, evidence_of, welcome
from campaigns.consequences import FOR_A_PERSON, Arrival, Consequence, Said
from campaigns.lifecycle import COUNTED_AS_SENT
from campaigns.models import Message, Reply
from campaigns.revoking import names_of
from campaigns.vocabulary import MessageKind
from consent import joining, lapsing
from consent.as_of import AsOf
from consent.ledger import EventDraft
from consent.models import Disclosure, OptInEvent, Topic
from consent.standing import StandingAt
from consent.vocabulary import EventKind, LegalBasis, Place, Source, Standing

# What a person agreed to in words of their own; nothing implied comes back by a START
EXPRESS = (LegalBasis.EXPRESS_WRITTEN, LegalBasis.EXPRESS)
KEEP = "keep "


def pending(reply: Reply, carried: Sequence[Topic], then: AsOf) -> dict[int, StandingAt]:
    """Return the requests that waited for a YES when something was said, by topic."""
    oldest = lapsing.oldest_in_time(reply.said_at)
    found = {topic.pk: then.stands(topic.pk) for topic in carried}
    return {
        topic: stand
        for topic, stand in found.items()
        if stand.standing is Standing.PENDING and stand.since and stand.since >= oldest
    }


def join(said: Said) -> Consequence:
    """Ask for the YES that a keyword calls for; a closed topic's keyword is for a person."""
    reply, word = said.reply, meaning.normalise(said.reply.body)
    topic = next(
        (
            topic
            for topic in sorted(said.carried, key=lambda topic: not topic.open)
            if word in {meaning.normalise(keyword) for keyword in topic.opt_in_keywords}
        ),
        None,
    )
    if topic is None or not topic.open:
        return FOR_A_PERSON
    if joining.had_asked_too_often(said.then.events, Source.KEYWORD, said.at):
        return FOR_A_PERSON
    shown = Disclosure.objects.shown(topic, Place.KEYWORD, reply.contact.language or "en")
    disclosure = shown or Disclosure.objects.shown(topic, Place.KEYWORD)
    drafts = joining.requests_of(
        reply.contact,
        topic,
        source=Source.KEYWORD,
        changed_hands=said.then.everything_is_barred_by(Source.REASSIGNED),
        disclosure=disclosure,
        occurred_at=said.at,
        evidence=evidence_of(reply, disclosure.wording if disclosure else ""),
    )

    was_in = said.then.stands(topic.pk).standing is Standing.OPTED_IN

    def ask(events: Sequence[OptInEvent], now: AsOf, arrival: Arrival) -> None:
        stands, event = now.stands(topic.pk), events[-1]
        if stands.standing is Standing.PENDING and stands.requested_by == event.pk:
            answer(
                MessageKind.CONFIRMATION_REQUEST,
                reply,
                said.number,
                topic,
                event,
                is_new=arrival.brought(reply),
            )
        # Who was in already is told so; asking them again would put their standing in doubt
        elif stands.standing is Standing.OPTED_IN and (was_in or stands.authorised_by == event.pk):
            _welcome_once_a_day(said, topic, event)

    return Consequence(tuple(drafts), acted=True, answer=ask)


def confirm(said: Said) -> Consequence:
    """Confirm the request that was asked about last; where none waits for a YES, a person reads.

    A YES answers what had left before it was said.
    """
    waiting = pending(said.reply, said.carried, said.then)
    if not waiting:
        return FOR_A_PERSON
    asked = (
        Message.objects.filter(
            contact=said.reply.contact_id,
            topic__in=waiting,
            kind=MessageKind.CONFIRMATION_REQUEST,
            status__in=COUNTED_AS_SENT,
            created_at__gte=lapsing.oldest_in_time(said.at),
        )
        .annotate(left_at=Coalesce("claimed_at", "created_at"))
        .filter(left_at__lte=said.at)
        .order_by("-left_at", "-pk")
        .select_related("topic__brand")
    )
    for message in asked:
        if message.topic is None:
            continue
        stand = waiting[message.topic.pk]
        left = said.then.event(stand.opted_out_by)
        # What was asked before a STOP was answered by the STOP
        if left is None or message.left_at > left.occurred_at:
            return _confirmed(said, message, message.topic, stand)
    return FOR_A_PERSON


def _confirmed(said: Said, question: Message, topic: Topic, stand: StandingAt) -> Consequence:
    request = said.then.event(stand.requested_by)
    draft = EventDraft(
        contact=said.reply.contact_id,
        topic=topic.pk,
        kind=EventKind.CONFIRMED,
        source=Source.REPLY,
        basis=stand.basis if stand.basis is not LegalBasis.NONE else LegalBasis.EXPRESS,
        occurred_at=said.at,
        disclosure=request.disclosure_id if request else None,
        evidence=evidence_of(said.reply, question.text),
    )

    def tell(events: Sequence[OptInEvent], now: AsOf, arrival: Arrival) -> None:
        if now.stands(topic.pk).authorised_by == events[0].pk:
            welcome(said.reply, said.number, topic, events[0], came=arrival.reply)

    return Consequence((draft,), acted=True, answer=tell)


def start(said: Said) -> Consequence:
    """Bring back what a recent STOP ended, as a fresh opt-in; without one, a person reads it."""
    since = said.at - timedelta(days=settings.START_AFTER_STOP_DAYS)
    return _restored(said, said.carried, since)


def keep(said: Said) -> Consequence:
    """Bring back the topic that an answer to a STOP's acknowledgement names."""
    named_so = meaning.normalise(said.reply.body).removeprefix(KEEP)
    named = [topic for topic in said.carried if named_so in map(meaning.normalise, names_of(topic))]
    if not named or not said.number.brand.stop_asks_which:
        return FOR_A_PERSON
    since = said.at - timedelta(hours=settings.KEEP_AFTER_STOP_HOURS)
    acknowledged = (
        Message.objects.filter(
            contact=said.reply.contact_id,
            origination_number=said.number,
            kind=MessageKind.STOP_CONFIRMATION,
            created_at__gte=since,
            created_at__lte=said.at,
        )
        .order_by("-pk")
        .first()
    )
    if acknowledged is None:
        return FOR_A_PERSON
    return _restored(said, named, since, acknowledged.text)


def _restored(
    said: Said, topics: Sequence[Topic], since: datetime, words_shown: str = ""
) -> Consequence:
    """Opt in again to those topics that a STOP by text ended since then.

    The ground and wording are those of the consent that the STOP ended; the reply is the evidence.
    Who is suppressed too stays so, and a person reads why.
    """
    drafts: list[EventDraft] = []
    for topic in sorted(topics, key=lambda topic: topic.pk):
        former = _consent_before(said.then, topic, since) if topic.open else None
        if former is not None:
            drafts += [
                EventDraft(
                    contact=said.reply.contact_id,
                    topic=topic.pk,
                    kind=kind,
                    source=Source.REPLY,
                    basis=LegalBasis(former.legal_basis),
                    occurred_at=said.at,
                    disclosure=_wording_of(said.then, former),
                    evidence=evidence_of(said.reply, words_shown),
                )
                for kind in _steps(former)
            ]
    if not drafts:
        return FOR_A_PERSON

    def tell(events: Sequence[OptInEvent], now: AsOf, arrival: Arrival) -> None:
        back = {
            event.topic_id: event
            for event in events
            if now.stands(event.topic_id).authorised_by == event.pk
        }
        if back and not now.barred():
            names = [topic for topic in topics if topic.pk in back]
            topic = names[0] if len(names) == 1 else None
            _welcome_once_a_day(said, topic, list(back.values())[-1])

    return Consequence(tuple(drafts), acted=not said.then.barred(), answer=tell)


def _steps(former: OptInEvent) -> tuple[EventKind, ...]:
    """Return what a reply does anew: it asks and, coming from the phone itself, confirms too.

    Only where the former consent was confirmed: one word more must not prove more than it did.
    """
    if former.kind == EventKind.CONFIRMED:
        return (EventKind.REQUESTED, EventKind.CONFIRMED)
    return (EventKind.OPTED_IN,)


def _wording_of(then: AsOf, former: OptInEvent) -> int | None:
    """Return the disclosure that a consent rests on: its own, or that of the request it answers."""
    if former.disclosure_id is not None or former.kind != EventKind.CONFIRMED:
        return former.disclosure_id
    asked = [
        event
        for event in then.events
        if (event.topic_id, event.kind) == (former.topic_id, EventKind.REQUESTED)
        and event.occurred_at <= former.occurred_at
    ]
    request = max(asked, key=lambda event: (event.occurred_at, event.pk), default=None)
    return request.disclosure_id if request else None


def _consent_before(then: AsOf, topic: Topic, since: datetime) -> OptInEvent | None:
    """Return the express consent that a STOP by text ended since then; None where there is none."""
    stand = then.stands(topic.pk)
    stop = then.event(stand.opted_out_by)
    if stand.standing is not Standing.OPTED_OUT or stop is None:
        return None
    if stop.source != Source.REPLY or stop.occurred_at < since:
        return None
    given = [
        event
        for event in then.events
        if event.topic_id == topic.pk
        and event.kind in (EventKind.CONFIRMED, EventKind.OPTED_IN)
        and event.legal_basis in EXPRESS
        and (event.occurred_at, event.pk) < (stop.occurred_at, stop.pk)
    ]
    return max(given, key=lambda event: (event.occurred_at, event.pk), default=None)


def _welcome_once_a_day(said: Said, topic: Topic | None, event: OptInEvent) -> None:
    if not answered_today(said.reply, MessageKind.WELCOME, said.number, topic):
        answer(MessageKind.WELCOME, said.reply, said.number, topic, event)
