"""Say what follows from a revocation: an end of what it means, or a bar until a person reads it."""

from collections.abc import Collection, Sequence
from datetime import datetime

from campaigns import outbox, wording
from campaigns.answering import (
    answer,
    answered_today,
    evidence_of,
    standings,
    told_of_a_later_stop,
)
from campaigns.consequences import FOR_A_PERSON, Arrival, Consequence, Said
from campaigns.house_policy import rulebook_in_force
from campaigns.lifecycle import COUNTED_AS_SENT
from campaigns.meaning import Reading
from campaigns.models import Message, OriginationNumber, Reply
from campaigns.scope import Heard, Offered, topics_ended
from campaigns.vocabulary import MessageKind
from consent import clock
from consent.as_of import AsOf
from consent.ledger import EventDraft
from consent.models import OptInEvent, Topic
from consent.vocabulary import EventKind, Source, Standing

REVOKE_ALL = "us.revoke.all"
"""The row by which a STOP to an informational text ends every other text too."""
AMERICAN = frozenset({"US", ""})
ON = frozenset({Standing.OPTED_IN, Standing.PENDING})


def topics_left_at(number: OriginationNumber, carried: Sequence[Topic]) -> list[Topic]:
    """Return the topics that a STOP may mean: those carried, or else its brand's of its class.

    Whoever says STOP to a number whose topics moved away still means what they got from there.
    """
    return list(carried) or list(
        Topic.objects.filter(brand=number.brand, message_class=number.message_class)
        .select_related("brand")
        .order_by("pk")
    )


def stop(said: Said, reading: Reading) -> Consequence:
    """Opt out of what a revocation means; where it could mean nothing, a person reads it."""
    ends = ended_by(said.reply, said.number, said.carried, reading)
    if ends == []:
        return FOR_A_PERSON

    def tell(events: Sequence[OptInEvent], now: AsOf, arrival: Arrival) -> None:
        # Who has come back by what they said later was welcomed, and is not told that they left
        if ends and all(now.stands(each.pk).standing is Standing.OPTED_IN for each in ends):
            return
        is_new = arrival.brought(said.reply)
        if events:
            overtaken = arrival.overtaken and told_of_a_later_stop(said.reply, said.number)
            if not overtaken:
                acknowledge(
                    said.reply, said.number, said.carried, ends or [], events, is_new=is_new
                )
        elif not answered_today(said.reply, MessageKind.STOP_CONFIRMATION, said.number):
            only = ends[0] if ends else None
            answer(MessageKind.STOP_CONFIRMATION, said.reply, said.number, only, is_new=is_new)

    return Consequence(opt_outs(said.reply, ends, said.then, said.at), acted=True, answer=tell)


def suppress(said: Said, reading: Reading) -> Consequence:
    """Bar at once what a reply probably revokes; a person confirms or lifts: `second_look`."""
    ends = ended_by(said.reply, said.number, said.carried, reading)
    barred = said.then.barred()
    targets: set[int | None] = {None} if ends is None else {topic.pk for topic in ends}
    if None in barred:
        return FOR_A_PERSON
    return Consequence(
        tuple(
            EventDraft(
                contact=said.reply.contact_id,
                topic=topic,
                kind=EventKind.SUPPRESSED,
                source=Source.REPLY,
                occurred_at=said.at,
                note=f"Reply #{said.reply.pk} reads like a revocation",
                evidence=evidence_of(said.reply),
            )
            for topic in sorted(targets - barred, key=lambda each: each or 0)
        )
    )


def ended_by(
    reply: Reply, number: OriginationNumber, carried: Sequence[Topic], reading: Reading
) -> list[Topic] | None:
    """Return the topics that a revocation ends; None for everything, now and later."""
    topics = topics_left_at(number, carried)
    meant = _topic_answered(reply, number)
    if meant is not None and meant not in topics:
        topics.append(meant)
    heard = Heard(
        [_offered(topic) for topic in topics], meant.pk if meant else None, _revokes_all(reply)
    )
    ids = topics_ended(reading, heard)
    return None if ids is None else [topic for topic in topics if topic.pk in ids]


