"""The only bridge from tables to the facts that clearance reads.

A fixed number of queries serves one contact and a chunk of thousands alike (P9).
"""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from campaigns.clearance import Clearance, Facts, Outcome, decide, pack
from campaigns.clearance import Suppression as Bar
from campaigns.clearance_asking import NOWHERE, Errand, Person, Stand, is_proven
from campaigns.clearance_blocks import ListedThen, listed_now
from campaigns.clearance_grounds import grounds_and_roads_of
from campaigns.clearance_history import sent_before, texts_of
from campaigns.clearance_likeness import alike
from campaigns.clearance_silence import unanswered
from campaigns.house_policy import rulebook_in_force
from campaigns.models import Campaign, Message, OriginationNumber
from campaigns.rulebook.rows import Rulebook
from campaigns.statements import Record, records, rows
from campaigns.vocabulary import MessageKind
from consent import clock, phone_numbers, projection
from consent.models import Topic
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


PLACES = """
    SELECT id, number, country, state, time_zones,
           stated_time_zone, stated_postal_code, stated_place
    FROM consent_contact WHERE id = ANY(%(contacts)s)
"""
STANDINGS = """
    SELECT contact_id, topic_id, standing, authorised_by_id, opted_out_by_id, confirmed
    FROM consent_subscription
    WHERE contact_id = ANY(%(contacts)s) AND (topic_id IS NULL OR topic_id = ANY(%(topics)s))
"""
BARS = """
    SELECT contact_id, topic_id, reason, expires_at
    FROM consent_suppression WHERE contact_id = ANY(%(contacts)s)
"""
CARRIED = """
    SELECT originationnumber_id, topic_id
    FROM campaigns_originationnumber_topics WHERE originationnumber_id = ANY(%(numbers)s)
"""
OPT_OUTS = """
    SELECT id, contact_id FROM consent_optinevent WHERE id = ANY(%(ids)s) AND kind = %(kind)s
"""
REPLIES = "SELECT id, contact_id FROM campaigns_reply WHERE id = ANY(%(ids)s)"


def facts_for(messages: Iterable[Message], *, count_silence: bool = True) -> dict[int, Facts]:
    """Return the facts of messages by their pk.

    Where no row asks how many texts went unanswered they need not be counted. The messages get
    the topics and campaigns that were read, so that nobody reads them again.
    """
    messages = list(messages)
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
        for row in messages
    ]
    tables = _Tables(asks, None, count_silence=count_silence)
    for row in messages:
        if row.topic_id in tables.topics:
            row.topic = tables.topics[row.topic_id]
        if row.campaign_id in tables.campaigns:
            row.campaign = tables.campaigns[row.campaign_id]
    return {row.pk: tables.facts(ask) for row, ask in zip(messages, asks, strict=True)}


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
        clearance, packed = self._shared(facts)
        if clearance.authorised_by is None:
            return clearance, packed
        return (
            replace(clearance, authorised_by=facts.authorising_event),
            packed | {"a": facts.authorising_event},
        )

    def outcome(self, facts: Facts) -> Outcome:
        """Return no more than what the clearance of these facts comes to."""
        return self._shared(facts)[0].outcome

    def _shared(self, facts: Facts) -> tuple[Clearance, dict[str, Any]]:
        shared = alike(facts, self.rulebook, self.moment)
        if shared not in self._made:
            made = decide(shared, self.rulebook, self.moment)
            self._made[shared] = (made, pack(made, shared))
        return self._made[shared]

    def forget(self) -> None:
        """Let go of what was decided, so that memory stays flat."""
        self._made.clear()


