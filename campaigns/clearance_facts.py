"""The only bridge from tables to the facts that clearance reads.

A fixed number of queries serves one contact and a chunk of thousands alike (P9).
"""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from campaigns.clearance import Clearance, Facts, decide, pack
from campaigns.clearance import Suppression as Bar
from campaigns.clearance_asking import NOWHERE, Errand, Person, Stand, is_proven
from campaigns.clearance_history import grounds_of, sent_before, texts_of
from campaigns.clearance_likeness import alike
from campaigns.clearance_silence import unanswered
from campaigns.house_policy import rulebook_in_force
from campaigns.models import Campaign, Message, OriginationNumber, Reply
from campaigns.rulebook.rows import Rulebook
from campaigns.vocabulary import MessageKind
from consent import clock, phone_numbers, projection
from consent.models import Contact, OptInEvent, Subscription, Suppression, Topic
from consent.vocabulary import EventKind, Standing
from consent.whereabouts import whereabouts


@dataclass(frozen=True, slots=True)
class Ask:
    """One question to clearance: may this sort of text go to this contact? All are ids."""

    kind: MessageKind
    contact: int
    topic: int | None
    number: int | None
    campaign: int | None = None
    about_event: int | None = None
    answers: int | None = None
    message: int | None = None


NOTHING_ON_THE_LEDGER = Stand(Standing.UNKNOWN, None, None, confirmed=False)


def facts_for(messages: Iterable[Message]) -> dict[int, Facts]:
    """Return the facts of messages by their pk."""
    rows = list(messages)
    asks = [
        Ask(
            MessageKind(row.kind),
            row.contact_id,
            row.topic_id,
            row.origination_number_id,
            row.campaign_id,
            row.about_event_id,
            row.answers_id,
            row.pk,
        )
        for row in rows
    ]
    return {row.pk: facts for row, facts in zip(rows, facts_of(asks), strict=True)}


def facts_of(asks: Sequence[Ask], *, as_of: datetime | None = None) -> list[Facts]:
    """Return the facts of each question, in order.

    With `as_of` standings and suppressions are folded from the ledger as they were at that moment;
    topics, numbers and contacts are those of today.
    """
    tables = _Tables(asks, as_of)
    return [tables.facts(ask) for ask in asks]


class Decisions:
    """Decide each distinct combination of facts once, at one moment.

    People differ in the events that authorise them, hardly in anything that a rule weighs.
    """

    def __init__(self, moment: datetime, rulebook: Rulebook | None = None) -> None:
        self.moment = moment
        self.rulebook = rulebook or rulebook_in_force(moment)
        self._made: dict[Hashable, tuple[Clearance, dict[str, Any]]] = {}

    def of(self, facts: Facts) -> tuple[Clearance, dict[str, Any]]:
        """Return the clearance of these facts, and the same packed to be kept."""
        shared = alike(facts, self.rulebook, self.moment)
        if shared not in self._made:
            made = decide(shared, self.rulebook, self.moment)
            self._made[shared] = (made, pack(made, shared))
        clearance, packed = self._made[shared]
        if clearance.authorised_by is None:
            return clearance, packed
        return (
            replace(clearance, authorised_by=facts.authorising_event),
            packed | {"a": facts.authorising_event},
        )

    def forget(self) -> None:
        """Let go of what was decided, so that memory stays flat."""
        self._made.clear()


