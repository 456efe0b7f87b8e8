"""Answer a reply by itself, sparingly: once per reply, once per kind and day, never in a loop."""

from collections.abc import Collection
from datetime import timedelta

from django.db.models import Q

from campaigns import outbox
from campaigns.lifecycle import COUNTED_AS_SENT, WAITING
from campaigns.models import Message, OriginationNumber, Reply
from campaigns.vocabulary import MessageKind
from consent import clock
from consent.ledger import EvidenceDraft
from consent.models import OptInEvent, Subscription, Topic
from consent.vocabulary import Source, Standing

A_DAY = timedelta(days=1)
# People who repeat themselves do so twice or thrice; machines do not tire
LOOP_OF = 4
LOOP_WITHIN = timedelta(minutes=10)


def answer(
    kind: MessageKind,
    reply: Reply,
    number: OriginationNumber,
    topic: Topic | None,
    event: OptInEvent | None = None,
    *,
    body: str = "",
    is_new: bool = False,
) -> None:
    """Write the text that answers a reply, unless one does already or a machine seems to talk.

    `is_new`: reply and event are this transaction's own, so that nothing answers them yet.
    """
    if (not is_new and reply.answers.exists()) or is_loop(reply):
        return
    outbox.enqueue(
        kind=kind,
        contact=reply.contact,
        topic=topic,
        number=number,
        about_event=event,
        answers=reply,
        body=body or outbox.words_for(kind, topic, number),
        is_new=is_new,
    )


def welcome(
    reply: Reply, number: OriginationNumber, topic: Topic, event: OptInEvent, *, came: Reply
) -> None:
    """Welcome to a topic, once each time that it becomes joined.

    A reply that comes late may turn what one said later confirms: that one was answered already,
    so the text about what it confirms now answers the one that came.
    """
    if is_loop(reply) or _is_welcomed(event, number):
        return
    unanswered = (each for each in (reply, came) if not each.answers.exists())
    outbox.enqueue(
        kind=MessageKind.WELCOME,
        contact=reply.contact,
        topic=topic,
        number=number,
        about_event=event,
        answers=next(unanswered, None),
    )


def _is_welcomed(event: OptInEvent, number: OriginationNumber) -> bool:
    """Say whether the person was welcomed upon an event in whose place this one stands.

    What was said before that welcome was written is answered by it, unless they were told since
    that they left.
    """
    told = Message.objects.filter(
        Q(topic=event.topic_id) | Q(topic=None),
        contact=event.contact_id,
        origination_number=number,
        kind__in=(MessageKind.WELCOME, MessageKind.STOP_CONFIRMATION),
        status__in=WAITING | COUNTED_AS_SENT,
        created_at__gte=event.occurred_at,
    )
    last = told.order_by("-pk").first()
    if last is None or last.kind != MessageKind.WELCOME or last.about_event_id is None:
        return False
    return OptInEvent.objects.filter(
        Q(occurred_at__gt=event.occurred_at) | Q(corrections__source=Source.SYSTEM),
        pk=last.about_event_id,
    ).exists()


def answered_today(
    reply: Reply, kind: MessageKind, number: OriginationNumber, topic: Topic | None = None
) -> bool:
    """Say whether the person was owed a text of this kind from this number within a day.

    With a topic: one about it, or about several at once.
    """
    texts = Message.objects.filter(
        contact=reply.contact,
        kind=kind,
        origination_number=number,
        created_at__gt=clock.now() - A_DAY,
    )
    if topic is not None:
        texts = texts.filter(Q(topic=topic) | Q(topic=None))
    return texts.exists()


def told_of_a_later_stop(reply: Reply, number: OriginationNumber) -> bool:
    """Say whether the person was told that they left by a STOP that they said after this."""
    acknowledged = Message.objects.filter(
        kind=MessageKind.STOP_CONFIRMATION, origination_number=number
    )
    return Reply.objects.said_after(reply).filter(answers__in=acknowledged).exists()


def is_loop(reply: Reply) -> bool:
    """Say whether the same words came so often, so fast, that a machine answers our answers."""
    same = Reply.objects.filter(
        contact=reply.contact,
        origination_number=reply.origination_number_id,
        body=reply.body,
        received_at__gt=clock.now() - LOOP_WITHIN,
    )
    return same.count() >= LOOP_OF


def standings(contact: int, topics: Collection[Topic]) -> dict[int, Standing]:
    """Return how a contact stands on topics; on those without a row of their own, as on all."""
    rows: dict[int | None, str] = dict(
        Subscription.objects.filter(
            Q(topic__in=topics) | Q(topic=None), contact=contact
        ).values_list("topic_id", "standing")
    )
    of_everything = rows.get(None, Standing.UNKNOWN)
    return {topic.pk: Standing(rows.get(topic.pk, of_everything)) for topic in topics}


def evidence_of(reply: Reply, words_shown: str = "") -> EvidenceDraft:
    """Return a reply as evidence, with the words that it answers."""
    return EvidenceDraft(
        form_fields={
            "inboundMessageId": reply.inbound_message_id,
            "destinationNumber": reply.destination,
        },
        words_shown=words_shown,
        words_received=reply.body,
    )