class _Tables:
    """What the tables say of a set of questions, read at once."""

    def __init__(
        self, asks: Sequence[Ask], as_of: datetime | None, *, count_silence: bool = True
    ) -> None:
        self.errands: dict[Hashable, Errand] = {}
        contacts = sorted({ask.contact for ask in asks})
        topics = given(ask.topic for ask in asks)
        numbers = given(ask.number for ask in asks)
        self.topics = _by_pk(Topic, topics)
        self.numbers = _by_pk(OriginationNumber, numbers)
        self.carried = set(rows(CARRIED, numbers=list(numbers)))
        self.campaigns = _by_pk(Campaign, given(ask.campaign for ask in asks))
        self.places = {
            pk: whereabouts(
                phone_numbers.PhoneNumber(number, country, state, tuple(zones)), *stated
            )
            for pk, number, country, state, zones, *stated in rows(PLACES, contacts=contacts)
        }
        if as_of is None:
            self._read_projections(contacts, topics)
        else:
            self._fold(contacts, as_of)
        self.grounds, self.roads = grounds_and_roads_of(
            given(stand.authorised_by for stand in self.standings.values())
        )
        moment = as_of or clock.now()
        self.texts = texts_of(contacts, moment)
        self.silence = (
            unanswered((ask.contact, moment, ask.message) for ask in asks) if count_silence else {}
        )
        self.moment = moment
        events = list(given(ask.about_event for ask in asks))
        self.opt_outs = (
            set(rows(OPT_OUTS, ids=events, kind=EventKind.OPTED_OUT.value)) if events else set()
        )
        answered = list(given(ask.answers for ask in asks))
        self.replies = dict(rows(REPLIES, ids=answered)) if answered else {}

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
            unanswered=self.silence.get((ask.contact, self.moment, ask.message)),
            on_amazons_list=self.listed.get(ask.contact, ()),
        )

    def _brand(self, ask: Ask) -> int | None:
        topic = self.topics.get(ask.topic or 0)
        return topic.brand_id if topic else None

    def _read_projections(self, contacts: Sequence[int], topics: Iterable[int]) -> None:
        self.standings: dict[tuple[int, int | None], Stand] = {
            (contact, topic): Stand(Standing(standing), event, opt_out, confirmed)
            for contact, topic, standing, event, opt_out, confirmed in rows(
                STANDINGS, contacts=contacts, topics=list(topics)
            )
        }
        self.bars: dict[tuple[int, int | None], tuple[Bar, ...]] = {
            (contact, topic): (bar_of(topic, reason, expires_at),)
            for contact, topic, reason, expires_at in rows(BARS, contacts=contacts)
        }
        self.listed = listed_now(contacts)

    def _fold(self, contacts: Sequence[int], as_of: datetime) -> None:
        folded = projection.folded_at({(contact, as_of) for contact in contacts})
        self.standings = {
            key: stand_of(dict(zip(projection.SUBSCRIPTION_COLUMNS, row, strict=True)))
            for each in folded.values()
            for key, row in each.subscriptions.items()
        }
        self.bars = {}
        for each in folded.values():
            for (contact, topic), row in each.suppressions.items():
                kept: dict[str, Any] = dict(zip(projection.SUPPRESSION_COLUMNS, row, strict=True))
                self.bars[contact, topic] = (bar_of(topic, kept["reason"], kept["expires_at"]),)
        then = ListedThen(folded)
        self.listed = {contact: then.at(contact, as_of) for contact in contacts}


def stand_of(row: dict[str, Any]) -> Stand:
    """Return a subscription's columns as what clearance reads of them."""
    return Stand(
        Standing(row["standing"]), row["authorised_by_id"], row["opted_out_by_id"], row["confirmed"]
    )


def bar_of(topic: int | None, reason: str, until: datetime | None) -> Bar:
    """Return a suppression as what clearance reads of it."""
    return Bar("topic" if topic else "all", reason, until)


def _by_pk(model: type[Record], ids: Iterable[int]) -> dict[int, Record]:
    found = list(ids)
    if not found:
        return {}
    return {row.pk: row for row in records(model, "WHERE id = ANY(%(ids)s)", ids=found)}


def given(ids: Iterable[int | None]) -> set[int]:
    """Return the ids that there are."""
    return {each for each in ids if each is not None}