class _Tables:
    """What the tables say of a set of questions, read at once."""

    def __init__(self, asks: Sequence[Ask], as_of: datetime | None) -> None:
        self.errands: dict[Hashable, Errand] = {}
        contacts = sorted({ask.contact for ask in asks})
        topics = given(ask.topic for ask in asks)
        numbers = given(ask.number for ask in asks)
        self.topics = Topic.objects.in_bulk(topics)
        self.numbers = OriginationNumber.objects.in_bulk(numbers)
        self.carried = set(
            OriginationNumber.topics.through.objects.filter(
                originationnumber_id__in=numbers
            ).values_list("originationnumber_id", "topic_id")
        )
        self.campaigns = Campaign.objects.in_bulk(given(ask.campaign for ask in asks))
        self.places = {
            pk: whereabouts(
                phone_numbers.PhoneNumber(number, country, state, tuple(zones)), *stated
            )
            for pk, number, country, state, zones, *stated in Contact.objects.filter(
                pk__in=contacts
            ).values_list(
                *("pk", "number", "country", "state", "time_zones"),
                *("stated_time_zone", "stated_postal_code", "stated_place"),
            )
        }
        if as_of is None:
            self._read_projections(contacts, topics)
        else:
            self._fold(contacts, as_of)
        self.roads = {
            pk: (source, list_of)
            for pk, source, list_of in OptInEvent.objects.filter(
                pk__in=given(stand.authorised_by for stand in self.standings.values())
            ).values_list("pk", "source", "contact_import_id")
        }
        self.grounds = grounds_of(given(stand.authorised_by for stand in self.standings.values()))
        moment = as_of or clock.now()
        self.texts = texts_of(contacts, moment)
        self.silence = unanswered((ask.contact, moment, ask.message) for ask in asks)
        self.moment = moment
        self.opt_outs = set(
            OptInEvent.objects.filter(
                pk__in=given(ask.about_event for ask in asks), kind=EventKind.OPTED_OUT
            ).values_list("pk", "contact_id")
        )
        self.replies = dict(
            Reply.objects.filter(pk__in=given(ask.answers for ask in asks)).values_list(
                "pk", "contact_id"
            )
        )

    def facts(self, ask: Ask) -> Facts:
        acknowledged = (ask.about_event, ask.contact) in self.opt_outs
        return self._errand(ask).facts(
            self._person(ask),
            opted_out_event=ask.about_event if acknowledged else None,
            answers_reply=ask.answers is not None and self.replies.get(ask.answers) == ask.contact,
        )

    def _errand(self, ask: Ask) -> Errand:
        key = (ask.kind, ask.topic, ask.number, ask.campaign)
        if key not in self.errands:
            self.errands[key] = Errand(
                ask.kind,
                self.topics.get(ask.topic or 0),
                self.numbers.get(ask.number or 0),
                self.campaigns.get(ask.campaign or 0),
                number_carries_topic=(ask.number, ask.topic) in self.carried,
            )
        return self.errands[key]

    def _person(self, ask: Ask) -> Person:
        stand = self.standings.get(
            (ask.contact, ask.topic),
            self.standings.get((ask.contact, None), NOTHING_ON_THE_LEDGER),
        )
        source, list_of = self.roads.get(stand.authorised_by or 0, (None, None))
        texts = self.texts.get(ask.contact, ())
        return Person(
            stand,
            is_proven(source, by_list=list_of is not None),
            self.places.get(ask.contact, NOWHERE),
            tuple(self.bars.get((ask.contact, None), ()))
            + (tuple(self.bars.get((ask.contact, ask.topic), ())) if ask.topic else ()),
            self.grounds.get(stand.authorised_by or 0),
            sent_on_topic=sent_before(texts, message=ask.message, topic=ask.topic),
            sent_of_brand=sent_before(texts, message=ask.message, brand=self._brand(ask)),
            sent_at_all=sent_before(texts, message=ask.message),
            unanswered=self.silence[ask.contact, self.moment, ask.message],
        )

    def _brand(self, ask: Ask) -> int | None:
        topic = self.topics.get(ask.topic or 0)
        return topic.brand_id if topic else None

    def _read_projections(self, contacts: Sequence[int], topics: Iterable[int]) -> None:
        of_every_topic = {None, *topics}
        standings = Subscription.objects.filter(contact_id__in=contacts).values_list(
            "contact_id", "topic_id", "standing", "authorised_by_id", "opted_out_by_id", "confirmed"
        )
        self.standings: dict[tuple[int, int | None], Stand] = {
            (contact, topic): Stand(Standing(standing), event, opt_out, confirmed)
            for contact, topic, standing, event, opt_out, confirmed in standings
            if topic in of_every_topic
        }
        self.bars: dict[tuple[int, int | None], tuple[Bar, ...]] = {
            (contact, topic): (bar_of(topic, reason, expires_at),)
            for contact, topic, reason, expires_at in Suppression.objects.filter(
                contact_id__in=contacts
            ).values_list("contact_id", "topic_id", "reason", "expires_at")
        }

    def _fold(self, contacts: Sequence[int], as_of: datetime) -> None:
        folded = projection.folded(contacts, as_of)
        self.standings = {
            key: stand_of(dict(zip(projection.SUBSCRIPTION_COLUMNS, row, strict=True)))
            for key, row in folded.subscriptions.items()
        }
        self.bars = {}
        for (contact, topic), row in folded.suppressions.items():
            kept: dict[str, Any] = dict(zip(projection.SUPPRESSION_COLUMNS, row, strict=True))
            self.bars[contact, topic] = (bar_of(topic, kept["reason"], kept["expires_at"]),)


def stand_of(row: dict[str, Any]) -> Stand:
    """Return a subscription's columns as what clearance reads of them."""
    return Stand(
        Standing(row["standing"]), row["authorised_by_id"], row["opted_out_by_id"], row["confirmed"]
    )


def bar_of(topic: int | None, reason: str, until: datetime | None) -> Bar:
    """Return a suppression as what clearance reads of it."""
    return Bar("topic" if topic else "all", reason, until)


def given(ids: Iterable[int | None]) -> set[int]:
    """Return the ids that there are."""
    return {each for each in ids if each is not None}
