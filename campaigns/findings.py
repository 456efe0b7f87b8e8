"""What a clearance review finds: one row a text or person, counted by turn and by rule."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import zip_longest
from typing import Any

from campaigns.clearance import Outcome, Verdict
from campaigns.clearance_facts import Ask
from campaigns.house_policy import rulebook_to_read
from campaigns.redeciding import Answer
from campaigns.rulebook.rows import Rulebook
from consent.models import Contact, Topic

SAMPLE = 20
COLUMNS = (
    *("message", "contact", "number", "topic", "campaign", "kind", "moment"),
    *("before", "before_rule", "after", "rule", "sentence", "citation", "status"),
    *("possible_at", "all_rules"),
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One text or person that would be decided anew; `rule` is what decides it.

    Where the new answer is clear, the rule and its words are those that stood against it before.
    """

    ask: Ask
    moment: datetime
    before: str
    before_rule: str
    after: str
    verdict: Verdict
    status: str
    until: datetime | None
    all_rules: str

    @classmethod
    def of(
        cls,
        ask: Ask,
        moment: datetime,
        before: str,
        answer: Answer,
        rulebook: Rulebook,
        old: Answer | None = None,
    ) -> "Finding":
        """Put an answer beside what was decided before."""
        loosened = answer.outcome is Outcome.CLEAR and old is not None
        failing = old.failing if loosened and old is not None else answer.failing
        decisive = _decisive(failing, old, loosened)
        row = rulebook.rule(decisive.code)
        if row is None and decisive.group:
            # A row that is switched off is known by the rulebook of today alone
            row = rulebook_to_read().rule(decisive.code)
        return cls(
            ask,
            moment,
            before,
            old.code if old else "",
            answer.outcome.value,
            decisive,
            row.status.value if row else "",
            answer.until,
            " ".join(each.code for each in failing),
        )

    def as_turn(self) -> dict[str, Any]:
        """Return what it has in common with others of its turn and rule, as JSON values."""
        return {
            "before": self.before,
            "after": self.after,
            "rule": self.verdict.code,
            "sentence": self.verdict.sentence,
            "citation": self.verdict.citation,
            "status": self.status,
        }

    def as_json(self) -> dict[str, Any]:
        """Return it as plain JSON values; ids alone name people (P10)."""
        return self.as_turn() | {
            "message": self.ask.message,
            "contact": self.ask.contact,
            "moment": self.moment.isoformat(),
            "possible_at": self.until.isoformat() if self.until else None,
        }


def _decisive(failing: Sequence[Verdict], old: Answer | None, loosened: bool) -> Verdict:
    """Return the first verdict against it, before all one that did not speak against it before."""
    if old is None or loosened:
        return failing[0]
    earlier = {each.code for each in old.failing}
    return next((each for each in failing if each.code not in earlier), failing[0])


@dataclass(slots=True)
class Tally:
    """How many were looked at and found, by turn and rule, and the first few of them."""

    looked_at: int = 0
    found: int = 0
    _by: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    _first: dict[tuple[str, str, str], list[Finding]] = field(default_factory=dict)

    def add(self, looked_at: int, findings: Iterable[Finding]) -> None:
        """Count one more chunk."""
        self.looked_at += looked_at
        for each in findings:
            turn = (each.before, each.after, each.verdict.code)
            self.found += 1
            self._by[turn] += 1
            first = self._first.setdefault(turn, [])
            if len(first) < SAMPLE:
                first.append(each)

    def sample(self) -> list[dict[str, Any]]:
        """Return up to 20 of them; each turn shows itself before any shows itself again."""
        rounds = zip_longest(*self._first.values())
        found = [each for one_round in rounds for each in one_round if each is not None]
        return [each.as_json() for each in found[:SAMPLE]]

    def counts(self) -> list[dict[str, Any]]:
        """Return how many of each turn and rule, most first, in the words of the first one."""
        most_first = sorted(self._by.items(), key=lambda each: (-each[1], each[0]))
        return [self._first[turn][0].as_turn() | {"count": count} for turn, count in most_first]


def cells(findings: Sequence[Finding]) -> list[list[object]]:
    """Return the rows of a CSV file, in the order of COLUMNS; two queries."""
    people = Contact.objects.filter(pk__in={each.ask.contact for each in findings})
    numbers = dict(people.values_list("pk", "number"))
    topics = dict(
        Topic.objects.filter(pk__in={each.ask.topic for each in findings}).values_list("pk", "slug")
    )
    return [
        [
            each.ask.message,
            each.ask.contact,
            numbers.get(each.ask.contact),
            topics.get(each.ask.topic or 0),
            each.ask.campaign,
            each.ask.kind.value,
            each.moment,
            each.before,
            each.before_rule,
            each.after,
            each.verdict.code,
            each.verdict.sentence,
            each.verdict.citation,
            each.status,
            each.until,
            each.all_rules,
        ]
        for each in findings
    ]
