"""The verdicts of clearance in plain words.

Sentences are made from a code and a few facts, so that a decision kept for years can be read
without asking the rules again. Never change what a code means: give a new meaning a new code.
"""

from collections.abc import Mapping

from campaigns.clearance_terms import Facts, VerdictOutcome

V = VerdictOutcome

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
    "topic.class": "CTIA Messaging Principles, consent by class",
    "place": "47 CFR 64.1200(c)(1): local time at the called party's location",
    "overlap": "",
    "approval": "House rule: a second person approves",
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
    "topic.class": "The topic's class is known: {message_class}.",
    "place": "The person may be in {zones}.",
    "hours": "It is within {hours} everywhere the person may be.",
    "overlap": "All hours that bind are open at once, now or within two weeks.",
    "approval": "The campaign is approved.",
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
    "topic.class": "Whether it informs or promotes is unknown.",
    "place": "Where the person is is unknown, and so is the time there.",
    "overlap": "The hours that bind are never open at once within two weeks.",
    "approval": "Nobody approved the campaign.",
}

HOLDS = {"hours": "It is outside {hours} somewhere the person may be."}
LETS_GO = "Every rule lets it go."
EXEMPTIONS = "Not asked of this sort of text ({kind})."


def sentence(code: str, outcome: VerdictOutcome, facts: Mapping[str, str]) -> str:
    """Say a verdict in plain words; `facts` fills in what the sentence names."""
    if outcome is V.EXEMPT:
        return EXEMPTIONS.format_map(facts)
    words = {V.PASS: PASSES, V.REFUSE: REFUSALS, V.HOLD: HOLDS}[outcome]
    # A code of no table is the id of a rulebook row about hours
    return words.get(code, words.get("hours", "{kind}")).format_map(facts)


def named(facts: Facts) -> dict[str, str]:
    """Return what sentences may name of the facts, as words."""
    return {
        "kind": facts.kind.replace("_", " ") if facts.kind else "unknown",
        "standing": facts.standing.replace("_", " ") if facts.standing else "unknown",
        "message_class": facts.message_class or "unknown",
        "zones": ", ".join(facts.time_zones),
        "suppressions": "unknown"
        if facts.suppressions is None
        else "; ".join(f"{each.scope}, {each.reason}" for each in facts.suppressions),
    }
