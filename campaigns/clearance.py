"""May this text be sent now? Decided by plain rules over plain facts (P3).

No clock, no setting and no table is read here. Every rule is asked, in a fixed order, and what is
unknown means no. Refuse wins over hold, hold over clear.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from campaigns.clearance_packing import pack, sentences, unpack
from campaigns.clearance_rules import EXEMPT, GROUNDS, HOURS, is_exempt
from campaigns.clearance_terms import (
    Clearance,
    Facts,
    Outcome,
    Suppression,
    Verdict,
    VerdictOutcome,
)
from campaigns.clearance_words import CITATIONS, LETS_GO, named, sentence
from campaigns.quiet_hours import LOOK_AHEAD, Demand, is_zone, next_open, open_in_all
from campaigns.rulebook.loader import Rule, Rulebook, RuleKind
from campaigns.vocabulary import Exemption, MessageKind
from consent.vocabulary import Standing

__all__ = [
    "Clearance",
    "Facts",
    "Outcome",
    "Suppression",
    "Verdict",
    "VerdictOutcome",
    "decide",
    "pack",
    "sentences",
    "unpack",
]

K = MessageKind
V = VerdictOutcome


@dataclass(frozen=True, slots=True)
class _Case:
    """One question to clearance, with the rows of the rulebook that bear on it."""

    facts: Facts
    rulebook: Rulebook
    now: datetime
    rows: tuple[Rule, ...]
    zones: tuple[str, ...]

    def demands(self, *rows: Rule) -> list[Demand]:
        return [(row.value, zone) for row in rows for zone in self.zones]


def decide(facts: Facts, rulebook: Rulebook, now: datetime) -> Clearance:
    """Say whether a text may be sent at that moment, with every rule's verdict and citation.

    Total and deterministic: the same facts, rulebook and moment give the same answer, and nothing
    raises. A hold's `until` is the first moment at which the answer is clear.
    """
    rows = binding_rows(facts, rulebook, now)
    case = _Case(facts, rulebook, now.astimezone(UTC), rows, _zones(facts))
    together = _opening(case)
    verdicts: list[Verdict] = []
    for code in EXEMPT:
        if code == HOURS:
            verdicts += [_hours(case, row) for row in case.rows]
        else:
            verdicts.append(_verdict(case, code, together))
    for outcome, decided in ((V.REFUSE, Outcome.REFUSE), (V.HOLD, Outcome.HOLD)):
        first = next((each for each in verdicts if each.outcome is outcome), None)
        if first:
            return Clearance(
                decided,
                first.code,
                first.sentence,
                together if decided is Outcome.HOLD else None,
                tuple(verdicts),
                rulebook.version,
                case.now,
            )
    exemption = GROUNDS.get(facts.kind, Exemption.NONE) if facts.kind else Exemption.NONE
    return Clearance(
        Outcome.CLEAR,
        "",
        LETS_GO,
        None,
        tuple(verdicts),
        rulebook.version,
        case.now,
        authorised_by=None if exemption else facts.authorising_event,
        exemption=exemption,
    )


def binding_rows(facts: Facts, rulebook: Rulebook, moment: datetime) -> tuple[Rule, ...]:
    """Return the rows about hours that bind this text at a moment; unknown class, all classes."""
    words = {facts.kind, facts.message_class} - {None}
    known = facts.kind is not None and facts.message_class is not None
    return rulebook.binding(
        RuleKind.WINDOW,
        moment=moment,
        jurisdictions={facts.country, f"{facts.country}-{facts.state}"} if facts.country else None,
        words={str(word) for word in words} if known else None,
    )


def _zones(facts: Facts) -> tuple[str, ...]:
    """Return the zones of the facts, or none: one that nobody knows makes the place unknown."""
    return facts.time_zones if all(is_zone(zone) for zone in facts.time_zones) else ()


def _verdict(case: _Case, code: str, together: datetime | None) -> Verdict:
    if is_exempt(code, case.facts):
        outcome = V.EXEMPT
    else:
        outcome = V.PASS if _holds(case, code, together) else V.REFUSE
    return Verdict(code, outcome, sentence(code, outcome, named(case.facts)), CITATIONS[code])


def _holds(case: _Case, code: str, together: datetime | None) -> bool:
    """Say whether a rule is kept; what is not known to be so is not so."""
    facts = case.facts
    match code:
        case "kind":
            return facts.kind is not None
        case "number.live":
            return facts.number_live is True
        case "topic.open":
            return facts.topic_open is True
        case "number.topic":
            return facts.number_carries_topic is True
        case "number.brand":
            return facts.number_brand_matches is True
        case "number.class":
            return facts.number_class_matches is True
        case "suppression":
            return facts.suppressions is not None and all(
                each.until is not None and each.until <= case.now for each in facts.suppressions
            )
        case "standing":
            return _standing_lets(facts)
        case "confirmed":
            return facts.confirmed is True or facts.double_opt_in_needed is False
        case "opt_out":
            return facts.opted_out_event is not None
        case "reply":
            return facts.answers_reply
        case "topic.class":
            return facts.message_class is not None
        case "place":
            return not case.rows or bool(case.zones)
        case "overlap":
            return together is not None
        case "approval":
            return facts.campaign_approved is True
    return False


def _standing_lets(facts: Facts) -> bool:
    match facts.kind:
        case K.CONFIRMATION_REQUEST:
            # A request pends until YES, STOP or its lapse; after those there is nothing to ask
            return facts.standing == Standing.PENDING
        case K.ANSWER:
            return facts.standing not in {None, Standing.OPTED_OUT}
        case _:
            return facts.standing == Standing.OPTED_IN and facts.authorising_event is not None


def _hours(case: _Case, row: Rule) -> Verdict:
    """Ask one row about hours in every zone; its own `until` is when it alone would open."""
    until = None
    if is_exempt(HOURS, case.facts):
        outcome = V.EXEMPT
    elif case.zones and open_in_all(case.demands(row), case.now):
        outcome = V.PASS
    else:
        outcome = V.HOLD
        until = next_open(case.demands(row), case.now) if case.zones else None
    hours = " or ".join(str(window) for window in row.value)
    words = named(case.facts) | {"hours": hours}
    return Verdict(row.id, outcome, sentence(row.id, outcome, words), row.citation, until, hours)


def _opening(case: _Case) -> datetime | None:
    """Return the first moment from now at which all hours that bind then are open everywhere.

    Rows may begin or end to bind before that, so time is taken in stretches of the same rows.
    """
    end = case.now + LOOK_AHEAD
    start = case.now
    for stop in (*case.rulebook.changes(case.now, end), end):
        rows = binding_rows(case.facts, case.rulebook, start)
        if rows and not case.zones:
            return None
        demands = case.demands(*rows)
        if open_in_all(demands, start):
            return start
        opens = next_open(demands, start, stop)
        if opens:
            return opens
        start = stop
    return None
