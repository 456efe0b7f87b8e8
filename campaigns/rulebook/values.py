"""What the rows of the rulebook hold: one frozen type for each kind of rule.

Their words are complete: the version of the rulebook is a digest over them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from campaigns.calendars import ClosedDays
from campaigns.quiet_hours import Hours
from consent.vocabulary import FrequencyUnit, ImpliedBy, LegalBasis


class RuleKind(StrEnum):
    """What a rule's value is."""

    WINDOW = "window"
    CLOSED_DAY = "closed_day"
    CAP = "cap"
    FREQUENCY = "frequency"
    BASIS = "basis"
    DEADLINE = "deadline"
    ELEMENTS = "elements"
    RETENTION = "retention"
    NOTICE = "notice"
    ENGAGEMENT = "engagement"


class RuleStatus(StrEnum):
    """How sure we are of a rule, surest first."""

    VERIFIED = "verified"
    SECONDARY = "secondary"
    MEMORY = "memory"
    DISPUTED = "disputed"


class Per(StrEnum):
    """Which texts to a person a cap counts."""

    SUBJECT = "subject"
    BRAND = "brand"
    ANY = "any"


class Wording(StrEnum):
    """What must hold the elements that a rule asks for."""

    DISCLOSURE = "disclosure"
    CONSENT_RECORD = "consent_record"
    CONFIRMATION = "confirmation"
    HELP = "help"
    STOP = "stop"
    BODY = "body"
    INBOUND = "inbound"


class Unit(StrEnum):
    """The unit of a deadline or of a term of retention."""

    MINUTE = "minute"
    BUSINESS_DAY = "business_day"
    DAY = "day"
    MONTH = "month"
    YEAR = "year"


@dataclass(frozen=True, slots=True)
class Cap:
    """At most `count` texts in any stretch of so many hours."""

    count: int
    hours: int
    per: Per

    @property
    def period(self) -> timedelta:
        """Return the stretch that it counts over."""
        return timedelta(hours=self.hours)

    def __str__(self) -> str:
        return f"{self.count} in {self.hours} hours {_COUNTING[self.per]}"


_COUNTING = {
    Per.SUBJECT: "on the same subject",
    Per.BRAND: "of the same brand",
    Per.ANY: "on any subject",
}


@dataclass(frozen=True, slots=True)
class Engagement:
    """What goes to whoever left so many promotional texts in a row unanswered; None: nothing."""

    unanswered: int
    cap: Cap | None = None

    def __str__(self) -> str:
        texts = "text" if self.unanswered == 1 else "texts"
        then = f"at most {self.cap}" if self.cap else "nothing more"
        return f"after {self.unanswered} {texts} without an answer {then}"


@dataclass(frozen=True, slots=True)
class Promised:
    """How long the day, week and month of a promised frequency last, in hours."""

    day: int
    week: int
    month: int

    def period(self, unit: FrequencyUnit) -> timedelta:
        """Return the stretch over which a promise is counted."""
        return timedelta(hours={"day": self.day, "week": self.week, "month": self.month}[unit])

    def __str__(self) -> str:
        return f"what was promised, over {self.day}, {self.week} or {self.month} hours"


@dataclass(frozen=True, slots=True)
class Basis:
    """The grounds that are accepted, and after how many months implied ones, or all, end."""

    accepts: tuple[LegalBasis, ...]
    implied_months: tuple[tuple[ImpliedBy, int], ...] = ()
    stale_months: int | None = None

    def months(self, implied_by: ImpliedBy | None) -> int | None:
        """Return after how many months it ends; unknown roads end with the shortest term."""
        terms = dict(self.implied_months)
        if not terms:
            return None
        return terms[implied_by] if implied_by in terms else min(terms.values())

    def terms(self, basis: LegalBasis, implied_by: ImpliedBy | None) -> tuple[int, ...]:
        """Return the months after which consent of that ground ends; () if it does not."""
        implied = self.months(implied_by) if basis is LegalBasis.IMPLIED else None
        return tuple(each for each in (implied, self.stale_months) if each is not None)

    def __str__(self) -> str:
        grounds = ", ".join(each.replace("_", " ") for each in self.accepts)
        terms = [f"{road.replace('_', ' ')} {n} months" for road, n in self.implied_months]
        stale = f"; none older than {self.stale_months} months" if self.stale_months else ""
        return (f"{grounds} (implied by {', '.join(terms)})" if terms else grounds) + stale


@dataclass(frozen=True, slots=True)
class Deadline:
    """What must be done within a time."""

    of: str
    amount: int
    unit: Unit

    def __str__(self) -> str:
        return f"{self.of}: {self.amount} {self.unit.replace('_', ' ')}{'s' * (self.amount != 1)}"


@dataclass(frozen=True, slots=True)
class Elements:
    """What a wording must say, for the grounds named; for none named clearance does not ask."""

    of: Wording
    needs: tuple[str, ...]
    bases: tuple[LegalBasis, ...] = ()

    def __str__(self) -> str:
        grounds = f" for {', '.join(self.bases)}".replace("_", " ") if self.bases else ""
        named = self.of.replace("_", " ")
        return f"{named}{grounds}: {', '.join(each.replace('_', ' ') for each in self.needs)}"


@dataclass(frozen=True, slots=True)
class Retention:
    """What to keep for how long from when; no amount says that no term is fixed."""

    keeps: str
    since: str
    amount: int | None = None
    unit: Unit | None = None

    def __str__(self) -> str:
        if self.amount is None or self.unit is None:
            return f"{self.keeps}: no fixed term, from {self.since}"
        return (
            f"{self.keeps}: {self.amount} {self.unit}{'s' * (self.amount != 1)} from {self.since}"
        )


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that people must know and that no single text can keep or break."""

    text: str

    def __str__(self) -> str:
        return self.text


Value = (
    Hours
    | ClosedDays
    | Cap
    | Promised
    | Basis
    | Deadline
    | Elements
    | Retention
    | Notice
    | Engagement
)

TYPES: Mapping[RuleKind, type] = {
    RuleKind.WINDOW: tuple,
    RuleKind.CLOSED_DAY: ClosedDays,
    RuleKind.CAP: Cap,
    RuleKind.FREQUENCY: Promised,
    RuleKind.BASIS: Basis,
    RuleKind.DEADLINE: Deadline,
    RuleKind.ELEMENTS: Elements,
    RuleKind.RETENTION: Retention,
    RuleKind.NOTICE: Notice,
    RuleKind.ENGAGEMENT: Engagement,
}
"""The type of the value of each kind of rule."""


def said(value: Value) -> str:
    """Say a value in words."""
    if isinstance(value, tuple):
        return " or ".join(str(window) for window in value)
    return str(value)
