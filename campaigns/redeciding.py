"""Decide again in bulk: texts and audiences, each at its own moment, by any rulebook.

Chunks come in order of ids and nothing is kept from one to the next but counts (P9).
"""

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from campaigns.clearance import Clearance, Facts, Outcome, Verdict, VerdictOutcome, decide
from campaigns.clearance_facts import Ask
from campaigns.clearance_history import SCHEDULED
from campaigns.clearance_likeness import alike_at
from campaigns.models import Campaign, Message
from campaigns.past_facts import SENT_AT, facts_then
from campaigns.rulebook.rows import Rulebook
from campaigns.vocabulary import MessageKind
from consent import clock
from consent.models import Subscription

CHUNK = 2500
REMEMBERED = 20_000  # decisions; what is older is decided again, so that memory stays flat

_ASKED = (
    *("pk", "status", "at", "kind", "contact_id", "topic_id", "origination_number_id"),
    *("campaign_id", "about_event_id", "answers_id"),
)

Asked = tuple[Ask, datetime]
Chunk = Sequence[tuple[Ask, datetime, Facts]]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a decision comes to: `failing` are all that speak against it, the decisive one first."""

    outcome: Outcome
    code: str
    until: datetime | None
    failing: tuple[Verdict, ...]


class Decided:
    """Decide each distinct case once by one rulebook."""

    def __init__(self, rulebook: Rulebook) -> None:
        self.rulebook = rulebook
        self._made: dict[Hashable, Answer] = {}
        self.decided = 0

    def of(self, facts: Facts, moment: datetime) -> Answer:
        """Return what the rulebook says of a case and of all that are like it."""
        case = alike_at(facts, self.rulebook, moment)
        found = self._made.get(case)
        if found is None:
            if len(self._made) >= REMEMBERED:
                self._made.clear()
            clearance = decide(case[0], self.rulebook, case[1])
            # Verdicts that speak for it would be most of the memory, and nobody reads them
            found = self._made[case] = Answer(
                clearance.outcome, clearance.code, clearance.until, _failing(clearance)
            )
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


def of_messages(messages: QuerySet[Message], *rulebooks: Rulebook) -> Iterator[Chunk]:
    """Yield texts with the facts of the moment for which each was cleared, a chunk at a time.

    What none of the rulebooks reads may be left out.
    """
    rows = messages.order_by("pk").annotate(at=SENT_AT).values_list(*_ASKED)
    last, now = 0, clock.now()
    while found := list(rows.filter(pk__gt=last)[:CHUNK]):
        last = found[-1][0]
        yield _with_facts([_asked(row, now) for row in found], rulebooks)


def of_audience(campaign: Campaign, moment: datetime, *rulebooks: Rulebook) -> Iterator[Chunk]:
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
            for ask, at, facts in _with_facts(asked, rulebooks)
        ]


def sent_between(since: datetime | None, until: datetime | None) -> Q:
    """Return the condition that a text was claimed from a moment on, up to but not another."""
    dates = Q()
    if since:
        dates &= Q(claimed_at__gte=since)
    if until:
        dates &= Q(claimed_at__lt=until)
    return dates


def _with_facts(asked: Sequence[Asked], rulebooks: Sequence[Rulebook]) -> Chunk:
    found = facts_then(asked, count_silence=any(each.silences for each in rulebooks))
    return [(ask, moment, facts) for (ask, moment), facts in zip(asked, found, strict=True)]


def _asked(row: tuple[Any, ...], now: datetime) -> Asked:
    """Return the question; what waits is asked about when it is due, now at the earliest."""
    pk, status, moment, kind, contact, topic, number, campaign, event, reply = row
    if status in SCHEDULED:
        moment = max(moment, now)
    return Ask(MessageKind(kind), contact, topic, number, campaign, event, reply, pk), moment
