"""Say what becomes of each row of a list: first by the row alone, then by what the ledger holds."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from functools import lru_cache

from consent.importing.dates import Dates
from consent.importing.grounds import NOT_ATTESTED, ORAL, Attested
from consent.importing.mapping import FIELDS, Columns, plain
from consent.importing.proof import NOTHING, NoProof, language, source
from consent.importing.rare_grounds import Ground, ground_of, named_by
from consent.importing.row_facts import Checked, Consent, OptOut, TopicFacts
from consent.importing.unsettled import Unsettled
from consent.importing.words import KNOWN, Meaning
from consent.phone_numbers import InvalidNumber, PhoneNumber, parse, takes_texts
from consent.vocabulary import EventKind, LegalBasis, ListKind, RowOutcome, Source, Standing
from consent.whereabouts import place_named

AS_ISO = Dates()
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)  # before it a date is a spreadsheet's zero
LONGEST_CODE, LONGEST_ID = 12, 80  # what is longer is no postal code and no customer's id


@dataclass(slots=True)
class Checks:
    """Check the rows of one list, each by itself.

    `topics` by slug, without regard to case. `default` stands in where a row names no topic.
    `dates` and `words`, the meaning of each word for consent, as a person said them of the list;
    `attested` is what a person vouched for, which stands in where a row says nothing. What only a
    person can settle is noted in `unsettled`.
    """

    columns: Columns
    topics: Mapping[str, TopicFacts]
    default: TopicFacts | None
    now: datetime
    holds: ListKind = ListKind.CONSENTS
    dates: Dates = AS_ISO
    words: Mapping[str, Meaning] = field(default_factory=dict)
    attested: Attested = NOT_ATTESTED
    unsettled: Unsettled = field(default_factory=Unsettled)
    _grounded: bool = field(init=False)
    _moment: Callable[[str], datetime] = field(init=False)
    _meaning: Callable[[str], Meaning | None] = field(init=False)

    def __post_init__(self) -> None:
        """Settle once what is the same for all rows."""
        meanings = {**KNOWN, **self.words}
        self._grounded = named_by(self.columns)
        self._moment = self.dates.reader()

        @lru_cache(maxsize=1000)
        def meaning(said: str) -> Meaning | None:
            found = meanings.get(plain(said))
            if found is None:
                self.unsettled.word(said)
            return found

        self._meaning = meaning

    def check(self, values: Sequence[str]) -> Checked:
        """Return what becomes of a row, given its cells, before the ledger is asked."""
        cells = self.columns.pick(values)
        try:
            number = parse(cells[0])
        except InvalidNumber as fault:
            return Checked(RowOutcome.INVALID_NUMBER, fault.reason)
        if self.holds is ListKind.OPT_OUTS:
            return self._left(number, cells)
        if self.holds is ListKind.SUPPRESSIONS:
            return self._barred(number, cells)
        named = cells[1]
        topic = self.topics.get(named.casefold()) if named else self.default
        if topic is None or not topic.open:
            return Checked(RowOutcome.UNKNOWN_TOPIC, _no_topic(named, topic), number.e164)
        if not takes_texts(number.e164):
            reason = "This is no mobile number, so no text can reach it."
            return Checked(RowOutcome.NOT_A_MOBILE, reason, number.e164, topic.id)
        try:
            ground = self._named_ground(values) if self._grounded else None
            consent = self._proved(number, topic, cells, ground)
        except NoProof as fault:
            self.unsettled.date(cells[_AGREED_AT])
            return Checked(RowOutcome.NO_PROOF, fault.reason, number.e164, topic.id)
        if consent.at > self.now:
            reason = "The consent lies in the future: look up when the person agreed."
            return Checked(RowOutcome.FUTURE_CONSENT, reason, number.e164, topic.id)
        return Checked(RowOutcome.NEW, "", number.e164, topic.id, consent)

    def _left(self, number: PhoneNumber, cells: Sequence[str]) -> Checked:
        """Return the opt-out that a row tells of; it is never refused for what it does not prove.

        A topic that we do not know might be any of ours, so the person leaves all of them; a
        moment that cannot be read counts as the one when we record it, and so after all consents.
        """
        if self.words and self.columns.has("agreed"):
            said = self._meaning(cells[_AGREED])
            if said in {Meaning.AGREED, Meaning.NEITHER}:
                reason = "The list's own word does not say that this person left."
                return Checked(RowOutcome.NO_PROOF, reason, number.e164)
        topic = self._named(cells)
        try:
            at: datetime | None = self.dates.leaving(cells[_LEFT_AT])
        except NoProof:
            at = None
        if at is not None and not EARLIEST <= at <= self.now:
            at = None
        try:
            how = source(cells[3])
        except NoProof:
            how = Source.OTHER
        opt_out = OptOut(number, topic, at, how)
        return Checked(RowOutcome.NEW, "", number.e164, topic.id if topic else None, None, opt_out)

    def _barred(self, number: PhoneNumber, cells: Sequence[str]) -> Checked:
        """Return the bar that a row of a suppression list sets, from when it is recorded on."""
        topic = self._named(cells)
        bar = OptOut(number, topic, None, Source.OTHER, EventKind.SUPPRESSED)
        return Checked(RowOutcome.NEW, "", number.e164, topic.id if topic else None, None, bar)

    def _named(self, cells: Sequence[str]) -> TopicFacts | None:
        return self.topics.get(cells[1].casefold()) if cells[1] else self.default

    def _named_ground(self, values: Sequence[str]) -> Ground | None:
        ground = ground_of(self.columns, values, self.dates.day)
        if ground and ground.implied_on and ground.implied_on > self.now.date():
            raise NoProof("The day of what implies the consent has not come yet.")
        return ground

    def _proved(
        self,
        number: PhoneNumber,
        topic: TopicFacts,
        cells: Sequence[str],
        ground: Ground | None = None,
    ) -> Consent:
        at_said, source_said, version, spoken, postal_code, state, region, country = cells[2:10]
        own_id, agreed, left_at = cells[10:]
        if self.columns.has("agreed"):
            said = self._meaning(agreed)
            if said is Meaning.LEFT:
                raise NoProof(SAID_LEFT)
            if said is not Meaning.AGREED:
                raise NoProof("The list itself does not say that this person agreed.")
        if left_at and plain(left_at) not in NOT_LEFT:
            raise NoProof(SAID_LEFT)
        attested = self.attested
        if ground and ground.implied_on and _blank(at_said):
            # The day's beginning: nobody knows the hour, and a term must not end too late
            at = datetime.combine(ground.implied_on, time(), UTC)
        else:
            at = attested.at if attested.at and _blank(at_said) else self._moment(at_said)
        if at < EARLIEST:
            raise NoProof(f"{at:%Y} is too early to be true: look up when the person agreed.")
        how = attested.source if attested.source and _blank(source_said) else source(source_said)
        if ground and ground.basis is LegalBasis.EXPRESS_WRITTEN and how in ORAL:
            raise NoProof("What was only spoken is no agreement in writing.")
        return Consent(
            number,
            topic,
            at,
            how,
            _version(version) if version else None,
            language(spoken) if spoken else "",
            postal_code if len(postal_code) <= LONGEST_CODE else "",
            own_id if len(own_id) <= LONGEST_ID else "",
            _home(country, state or region) if country or state or region else "",
            None if version else attested.wording_of(topic.id, how),
            attested.basis,
            ground,
        )


_AGREED_AT = FIELDS.index("consented_at")
_LEFT_AT = FIELDS.index("left_at")
_AGREED = FIELDS.index("agreed")
SAID_LEFT = "The list itself says that this person left."
NOT_LEFT = frozenset(["", "no", "n", "false", "0", "never", "none", "null"])


@dataclass(frozen=True, slots=True)
class OnRecord:
    """What the ledger holds of one number and topic. `since` belongs to the standing."""

    standing: Standing = Standing.UNKNOWN
    since: datetime | None = None
    opted_out: bool = False
    suppressed: bool = False  # a row that suppresses: for at least as long
    told: bool = False  # this very event is in the ledger
    proved_later: bool = False  # the row proves a consent after the opt-out, with its wording
    renews: bool = False  # the row is later than an implied consent, and as strong or stronger


def against_ledger(
    at: datetime, on_record: OnRecord, *, asked: bool = False, overturns: bool = False
) -> tuple[RowOutcome, str]:
    """Return what becomes of a consent given `at`, by what the ledger holds; a no stays a no.

    `asked`: the person is to be asked to confirm. `overturns`: the house lets a later consent that
    the row proves count after an opt-out.
    """
    if on_record.suppressed:
        return RowOutcome.SUPPRESSED, "This number is suppressed: no consent overcomes that."
    if on_record.opted_out and not (overturns and on_record.proved_later):
        return (
            RowOutcome.OPTED_OUT,
            "This person opted out. An import never overturns that: only they can join again."
            if not overturns
            else "This person opted out, and the row proves no later consent to a known wording.",
        )
    if (
        on_record.standing is Standing.DECLINED
        and on_record.since is not None
        and on_record.since >= at
    ):
        return RowOutcome.OPTED_OUT, "This person was asked after that and declined."
    if on_record.standing is Standing.OPTED_IN and (asked or not on_record.renews):
        return RowOutcome.KNOWN, "This person is opted in to the topic already."
    if on_record.told:
        return RowOutcome.KNOWN, "This very consent is on record already."
    if asked and on_record.standing is Standing.PENDING:
        return RowOutcome.KNOWN, "This person was asked to confirm and has not answered yet."
    return (RowOutcome.PENDING if asked else RowOutcome.NEW), ""


def opt_out_against_ledger(on_record: OnRecord) -> tuple[RowOutcome, str]:
    """Return what becomes of an opt-out; only one that changes nothing is left out."""
    if on_record.standing is Standing.OPTED_OUT or on_record.told:
        return RowOutcome.KNOWN, "This opt-out is on record already."
    return RowOutcome.NEW, ""


def suppression_against_ledger(on_record: OnRecord) -> tuple[RowOutcome, str]:
    """Return what becomes of a suppression; one that ends sooner never replaces a longer one."""
    if on_record.suppressed:
        return RowOutcome.KNOWN, "This number is suppressed already, for as long or longer."
    return RowOutcome.NEW, ""


def _no_topic(named: str, topic: TopicFacts | None) -> str:
    if topic is not None:
        return f'The topic "{topic.slug}" is closed.'
    if not named:
        return "The row names no topic and none was chosen for the list."
    if sum(map(str.isdigit, named)) > 4:
        return "No topic has the name that stands in the topic's column."
    return f'There is no topic "{named[:60]}": write its slug as the admin shows it.'


def _blank(cell: str) -> bool:
    return not cell or (len(cell) < 16 and plain(cell) in NOTHING)


_home = lru_cache(maxsize=1000)(place_named)


@lru_cache(maxsize=1000)
def _version(text: str) -> int | None:
    digits = text.lower().removeprefix("v")
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 7 else None
