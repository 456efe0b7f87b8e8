"""The facts that clearance reads, as they were at a past moment, each question at its own.

A fixed number of queries serves one question and a chunk of thousands alike (P9).
"""

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Generic, TypeVar

from django.db.models import Case, Model, Q, When
from django.db.models.functions import Coalesce

from campaigns.clearance import Facts, Suppression
from campaigns.clearance_asking import NOWHERE, Errand, Person, is_proven
from campaigns.clearance_blocks import ListedThen
from campaigns.clearance_facts import NOTHING_ON_THE_LEDGER, Ask, bar_of, given, stand_of
from campaigns.clearance_grounds import grounds_of
from campaigns.clearance_history import COUNTED, FILLED, LONGEST, SCHEDULED, Text, sent_before
from campaigns.clearance_silence import unanswered
from campaigns.models import Campaign, Message, OriginationNumber, Reply
from consent import phone_numbers, projection
from consent.models import Contact, OptInEvent, Topic
from consent.vocabulary import EventKind
from consent.whereabouts import Whereabouts, whereabouts

State = TypeVar("State")
Written = tuple[Text, datetime]
SENT_AT = Case(
    When(status__in=SCHEDULED, then="due_at"),
    default=Coalesce("claimed_at", "settled_at", "due_at"),
)
"""The moment for which a text was last cleared: its claim, or when it is due."""
_CARRIED = "historicaloriginationnumber_topics_set"
_PLACE = (
    *("number", "country", "state", "time_zones"),
    *("stated_time_zone", "stated_postal_code", "stated_place"),
)


def facts_then(asked: Sequence[tuple[Ask, datetime]], *, count_silence: bool = True) -> list[Facts]:
    """Return the facts of each question as they were at its moment, in order.

    The ledger is folded as things had happened by then, whenever they were recorded. Topics,
    numbers, campaigns and contacts are as their history has them; before it begins, as today.
    Texts that were cancelled or refused since have left no gap and fill none. Where no row asks how
    many went unanswered they need not be counted, and stay unknown.
    """
    past = _Past(asked, count_silence)
    return [past.facts(ask, moment) for ask, moment in asked]


def number_then(topic: int, moment: datetime) -> int | None:
    """Return the live number that a topic was sent from at a moment, or None; numbers are few."""
    pks = list(OriginationNumber.objects.order_by("pk").values_list("pk", flat=True))
    states = _numbers(pks)
    for pk in pks:
        number, carried = states.at(pk, moment) or (None, frozenset())
        if number is not None and number.live and topic in carried:
            return pk
    return None


class _States(Generic[State]):
    """What rows were at which moments: dated states, oldest first, and those of today."""

    def __init__(self, today: dict[int, State], dated: Iterable[tuple[int, datetime, State]]):
        self._today = today
        self._dated: dict[int, list[tuple[datetime, State]]] = defaultdict(list)
        for pk, since, state in dated:
            self._dated[pk].append((since, state))

    def at(self, pk: int | None, moment: datetime) -> State | None:
        """Return what the row was at that moment, or None where there is none."""
        if pk is None:
            return None
        for since, state in reversed(self._dated.get(pk, ())):
            if since <= moment:
                return state
        return self._today.get(pk)


class _Past:
    """All that the tables and their histories say of a set of questions, read at once."""

    def __init__(self, asked: Sequence[tuple[Ask, datetime]], count_silence: bool) -> None:
        self.errands: dict[Hashable, Errand] = {}
        contacts = sorted({ask.contact for ask, _ in asked})
        self.topics: _States[Any] = _rows(Topic, given(ask.topic for ask, _ in asked))
        self.campaigns: _States[Any] = _rows(Campaign, given(ask.campaign for ask, _ in asked))
        self.numbers = _numbers(given(ask.number for ask, _ in asked))
        self.places = _places(contacts)
        self.folded = projection.folded_at({(ask.contact, moment) for ask, moment in asked})
        column = projection.SUBSCRIPTION_COLUMNS.index("authorised_by_id")
        authorised: set[Any] = {
            row[column] for each in self.folded.values() for row in each.subscriptions.values()
        } - {None}
        self.roads = {
            pk: (source, list_of)
            for pk, source, list_of in OptInEvent.objects.filter(pk__in=authorised).values_list(
                "pk", "source", "contact_import_id"
            )
        }
        self.grounds = grounds_of(authorised)
        self.listed = ListedThen(self.folded)
        self.texts = _texts(contacts, [moment for _, moment in asked])
        self.silence = (
            unanswered((ask.contact, moment, ask.message) for ask, moment in asked)
            if count_silence
            else {}
        )
        self.opt_outs = set(
            OptInEvent.objects.filter(
                pk__in=given(ask.about_event for ask, _ in asked), kind=EventKind.OPTED_OUT
            ).values_list("pk", "contact_id")
        )
        self.replies = dict(
            Reply.objects.filter(pk__in=given(ask.answers for ask, _ in asked)).values_list(
                "pk", "contact_id"
            )
        )

    def facts(self, ask: Ask, moment: datetime) -> Facts:
        """Return the facts of one question at its moment."""
        acknowledged = (ask.about_event, ask.contact) in self.opt_outs
        return self._errand(ask, moment).facts(
            self._person(ask, moment),
            opted_out_event=ask.about_event if acknowledged else None,
            answers_reply=ask.answers is not None and self.replies.get(ask.answers) == ask.contact,
        )

    def _errand(self, ask: Ask, moment: datetime) -> Errand:
        topic = self.topics.at(ask.topic, moment)
        campaign = self.campaigns.at(ask.campaign, moment)
        number, carried = self.numbers.at(ask.number, moment) or (None, frozenset())
        key = (ask.kind, ask.topic, id(topic), id(number), id(campaign))  # all live as long as we
        if key not in self.errands:
            self.errands[key] = Errand(
                ask.kind, topic, number, campaign, number_carries_topic=ask.topic in carried
            )
        return self.errands[key]

    def _person(self, ask: Ask, moment: datetime) -> Person:
        folded = self.folded[ask.contact, moment]
        rows, key = folded.subscriptions, (ask.contact, ask.topic)
        row = rows.get(key) or rows.get((ask.contact, None))
        stand = stand_of(_columns(row)) if row else NOTHING_ON_THE_LEDGER
        source, list_of = self.roads.get(stand.authorised_by or 0, (None, None))
        texts = [
            Text(text.pk, text.topic, text.brand, text.at > moment, text.at)
            for text, created_at in self.texts.get(ask.contact, ())
            if created_at <= moment and text.at > moment - LONGEST
        ]
        topic = self.topics.at(ask.topic, moment)
        return Person(
            stand,
            is_proven(source, by_list=list_of is not None),
            self.places.at(ask.contact, moment) or NOWHERE,
            _bars(folded, ask),
            self.grounds.get(stand.authorised_by or 0),
            sent_on_topic=sent_before(texts, message=ask.message, topic=ask.topic),
            sent_of_brand=sent_before(
                texts, message=ask.message, brand=topic.brand_id if topic else None
            ),
            sent_at_all=sent_before(texts, message=ask.message),
            unanswered=self.silence.get((ask.contact, moment, ask.message)),
            on_amazons_list=self.listed.at(ask.contact, moment),
        )


