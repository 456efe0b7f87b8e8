"""Decide again in bulk: texts and audiences, each at its own moment, by any rulebook.

Chunks come in order of ids and nothing is kept from one to the next but counts (P9).
"""

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import Q, QuerySet

from campaigns.clearance import Clearance, Facts, Verdict, VerdictOutcome, decide
from campaigns.clearance_facts import Ask
from campaigns.likeness import Likeness
from campaigns.models import Campaign, Message
from campaigns.past_facts import facts_then, sent_at
from campaigns.rulebook.rows import Rulebook
from campaigns.vocabulary import MessageKind
from consent import clock
from consent.models import Subscription

CHUNK = 2500
REMEMBERED = 20_000  # decisions; what is older is decided again, so that memory stays flat

Asked = tuple[Ask, datetime]
Chunk = Sequence[tuple[Ask, datetime, Facts]]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a decision comes to: `failing` are all that speak against it, the decisive one first."""

    clearance: Clearance
    failing: tuple[Verdict, ...]


class Decided:
    """Decide each distinct case once by one rulebook."""

    def __init__(self, rulebook: Rulebook) -> None:
        self.rulebook = rulebook
        self._likeness = Likeness(rulebook)
        self._made: dict[Hashable, Answer] = {}
        self.decided = 0

    def of(self, facts: Facts, moment: datetime) -> Answer:
        """Return what the rulebook says; its authorising event stands for any."""
        case = self._likeness.of(facts, moment)
        found = self._made.get(case)
        if found is None:
            if len(self._made) >= REMEMBERED:
                self._made.clear()
            clearance = decide(case[0], self.rulebook, case[1])
            found = self._made[case] = Answer(clearance, _failing(clearance))
            self.decided += 1
        return found


def _failing(clearance: Clearance) -> tuple[Verdict, ...]:
    against = [
        each
        for outcome in (VerdictOutcome.REFUSE, VerdictOutcome.HOLD)
        for each in clearance.verdicts
        if each.outcome is outcome
    ]
    return tuple(against)


def of_messages(messages: QuerySet[Message]) -> Iterator[Chunk]:
    """Yield texts with the facts of the moment for which each was cleared, a chunk at a time."""
    rows = messages.order_by("pk").only(
        *("kind", "contact_id", "topic_id", "origination_number_id", "campaign_id"),
        *("about_event_id", "answers_id", "status"),
        *("created_at", "due_at", "claimed_at", "settled_at"),
    )
    last, now = 0, clock.now()
    while found := list(rows.filter(pk__gt=last)[:CHUNK]):
        last = found[-1].pk
        yield _with_facts([(_ask(row), _moment(row, now)) for row in found])


def of_audience(campaign: Campaign, moment: datetime) -> Iterator[Chunk]:
    """Yield the people whom a campaign would reach, at one moment, as if it were approved."""
    people = Subscription.objects.opted_in(campaign.topic).order_by("contact_id")
    last = 0
    while found := list(
        people.filter(contact_id__gt=last).values_list("contact_id", flat=True)[:CHUNK]
    ):
        last = found[-1]
        number, topic = campaign.origination_number_id, campaign.topic_id
        asked = [
            (Ask(MessageKind.CAMPAIGN, person, topic, number, campaign.pk), moment)
            for person in found
        ]
        yield [
            (ask, at, replace(facts, campaign_approved=True))
            for ask, at, facts in _with_facts(asked)
        ]


def sent_between(since: datetime | None, until: datetime | None) -> Q:
    """Return the condition that a text was claimed from a moment on, up to but not another."""
    dates = Q()
    if since:
        dates &= Q(claimed_at__gte=since)
    if until:
        dates &= Q(claimed_at__lt=until)
    return dates


def _with_facts(asked: Sequence[Asked]) -> Chunk:
    return [
        (ask, moment, facts) for (ask, moment), facts in zip(asked, facts_then(asked), strict=True)
    ]


def _ask(row: Message) -> Ask:
    return Ask(
        MessageKind(row.kind),
        row.contact_id,
        row.topic_id,
        row.origination_number_id,
        row.campaign_id,
        row.about_event_id,
        row.answers_id,
        row.pk,
    )


def _moment(row: Message, now: datetime) -> datetime:
    """Return when it was cleared; what waits is asked about when it is due, now at the earliest."""
    moment = sent_at(row)
    return moment if row.claimed_at or row.settled_at else max(moment, now)
