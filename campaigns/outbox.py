"""Write the single texts that the software owes people; campaigns have `campaigns.audience`."""

import logging
from collections.abc import Mapping
from datetime import timedelta

from django.conf import settings
from django.db.models import Exists, OuterRef

from campaigns import amazon_blocks, wording
from campaigns.models import Message, OriginationNumber, Reply
from campaigns.vocabulary import MessageKind
from consent import clock, ledger
from consent.models import Brand, Contact, OptInEvent, Subscription, Topic
from consent.vocabulary import EventKind, Standing

logger = logging.getLogger(__name__)

K = MessageKind

PRIORITY = {
    K.STOP_CONFIRMATION: 1,
    K.HELP_REPLY: 1,
    K.ANSWER: 2,
    K.CONFIRMATION_REQUEST: 3,
    K.WELCOME: 3,
    K.CAMPAIGN: 5,
    K.LIST_AUDIT: 7,
}

# The topic's own words for a kind; where staff left them empty the tested default serves
WORDS_OF_TOPIC = {
    K.CONFIRMATION_REQUEST: "confirmation_request_text",
    K.WELCOME: "welcome_text",
    K.HELP_REPLY: "help_text",
    K.STOP_CONFIRMATION: "stop_text",
    K.LIST_AUDIT: "reminder_text",
}


class NoNumber(Exception):  # noqa: N818  reads as what it is where it is caught
    """No live origination number carries the topic, so nothing can be sent for it."""


def enqueue(
    *,
    kind: MessageKind,
    contact: Contact,
    topic: Topic | None,
    number: OriginationNumber | None = None,
    about_event: OptInEvent | None = None,
    answers: Reply | None = None,
    body: str = "",
    keyword: str = "",
    is_new: bool = False,
) -> Message:
    """Write one text to be sent, once per event or reply and kind; return its row, new or not.

    `is_new`: the event and the reply were recorded by this transaction, so nobody came first.

    Without `body` the words are the topic's, or the tested default, filled in from the records;
    without a topic they are the number's brand's. Without `number` the topic's live one is taken;
    raises `NoNumber` where there is none. The caller wakes the sender: `tasks.wake`.
    """
    if number is None:
        number = OriginationNumber.objects.for_topic(topic) if topic else None
    if number is None:
        raise NoNumber(f"Topic {topic.pk if topic else None} has no live origination number.")
    text = body or words_for(kind, topic, number, keyword=keyword)
    moment = clock.now()
    if kind is K.WELCOME:
        amazon_blocks.ask_soon([contact.pk], moment)  # the claim waits for the answer
    row = Message(
        contact=contact,
        topic=topic,
        origination_number=number,
        kind=kind,
        body=text,
        parts=wording.parts(text).parts,
        priority=PRIORITY[kind],
        about_event=about_event,
        answers=answers,
        due_at=moment,
        created_at=moment,
    )
    if is_new or (about_event is None and answers is None):
        row.save(force_insert=True)
        return row
    # Who comes second finds the first one's row: a task run twice writes one text (P6)
    Message.objects.bulk_create([row], ignore_conflicts=True)
    if answers is not None:
        found = Message.objects.filter(answers=answers, kind=kind).first()
        if found is not None:
            return found
    return Message.objects.get(about_event=about_event, kind=kind)


def words_for(
    kind: MessageKind, topic: Topic | None, number: OriginationNumber, *, keyword: str = ""
) -> str:
    """Return the words of a single text, filled in from the records.

    Where the topic's own words hold a placeholder that nothing fills, the tested default serves:
    a slip in one text must not keep a STOP unanswered or hold up everybody else's requests.
    """
    own = getattr(topic, WORDS_OF_TOPIC[kind]) if topic else ""
    values = values_of(topic, number.brand, number.message_class, keyword=keyword)
    try:
        return wording.render(own or wording.DEFAULTS[kind.value], values)
    except wording.UnknownPlaceholder:
        logger.error("Topic %s: its %s cannot be filled in", topic.pk if topic else None, kind)
        return wording.render(wording.DEFAULTS[kind.value], values)


def values_of(
    topic: Topic | None, brand: Brand, message_class: str, *, keyword: str = ""
) -> Mapping[str, str]:
    """Return what fills the placeholders of a topic's texts, or of a brand's where none is."""
    brand = topic.brand if topic else brand
    return wording.values_for(
        brand=brand.name,
        topic=topic.name if topic else "",
        message_class=topic.message_class if topic else message_class,
        frequency_count=topic.frequency_count if topic else None,
        frequency_unit=topic.frequency_unit if topic else "",
        email=brand.support_email,
        phone=brand.support_phone,
        keyword=keyword or (topic.opt_in_keywords[0] if topic and topic.opt_in_keywords else ""),
    )


def ask_for_confirmation(event: OptInEvent) -> Message | None:
    """Write the text that a request calls for; None where the request no longer stands.

    That is the question for YES, or the welcome to somebody whom the topic takes in at once.
    """
    if event.topic is None:
        return None
    ledger.hold([event.contact_id])
    stands = Subscription.objects.filter(contact=event.contact, topic=event.topic)
    if stands.filter(standing=Standing.PENDING, requested_by=event).exists():
        kind = K.CONFIRMATION_REQUEST
    elif stands.filter(standing=Standing.OPTED_IN, authorised_by=event).exists():
        kind = K.WELCOME
    else:
        return None
    return enqueue(kind=kind, contact=event.contact, topic=event.topic, about_event=event)


def requests_without_text(limit: int = 500) -> list[int]:
    """Return the events of pending requests that nobody was texted about, oldest first (P6).

    Those of topics that no live number carries are left out: they would crowd the others out.
    """
    asked = Message.objects.filter(
        about_event=OuterRef("requested_by"), kind=K.CONFIRMATION_REQUEST
    )
    # A reply that arrives late may bring back an earlier request: its question has been asked
    asked_since = Message.objects.filter(
        contact=OuterRef("contact"),
        topic=OuterRef("topic"),
        kind=K.CONFIRMATION_REQUEST,
        created_at__gte=OuterRef("since"),
    )
    since = clock.now() - timedelta(hours=settings.OPT_IN_LAPSE_HOURS)
    return list(
        Subscription.objects.filter(
            ~Exists(asked),
            ~Exists(asked_since),
            Exists(OriginationNumber.objects.filter(topics=OuterRef("topic"), live=True)),
            standing=Standing.PENDING,
            since__gte=since,
            requested_by__kind=EventKind.REQUESTED,
        )
        .order_by("since")
        .values_list("requested_by", flat=True)[:limit]
    )
