"""The facts that clearance reads, as they were at a past moment, each question at its own.

A fixed number of queries serves one question and a chunk of thousands alike (P9).
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Generic, TypeVar

from django.db.models import Case, Model, Q, When
from django.db.models.functions import Coalesce

from campaigns.clearance import Facts
from campaigns.clearance_facts import NOWHERE, Ask, _bar, _given, _stand, _Tables
from campaigns.clearance_history import COUNTED, FILLED, LONGEST, SCHEDULED, grounds_of
from campaigns.models import Campaign, Message, OriginationNumber, Reply
from consent import phone_numbers, projection
from consent.models import Contact, OptInEvent, Topic
from consent.vocabulary import EventKind
from consent.whereabouts import Whereabouts, whereabouts

State = TypeVar("State")
Text = tuple[int, int | None, datetime, datetime]
SENT_AT = Case(
    When(status__in=SCHEDULED, then="due_at"),
    default=Coalesce("claimed_at", "settled_at", "due_at"),
)
"""The moment for which a text was last cleared: its claim, or when it is due."""
_CARRIED = "historicaloriginationnumber_topics_set"
_PLACE = ("number", "country", "state", "time_zones", "stated_time_zone", "stated_postal_code")


def facts_then(asked: Sequence[tuple[Ask, datetime]]) -> list[Facts]:
    """Return the facts of each question as they were at its moment, in order.

    The ledger is folded as things had happened by then, whenever they were recorded. Topics,
    numbers, campaigns and contacts are as their history has them; before it begins, as today.
    Texts that were cancelled or refused since have left no gap and fill none.
    """
    past = _Past(asked)
    return [_Then(past, ask, moment).facts(ask) for ask, moment in asked]


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

    def __init__(self, asked: Sequence[tuple[Ask, datetime]]) -> None:
        contacts = sorted({ask.contact for ask, _ in asked})
        self.topics: _States[Any] = _rows(Topic, _given(ask.topic for ask, _ in asked))
        self.campaigns: _States[Any] = _rows(Campaign, _given(ask.campaign for ask, _ in asked))
        self.numbers = _numbers(_given(ask.number for ask, _ in asked))
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
        self.texts = _texts(contacts, [moment for _, moment in asked])
        self.opt_outs = set(
            OptInEvent.objects.filter(
                pk__in=_given(ask.about_event for ask, _ in asked), kind=EventKind.OPTED_OUT
            ).values_list("pk", "contact_id")
        )
        self.replies = dict(
            Reply.objects.filter(pk__in=_given(ask.answers for ask, _ in asked)).values_list(
                "pk", "contact_id"
            )
        )


class _Then(_Tables):
    """What the tables said of one question at its moment; what they mean is said elsewhere."""

    def __init__(self, past: _Past, ask: Ask, moment: datetime) -> None:
        # Nothing is read here: the tables of a whole chunk were
        number, carried = past.numbers.at(ask.number, moment) or (None, frozenset())
        self.topics = _named(ask.topic, past.topics.at(ask.topic, moment))
        self.numbers = _named(ask.number, number)
        self.carried = {(ask.number or 0, topic) for topic in carried}
        self.campaigns = _named(ask.campaign, past.campaigns.at(ask.campaign, moment))
        self.places = {ask.contact: past.places.at(ask.contact, moment) or NOWHERE}
        folded = past.folded[ask.contact, moment]
        self.standings = {
            key: _stand(dict(zip(projection.SUBSCRIPTION_COLUMNS, row, strict=True)))
            for key, row in folded.subscriptions.items()
            if key[1] in {ask.topic, None}
        }
        self.bars = {}
        for (contact, topic), row in folded.suppressions.items():
            kept: dict[str, Any] = dict(zip(projection.SUPPRESSION_COLUMNS, row, strict=True))
            self.bars[contact, topic] = (_bar(topic, kept["reason"], kept["expires_at"]),)
        self.roads, self.grounds = past.roads, past.grounds
        self.opt_outs, self.replies = past.opt_outs, past.replies
        self.texts = {
            ask.contact: tuple(
                (pk, topic, at > moment, at)
                for pk, topic, created_at, at in past.texts.get(ask.contact, ())
                if created_at <= moment and at > moment - LONGEST
            )
        }


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

    def place(number: str, country: str, state: str, zones: Any, stated: str, code: str) -> Any:
        # Thousands share a place; only +1 is ever read of a number whose country is unknown
        key = (number[:2], country, state, *zones, "", stated, code)
        if key not in known:
            known[key] = whereabouts(
                phone_numbers.PhoneNumber(number, country, state, tuple(zones)),
                time_zone=stated,
                postal_code=code,
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


def _texts(contacts: Collection[int], moments: Sequence[datetime]) -> Mapping[int, Sequence[Text]]:
    """Return each contact's counted texts as pk, topic, when written, and when sent or due."""
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
        .values_list("contact_id", "pk", "topic_id", "created_at", "at")
    )
    found: dict[int, list[Text]] = defaultdict(list)
    for contact, *text in rows:
        found[contact].append(tuple(text))
    return found


def _named(pk: int | None, state: Any) -> dict[int, Any]:
    return {} if pk is None or state is None else {pk: state}