def _columns(row: tuple[object, ...]) -> dict[str, Any]:
    return dict(zip(projection.SUBSCRIPTION_COLUMNS, row, strict=True))


def _bars(folded: projection.Projected, ask: Ask) -> tuple[Suppression, ...]:
    found = []
    for topic in dict.fromkeys((None, ask.topic)):
        row = folded.suppressions.get((ask.contact, topic))
        if row is not None:
            kept: dict[str, Any] = dict(zip(projection.SUPPRESSION_COLUMNS, row, strict=True))
            found.append(bar_of(topic, kept["reason"], kept["expires_at"]))
    return tuple(found)


def _rows(model: type[Model], pks: Collection[int]) -> _States[Any]:
    history: Any = model.history.filter(id__in=pks).order_by("history_date", "history_id")  # type: ignore[attr-defined]
    return _States(
        model._default_manager.in_bulk(pks),
        ((row.id, row.history_date, row.instance) for row in history),
    )


def _numbers(pks: Collection[int]) -> _States[tuple[OriginationNumber, frozenset[int]]]:
    today: dict[int, set[int]] = defaultdict(set)
    for number, topic in OriginationNumber.topics.through.objects.filter(
        originationnumber_id__in=pks
    ).values_list("originationnumber_id", "topic_id"):
        today[number].add(topic)
    history = OriginationNumber.history.filter(id__in=pks).prefetch_related(_CARRIED)
    return _States(
        {
            pk: (row, frozenset(today[pk]))
            for pk, row in OriginationNumber.objects.in_bulk(pks).items()
        },
        (
            (row.id, row.history_date, (row.instance, frozenset(_topics_of(row))))
            for row in history.order_by("history_date", "history_id")
        ),
    )


def _topics_of(row: Any) -> Iterable[int]:
    return (each.topic_id for each in getattr(row, _CARRIED).all())


def _places(contacts: Collection[int]) -> _States[Whereabouts]:
    known: dict[tuple[object, ...], Whereabouts] = {}

    def place(number: str, country: str, state: str, zones: Any, *stated: str) -> Any:
        # Thousands share a place; only +1 is ever read of a number whose country is unknown
        key = (number[:2], country, state, *zones, "", *stated)
        if key not in known:
            known[key] = whereabouts(
                phone_numbers.PhoneNumber(number, country, state, tuple(zones)), *stated
            )
        return known[key]

    rows = Contact.objects.filter(pk__in=contacts).values_list("pk", *_PLACE)
    history = Contact.history.filter(id__in=contacts).order_by("history_date", "history_id")
    return _States(
        {pk: place(*columns) for pk, *columns in rows},
        (
            (pk, since, place(*columns))
            for pk, since, *columns in history.values_list("id", "history_date", *_PLACE)
        ),
    )


def _texts(
    contacts: Collection[int], moments: Sequence[datetime]
) -> Mapping[int, Sequence[Written]]:
    """Return each contact's counted texts with when they were written."""
    if not moments:
        return {}
    rows = (
        Message.objects.filter(
            Q(settled_at=None) | Q(settled_at__gt=min(moments) - LONGEST),
            status__in=[*FILLED, *SCHEDULED],
            created_at__lte=max(moments),
            contact_id__in=contacts,
            kind__in=COUNTED,
            answers=None,
        )
        .annotate(at=SENT_AT)
        .values_list("contact_id", "pk", "topic_id", "topic__brand_id", "created_at", "at")
    )
    found: dict[int, list[Written]] = defaultdict(list)
    for contact, pk, topic, brand, created_at, at in rows:
        found[contact].append((Text(pk, topic, brand, False, at), created_at))
    return found
