"""Read moments as a list writes them, once a person has said in which form and time zone."""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from consent.importing.mapping import plain
from consent.importing.proof import HOW_TO_WRITE, NOTHING, USUAL, NoProof, moment


class DateForm(StrEnum):
    """Which part of a date comes first, where it does not begin with four digits of the year."""

    DMY = "dmy"
    MDY = "mdy"
    YMD = "ymd"


NOBODY_KNOWS = "unknown"
IN_WORDS = {
    DateForm.DMY: "Day first: 25/03/2025",
    DateForm.MDY: "Month first: 03/25/2025",
    DateForm.YMD: "Year first: 25/03/25 is March 25, 2025",
}
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            *("jan january", "feb february", "mar march", "apr april", "may", "jun june"),
            *("jul july", "aug august", "sep september sept", "oct october"),
            *("nov november", "dec december"),
        ),
        1,
    )
    for name in names.split()
}
_HOUR = (
    r"(?:(?:\s*,\s*|\s+|T)(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:\.\d+)?)?"
    r"\s*(?P<half>[AaPp]\.?[Mm]\.?)?\s*(?P<zone>Z|UTC|GMT|[+-]\d\d:?\d\d)?)?"
)
_DIGITS = re.compile(rf"(\d{{1,4}})([./-])(\d{{1,2}})\2(\d{{4}}|\d{{1,2}}){_HOUR}", re.ASCII)
_DAY_MONTH = re.compile(
    rf"(\d{{1,2}})(?:st|nd|rd|th)?[ -]([A-Za-z]{{3,9}})\.?,?[ -](\d{{4}}){_HOUR}", re.ASCII
)
_MONTH_DAY = re.compile(
    rf"([A-Za-z]{{3,9}})\.? (\d{{1,2}})(?:st|nd|rd|th)?,? (\d{{4}}){_HOUR}", re.ASCII
)
_NAIVE = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?)?", re.ASCII)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Dates:
    """How a list writes its moments: the form of its days, and the zone of hours without one.

    "" and None where nobody said: then only what can be read in one way is read.
    """

    form: DateForm | None = None
    zone: ZoneInfo | None = None

    def reader(self) -> Callable[[str], datetime]:
        """Return what reads moments; the plain one where nobody said anything."""
        return self.moment if self.form or self.zone else moment

    def moment(self, text: str) -> datetime:
        """Return a moment in UTC; a day without an hour is its first minute.

        Raise `NoProof` where what a person said of the list does not settle it.
        """
        if USUAL.fullmatch(text):
            return moment(text)
        return self._read(text, late=False)

    def leaving(self, text: str) -> datetime:
        """Return when somebody left: of a day without an hour, and of an hour told twice, the last.

        Whoever agreed earlier that day and then left must not be texted.
        """
        if USUAL.fullmatch(text):
            return moment(text)
        return self._read(text, late=True)

    def day(self, text: str) -> date:
        """Return a day as it is written, whatever hour follows, or raise `NoProof`."""
        parts = self._parts(text)
        try:
            return date(*parts[:3]) if parts else date.fromisoformat(text[:10])
        except ValueError:
            raise NoProof("A day of the row cannot be read: write it as 2025-03-04.") from None

    def _read(self, text: str, *, late: bool) -> datetime:
        if _NAIVE.fullmatch(text):
            try:
                return self._placed(datetime.fromisoformat(text), len(text) > 10, late)
            except (ValueError, OverflowError):
                raise NoProof(_UNREADABLE) from None
        parts = self._parts(text)
        if parts is None:
            return moment(text)
        year, month, day, found = parts
        try:
            at = datetime(year, month, day)  # noqa: DTZ001  its zone is set below
            if found["hour"] is None:
                return self._placed(at, False, late)
            at = datetime.combine(at, _clock(found))
            return self._placed(at, True, late, found["zone"] or "")
        except (ValueError, OverflowError):
            if isinstance(self.form, DateForm) and _DIGITS.fullmatch(text):
                raise NoProof(
                    f"The date is not written as was said of the list ({_ORDER[self.form]})."
                ) from None
            raise NoProof(_UNREADABLE) from None

    def _parts(self, text: str) -> tuple[int, int, int, re.Match[str]] | None:
        """Return year, month and day; None where nobody said which is which."""
        if found := _DIGITS.fullmatch(text):
            first, second, third = found[1], int(found[3]), found[4]
            if len(first) == 4:
                return int(first), second, int(third), found
            if len(first) > 2 or self.form is None:
                return None
            if self.form is DateForm.YMD:
                return _year(first), second, int(third), found
            day, month = int(first), second
            if self.form is DateForm.MDY:
                day, month = month, day
            return _year(third), month, day, found
        for pattern, day_at, month_at in ((_DAY_MONTH, 1, 2), (_MONTH_DAY, 2, 1)):
            found = pattern.fullmatch(text)
            if found and found[month_at].lower() in _MONTHS:
                return int(found[3]), _MONTHS[found[month_at].lower()], int(found[day_at]), found
        return None

    def _placed(self, at: datetime, timed: bool, late: bool, zone: str = "") -> datetime:
        if zone:
            return datetime.fromisoformat(f"{at.isoformat()}{_OFFSETS.get(zone, zone)}").astimezone(
                UTC
            )
        if self.zone is None:
            raise NoProof(
                f"The time of the consent lacks its time zone: {HOW_TO_WRITE}."
                if timed
                else f"The consent has a day but no time and time zone: {HOW_TO_WRITE}."
            )
        if late and not timed:
            at = at + _DAY - timedelta(seconds=1)
        # Of an hour that the clocks went through twice, what errs towards silence
        return at.replace(tzinfo=self.zone, fold=1 if late else 0).astimezone(UTC)


