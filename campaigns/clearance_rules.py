"""Which texts need not keep which rule of clearance, and why some may go without consent."""

from campaigns.clearance_terms import Facts
from campaigns.vocabulary import Exemption, MessageKind

K = MessageKind
_EVERY = frozenset(MessageKind)

DISCLOSURE, BASIS, HOURS, CAPS, PROMISE = "disclosure", "basis", "hours", "caps", "promise"
ENGAGEMENT = "engagement"
"""Stand in the tables for every row of the rulebook about what was disclosed, about grounds, about
hours and days, about caps, about promised frequency, about texts that nobody answers."""

_ASKED_NOTHING = frozenset({K.STOP_CONFIRMATION, K.HELP_REPLY, K.ANSWER, K.CONFIRMATION_REQUEST})
"""They rest on no consent, or on none yet, and answer the person at once, whatever the hour."""

EXEMPT: dict[str, frozenset[MessageKind]] = {
    "kind": frozenset(),
    "number.live": frozenset(),
    # STOP and HELP are answered whatever became of the topic, and answers come from the number
    # that the person wrote to.
    "topic.open": frozenset({K.STOP_CONFIRMATION, K.HELP_REPLY, K.ANSWER}),
    "number.topic": frozenset({K.STOP_CONFIRMATION, K.HELP_REPLY, K.ANSWER}),
    "number.brand": frozenset({K.STOP_CONFIRMATION, K.HELP_REPLY, K.ANSWER}),
    "number.class": frozenset({K.STOP_CONFIRMATION, K.HELP_REPLY, K.ANSWER}),
    "suppression": frozenset({K.STOP_CONFIRMATION, K.HELP_REPLY}),
    "standing": frozenset({K.STOP_CONFIRMATION, K.HELP_REPLY}),
    "confirmed": _ASKED_NOTHING,
    "opt_out": _EVERY - {K.STOP_CONFIRMATION},
    "reply": _EVERY - {K.HELP_REPLY, K.ANSWER},
    "consent.expiry": _ASKED_NOTHING,
    DISCLOSURE: _ASKED_NOTHING,
    "consent.soft": _ASKED_NOTHING,
    "topic.class": frozenset({K.STOP_CONFIRMATION, K.HELP_REPLY, K.ANSWER}),
    BASIS: _ASKED_NOTHING,
    "place": _ASKED_NOTHING,
    HOURS: _ASKED_NOTHING,
    CAPS: _ASKED_NOTHING,
    PROMISE: _ASKED_NOTHING,
    ENGAGEMENT: _ASKED_NOTHING,
    "overlap": _ASKED_NOTHING,
    "approval": _EVERY - {K.CAMPAIGN},
    # What we know of Amazon's list may be a day old: who asks for HELP is answered if it can be
    "amazon": frozenset({K.STOP_CONFIRMATION, K.HELP_REPLY}),
}
"""Which kinds of text need not keep which rule, in the order in which rules are asked."""

EXEMPT_AS_ANSWER = {
    "place": frozenset({K.WELCOME}),
    HOURS: frozenset({K.WELCOME}),
    CAPS: frozenset({K.WELCOME}),
    PROMISE: frozenset({K.WELCOME}),
    ENGAGEMENT: frozenset({K.WELCOME}),
    "overlap": frozenset({K.WELCOME}),
}
"""The same for texts that answer a message of the person's own, such as a YES."""

GROUNDS = {
    K.STOP_CONFIRMATION: Exemption.OPT_OUT_CONFIRMATION,
    K.HELP_REPLY: Exemption.HELP,
    K.CONFIRMATION_REQUEST: Exemption.OPT_IN_REQUEST,
    K.ANSWER: Exemption.ANSWER,
}
"""Which kinds go without an opt-in event, and why they may. All others must name one (P1)."""


def is_exempt(code: str, facts: Facts) -> bool:
    """Say whether a rule need not be kept; a text of unknown kind keeps them all."""
    if facts.kind is None:
        return False
    answers = EXEMPT_AS_ANSWER.get(code, frozenset()) if facts.answers_reply else frozenset()
    return facts.kind in EXEMPT[code] or facts.kind in answers
