"""May this text be sent now? Decided by plain rules over plain facts (P3).

No clock, no setting and no table is read here. Every rule is asked, in a fixed order, and what is
unknown means no. Refuse wins over hold, hold over clear.
"""

from datetime import UTC, datetime
from functools import lru_cache

from campaigns.clearance_consent import accepts, ends, has_soft_opt_in, is_told
from campaigns.clearance_packing import pack, sentences, unpack
from campaigns.clearance_rules import (
    BASIS,
    CAPS,
    DISCLOSURE,
    ENGAGEMENT,
    EXEMPT,
    GROUNDS,
    HOURS,
    is_exempt,
)
from campaigns.clearance_terms import (
    Clearance,
    Facts,
    OnAmazonsList,
    Outcome,
    Promise,
    SoftOptIn,
    Suppression,
    Verdict,
    VerdictOutcome,
)
from campaigns.clearance_timing import GROUPS, HORIZON, Case, demands_of, opening, soonest
from campaigns.clearance_words import CITATIONS, LETS_GO, Said, said_of, sentence
from campaigns.frequency import bars, lets_go
from campaigns.quiet_hours import open_in_all
from campaigns.rulebook.rows import Rule, Rulebook
from campaigns.vocabulary import Exemption, MessageKind
from consent.vocabulary import Standing

__all__ = [
    "Clearance",
    "Facts",
    "OnAmazonsList",
    "Outcome",
    "Promise",
    "SoftOptIn",
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


def decide(facts: Facts, rulebook: Rulebook, now: datetime) -> Clearance:
    """Say whether a text may be sent at that moment, with every rule's verdict and citation.

    Total and deterministic: the same facts, rulebook and moment give the same answer, and nothing
    raises. A hold's `until` is the first moment at which the answer is clear.
    """
    case = Case(facts, rulebook, now.astimezone(UTC))
    together = None if is_exempt("overlap", facts) else opening(case)
    verdicts: list[Verdict] = []
    for code in EXEMPT:
        if code in GROUPS and not is_exempt(code, facts):
            verdicts += [_of_row(case, code, row) for row in case.rows[code]]
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
                case.moment,
            )
    exemption = GROUNDS.get(facts.kind, Exemption.NONE) if facts.kind else Exemption.NONE
    return Clearance(
        Outcome.CLEAR,
        "",
        LETS_GO,
        None,
        tuple(verdicts),
        rulebook.version,
        case.moment,
        authorised_by=None if exemption else facts.authorising_event,
        exemption=exemption,
    )


def _verdict(case: Case, code: str, together: datetime | None) -> Verdict:
    if is_exempt(code, case.facts):
        outcome = V.EXEMPT
    else:
        outcome = V.PASS if _holds(case, code, together) else V.REFUSE
    return _fixed(code, outcome, said_of(case.words, code, outcome))


@lru_cache(maxsize=1024)
def _fixed(code: str, outcome: VerdictOutcome, said: Said) -> Verdict:
    return Verdict(code, outcome, sentence(code, outcome, dict(said)), CITATIONS.get(code, ""))


def _holds(case: Case, code: str, together: datetime | None) -> bool:
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
                each.until is not None and each.until <= case.moment for each in facts.suppressions
            )
        case "standing":
            return _standing_lets(facts)
        case "confirmed":
            return facts.confirmed is True or facts.double_opt_in_needed is False
        case "opt_out":
            return facts.opted_out_event is not None
        case "reply":
            return facts.answers_reply
        case "consent.expiry":
            end = ends(case.rows[BASIS], facts)
            return end is not None and case.moment < end
        case "consent.soft":
            return has_soft_opt_in(facts)
        case "topic.class":
            return facts.message_class is not None
        case "place":
            return not case.lacks_place(case.rows[HOURS])
        case "overlap":
            return together is not None
        case "approval":
            return facts.campaign_approved is True
        case "amazon":
            return facts.on_amazons_list is not None and all(
                each.agreed_since and (each.until is None or each.until <= case.moment)
                for each in facts.on_amazons_list
            )
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


def _of_row(case: Case, group: str, row: Rule) -> Verdict:
    """Ask one row of the rulebook; its own `until` is when it alone would let the text go."""
    until = None
    if group == BASIS:
        outcome = V.PASS if accepts(row, case.facts) else V.REFUSE
    elif group == DISCLOSURE:
        outcome = V.PASS if is_told(row, case.facts) else V.REFUSE
    elif group == HOURS:
        outcome, until = _hours(row, case.zones, case.moment)
    else:
        outcome, until = _count(case, row)
    return _ruled(row, group, outcome, until, said_of(case.words, row.id, outcome, group))


@lru_cache(maxsize=4096)
def _ruled(
    row: Rule, group: str, outcome: VerdictOutcome, until: datetime | None, said: Said
) -> Verdict:
    # What is asked is kept with the decision only where the sentence names it
    against = outcome is not V.PASS and group in {BASIS, DISCLOSURE, ENGAGEMENT}
    asks = row.asks() if against or group in {HOURS, CAPS} else ""
    words = dict(said) | {"hours": asks}
    return Verdict(
        row.id, outcome, sentence(row.id, outcome, words, group), row.citation, until, asks, group
    )


@lru_cache(maxsize=4096)
def _hours(
    row: Rule, zones: tuple[str, ...], moment: datetime
) -> tuple[VerdictOutcome, datetime | None]:
    demands = demands_of([row], zones)
    if demands and open_in_all(demands, moment):
        return V.PASS, None
    # Where nobody knows the zone the rule about the place has refused already
    return V.HOLD, soonest(demands, moment, moment + HORIZON) if demands else None


def _count(case: Case, row: Rule) -> tuple[VerdictOutcome, datetime | None]:
    spans = case.barred_by(row)
    if spans is None:
        return V.REFUSE, None
    if bars(spans, case.moment):
        return V.HOLD, lets_go(spans, case.moment)
    return V.PASS, None
