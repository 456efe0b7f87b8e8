"""The verdicts of clearance in plain words.

Sentences are made from a code and a few facts, so that a decision kept for years can be read
without asking the rules again. Never change what a code means: give a new meaning a new code.
"""

from collections.abc import Mapping
from functools import lru_cache
from string import Formatter

from campaigns.clearance_terms import Facts, OnAmazonsList, Promise, VerdictOutcome

V = VerdictOutcome

Said = tuple[tuple[str, str], ...]
"""What a sentence names of the facts: names, as of `named`, with their words."""

CITATIONS = {
    "kind": "",
    "number.live": "",
    "topic.open": "",
    "number.topic": "CTIA Messaging Principles 5.1.2.2",
    "number.brand": "CTIA Messaging Principles 5.1.1",
    "number.class": "House rule: the two classes never share a number",
    "suppression": "47 CFR 64.1200(a)(10), (d)(3)",
    "standing": "47 CFR 64.1200(a)(1)-(2), (f)(9); CTIA Messaging Principles 5.1.2",
    "confirmed": "CTIA Messaging Principles 5.1.2.1; house rule",
    "opt_out": "47 CFR 64.1200(a)(12)",
    "reply": "CTIA Messaging Principles, conversational messages",
    "consent.expiry": "Implied consent ends; CASL s.10(9)-(14)",
    "consent.soft": "PECR reg. 22(3); Directive 2002/58/EC art. 13(2)",
    "topic.class": "CTIA Messaging Principles, consent by class",
    "place": "47 CFR 64.1200(c)(1): local time at the called party's location",
    "overlap": "",
    "approval": "House rule: a second person approves",
    "amazon": "Amazon SNS drops texts to numbers on its opt-out list",
}

PASSES = {
    "kind": "We know what sort of text this is.",
    "number.live": "The number that it comes from is in use.",
    "topic.open": "The topic is open.",
    "number.topic": "The number carries this topic.",
    "number.brand": "The number belongs to the topic's brand.",
    "number.class": "The number is for texts of this class.",
    "suppression": "No suppression bars it.",
    "standing": "The ledger says that the person is {standing}.",
    "confirmed": "The person confirmed, or need not.",
    "opt_out": "It acknowledges an opt-out on the ledger.",
    "reply": "It answers a message of the person's own.",
    "consent.expiry": "The consent has not ended.",
    "disclosure": "What the person agreed to says all that {basis} consent asks.",
    "consent.soft": "It claims no soft opt-in, or has all that one rests on.",
    "basis": "Consent of this sort is accepted: {basis}.",
    "topic.class": "The topic's class is known: {message_class}.",
    "place": "The person may be in {zones}.",
    "hours": "It is within {hours} everywhere the person may be.",
    "caps": "There is room under the cap: {hours}.",
    "promise": "There is room in how often texts were promised: {promise}.",
    "engagement": "The person answers often enough.",
    "overlap": "All that binds is open at once, now or later.",
    "approval": "The campaign is approved.",
    "amazon": "Amazon does not block the number, or is asked to let it go before this leaves.",
}

REFUSALS = {
    "kind": "What sort of text this is, is unknown.",
    "number.live": "The number that it would come from is not in use.",
    "topic.open": "The topic is closed: it sends nothing.",
    "number.topic": "The number does not carry this topic.",
    "number.brand": "The number belongs to another brand, or to nobody we know.",
    "number.class": "The number is not for texts of this class.",
    "suppression": "The person is suppressed: {suppressions}.",
    "standing": "The person is not opted in: the ledger says {standing}.",
    "confirmed": "The person never confirmed, and this topic asks for it.",
    "opt_out": "There is no opt-out on the ledger for it to acknowledge.",
    "reply": "The person wrote nothing for it to answer.",
    "consent.expiry": "The consent has ended, or nobody knows when it does.",
    "disclosure": "The {basis} consent lacks, or nobody knows whether it has: {hours}.",
    "consent.soft": "Soft opt-in is claimed without all four facts that it rests on.",
    "basis": "Consent of this sort ({basis}) does not do here; accepted: {hours}.",
    "caps": "How often the person was texted is unknown; the cap is {hours}.",
    "promise": "What was promised ({promise}) or how often the person was texted is unknown.",
    "engagement": "The person answered too few of our texts, or nobody knows: {hours}.",
    "topic.class": "Whether it informs or promotes is unknown.",
    "place": "Where the person is is unknown, and so is the time there.",
    "overlap": "All that binds is never open at once while the consent lasts.",
    "approval": "Nobody approved the campaign.",
    "amazon": "Amazon blocks this number {amazon}: no text reaches it.",
}

HOLDS = {
    "hours": "It is outside {hours} somewhere the person may be.",
    "caps": "It would be one more than the cap lets through: {hours}.",
    "engagement": "It would be one more than people get who do not answer: {hours}.",
    "promise": "It would come more often than was promised: {promise}.",
}
LETS_GO = "Every rule lets it go."
EXEMPTIONS = "Not asked of this sort of text ({kind})."


def sentence(code: str, outcome: VerdictOutcome, facts: Mapping[str, str], group: str = "") -> str:
    """Say a verdict in plain words; `facts` fills in what the sentence names.

    Rows of the rulebook speak in the words of their group; without one they are about hours.
    """
    return _pattern(code, outcome, group).format_map(facts)


def said_of(facts: Mapping[str, str], code: str, outcome: VerdictOutcome, group: str = "") -> Said:
    """Return what the sentence of a verdict names of the facts; many people share it."""
    return tuple((name, facts[name]) for name in _names(code, outcome, group))


@lru_cache(maxsize=2048)
def _names(code: str, outcome: VerdictOutcome, group: str) -> tuple[str, ...]:
    found = (name for _, name, _, _ in Formatter().parse(_pattern(code, outcome, group)) if name)
    return tuple(name for name in found if name != "hours")  # which the row says itself


def _pattern(code: str, outcome: VerdictOutcome, group: str) -> str:
    if outcome is V.EXEMPT:
        return EXEMPTIONS
    words = {V.PASS: PASSES, V.REFUSE: REFUSALS, V.HOLD: HOLDS}[outcome]
    return words.get(code, words.get(group or "hours", "{kind}"))


def named(facts: Facts) -> dict[str, str]:
    """Return what sentences may name of the facts, as words."""
    return {
        "kind": facts.kind.replace("_", " ") if facts.kind else "unknown",
        "standing": facts.standing.replace("_", " ") if facts.standing else "unknown",
        "message_class": facts.message_class or "unknown",
        "zones": ", ".join(facts.time_zones),
        "basis": facts.basis.replace("_", " ") if facts.basis else "unknown",
        "promise": _said(facts.promise),
        "suppressions": "unknown"
        if facts.suppressions is None
        else "; ".join(f"{each.scope}, {each.reason}" for each in facts.suppressions),
        "amazon": "for all we know"
        if facts.on_amazons_list is None
        else ", ".join(_blocked(each) for each in facts.on_amazons_list),
    }


def _blocked(listed: OnAmazonsList) -> str:
    if not listed.agreed_since:
        return "until they agree anew"
    return f"until {listed.until:%B %-d, %Y}" if listed.until else "until it is asked"


def _said(promise: Promise | None) -> str:
    if promise is None:
        return "unknown"
    if promise.count is None:
        return "it varies"
    return f"{promise.count} a {promise.unit or 'time that nobody knows'}"