@dataclass(slots=True)
class Tally:
    """How the dates of a column are written, counted by what would settle them."""

    counts: Counter[str] = field(default_factory=Counter)

    def add(self, text: str) -> None:
        """Count one cell."""
        self.counts[written(text)] += 1

    @property
    def needs_form(self) -> bool:
        """Say whether day and month may be mistaken."""
        return any(self.counts[kind] for kind in ("day_first", "month_first", "either"))

    @property
    def needs_zone(self) -> bool:
        """Say whether there are moments without a time zone."""
        return bool(self.counts["no_zone"]) or self.needs_form

    @property
    def proposed(self) -> DateForm | None:
        """Return the form that some date settles and none contradicts; never more than a hint."""
        day, month = self.counts["day_first"], self.counts["month_first"]
        if bool(day) == bool(month):
            return None
        return DateForm.DMY if day else DateForm.MDY

    @property
    def contradictory(self) -> bool:
        """Say whether no form reads all of them."""
        return bool(self.counts["day_first"] and self.counts["month_first"])

    @property
    def readable(self) -> int:
        """Return how many cells hold a date at all."""
        return sum(self.counts.values()) - self.counts["none"]


def written(text: str) -> str:
    """Say how a cell writes a date: zoned, no_zone, day_first, month_first, either, or none."""
    text = text.strip()
    if USUAL.fullmatch(text):
        return "zoned"
    if not text or plain(text) in NOTHING:
        return "none"
    if found := _DIGITS.fullmatch(text):
        if len(found[1]) == 4:
            return "zoned" if found["zone"] else "no_zone"
        first, second = int(found[1]), int(found[3])
        if len(found[1]) > 2 or len(found[4]) == 1 or not first or not second:
            return "none"
        if len(found[4]) == 2:
            return "either"  # 25/03/11 may be of 2025 too
        if first > 12 or second > 12:
            if max(first, second) > 31 or min(first, second) > 12:
                return "none"
            return "day_first" if first > 12 else "month_first"
        return "either"
    try:
        moment(text)
    except NoProof:
        return "no_zone" if _may_be_naive(text) else "none"
    return "zoned"


def _may_be_naive(text: str) -> bool:
    try:
        Dates(zone=ZoneInfo("UTC")).moment(text)
    except NoProof:
        return False
    return True


_UNREADABLE = f"The date of the consent cannot be read: {HOW_TO_WRITE}."
_ORDER = {DateForm.DMY: "day first", DateForm.MDY: "month first", DateForm.YMD: "year first"}
_OFFSETS = {"Z": "+00:00", "UTC": "+00:00", "GMT": "+00:00"}


def _year(text: str) -> int:
    return int(text) + (2000 if len(text) == 2 else 0)


def _clock(found: re.Match[str]) -> time:
    hour, half = int(found["hour"]), (found["half"] or "")[:1].lower()
    if half:
        if not 1 <= hour <= 12:
            raise ValueError("no such hour")
        hour = hour % 12 + (12 if half == "p" else 0)
    return time(hour, int(found["minute"]), int(found["second"] or 0))