def opt_outs(
    reply: Reply,
    ends: Sequence[Topic] | None,
    then: AsOf,
    occurred_at: datetime,
    *,
    recorded_by: int | None = None,
    note: str = "",
) -> tuple[EventDraft, ...]:
    """Return the opt-outs that change something: of all that the person stands on among these.

    Who stands on none of them leaves all of them, so that a later list cannot bring them in.
    """
    targets: list[int | None]
    if ends is None:
        targets = [None] if not _has_left_everything(then) else []
    else:
        stands = {topic.pk: then.stands(topic.pk).standing for topic in ends}
        targets = [pk for pk, standing in stands.items() if standing in ON]
        targets = targets or [
            pk for pk, standing in stands.items() if standing is not Standing.OPTED_OUT
        ]
    return tuple(
        EventDraft(
            contact=reply.contact_id,
            topic=topic,
            kind=EventKind.OPTED_OUT,
            source=Source.REPLY,
            occurred_at=occurred_at,
            recorded_by=recorded_by,
            note=note,
            evidence=evidence_of(reply),
        )
        for topic in targets
    )


def acknowledge(
    reply: Reply,
    number: OriginationNumber,
    carried: Sequence[Topic],
    topics: Sequence[Topic],
    events: Sequence[OptInEvent],
    *,
    is_new: bool = False,
) -> None:
    """Write the one text that says what has ended and, where the brand asks, what may be kept."""
    ended = [topic for topic in topics if topic.pk in {event.topic_id for event in events}]
    only = ended[0] if len(ended) == 1 else None
    body = outbox.words_for(MessageKind.STOP_CONFIRMATION, only, number)
    others = [topic for topic in carried if topic != only]
    if (
        only
        and not only.stop_text
        and others
        and Standing.OPTED_IN in standings(reply.contact_id, others).values()
    ):
        values = outbox.values_of(only, number.brand, number.message_class)
        body = wording.render(wording.STOP_ONE, values)
    if len(ended) > 1 and number.brand.stop_asks_which:
        names = ", ".join(topic.name for topic in ended)
        body = f"{body} To keep one, reply KEEP and its name: {names}."
    answer(MessageKind.STOP_CONFIRMATION, reply, number, only, events[0], body=body, is_new=is_new)


def _has_left_everything(then: AsOf) -> bool:
    left = then.stands(None).standing is Standing.OPTED_OUT
    return left and not any(then.stands(topic).standing in ON for topic in then.topics())


def _topic_answered(reply: Reply, number: OriginationNumber) -> Topic | None:
    """Return the topic of the text that a reply answers: by Amazon's id, or the last that left."""
    sent = Message.objects.filter(
        contact=reply.contact,
        origination_number=number,
        topic__isnull=False,
        status__in=COUNTED_AS_SENT,
    ).select_related("topic__brand")
    found = None
    if reply.previous_message_id:
        found = sent.filter(amazon_message_id=reply.previous_message_id).first()
    before = sent.filter(claimed_at__lte=reply.said_at)
    found = found or before.order_by("-claimed_at", "-pk").first()
    return found.topic if found else None


def _offered(topic: Topic) -> Offered:
    return Offered(
        topic.pk,
        topic.brand_id,
        topic.is_promotional,
        names_of(topic),
        topic.brand.stop_ends_one_topic,
    )


def names_of(topic: Topic) -> tuple[str, ...]:
    """Return what people may call a topic."""
    return (topic.name, *topic.opt_in_keywords)


def all_names(topics: Collection[Topic]) -> tuple[str, ...]:
    """Return what people may call any of these topics."""
    return tuple(name for topic in topics for name in names_of(topic))


def _revokes_all(reply: Reply) -> bool:
    """Say whether the rule of revoking all binds today; a rulebook without its row means yes."""
    if reply.contact.country not in AMERICAN:
        return False
    moment = clock.now()
    rows = [rule for rule in rulebook_in_force(moment).rules if rule.id == REVOKE_ALL]
    return not rows or any(rule.binds_at(moment) for rule in rows)
