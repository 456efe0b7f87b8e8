"""A kept decision as staff read it: the answer first, then every rule's verdict."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from campaigns.clearance import Clearance, Outcome, Verdict, VerdictOutcome, unpack
from campaigns.house_policy import rulebook_to_read
from campaigns.rulebook.loader import Rulebook
from consent.zone_names import with_zone_names

ANSWERS = {
    Outcome.CLEAR: "May be sent",
    Outcome.HOLD: "Must wait",
    Outcome.REFUSE: "Must not be sent",
}
WORDS = {
    VerdictOutcome.PASS: ("clear", "Kept"),
    VerdictOutcome.HOLD: ("held", "Waits"),
    VerdictOutcome.REFUSE: ("refused", "Against"),
    VerdictOutcome.EXEMPT: ("skipped", "Not asked"),
}
NOT_ASKED = WORDS[VerdictOutcome.EXEMPT][0]


@dataclass(frozen=True, slots=True)
class Line:
    """One rule's verdict: the status of its pill, its words, and on whose authority.

    `sureness` says how sure we are of a row of the rulebook: verified, secondary, memory, disputed.
    """

    status: str
    word: str
    sentence: str
    citation: str
    sureness: str
    until: datetime | None
    code: str


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision: the pill's status, the answer in words, its reason and all verdicts."""

    status: str
    answer: str
    sentence: str
    until: datetime | None
    asked_at: datetime
    rulebook_version: str
    lines: Sequence[Line]

    @property
    def asked(self) -> list[Line]:
        """Return the rules that this sort of text has to keep."""
        return [line for line in self.lines if line.status != NOT_ASKED]

    @property
    def skipped(self) -> list[Line]:
        """Return the rules that it need not."""
        return [line for line in self.lines if line.status == NOT_ASKED]


def as_read(clearance: Clearance, rulebook: Rulebook | None = None) -> Decision:
    """Put a clearance into words, what speaks against sending first."""
    rulebook = rulebook or rulebook_to_read()
    weight = {VerdictOutcome.REFUSE: 0, VerdictOutcome.HOLD: 1, VerdictOutcome.PASS: 2}
    verdicts = sorted(clearance.verdicts, key=lambda each: weight.get(each.outcome, 3))
    return Decision(
        clearance.outcome.value,
        ANSWERS[clearance.outcome],
        with_zone_names(clearance.sentence),
        clearance.until,
        clearance.asked_at,
        clearance.rulebook_version,
        [_line(each, rulebook) for each in verdicts],
    )


def kept_decision(
    packed: dict[str, Any] | None, rulebook: Rulebook | None = None
) -> Decision | None:
    """Read what is kept beside a message; None where clearance was not asked yet.

    Whoever reads many gives the rulebook of `rulebook_to_read`, which costs a query each time.
    """
    if not packed:
        return None
    rulebook = rulebook or rulebook_to_read()
    return as_read(unpack(packed, rulebook), rulebook)


def _line(verdict: Verdict, rulebook: Rulebook) -> Line:
    status, word = WORDS[verdict.outcome]
    row = rulebook.rule(verdict.code)
    sureness = row.status.value if row else ""
    sentence = with_zone_names(verdict.sentence)
    return Line(status, word, sentence, verdict.citation, sureness, verdict.until, verdict.code)
