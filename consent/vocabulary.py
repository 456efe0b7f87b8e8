"""The closed sets of consent: what can happen, whence we know it, and what it amounts to."""

from enum import StrEnum


class MessageClass(StrEnum):
    """What a text is for. The two never mix, on a topic or on a number."""

    TRANSACTIONAL = "transactional"
    PROMOTIONAL = "promotional"


class EventKind(StrEnum):
    """What an opt-in event says happened."""

    REQUESTED = "requested"
    CONFIRMED = "confirmed"
    OPTED_IN = "opted_in"
    OPTED_OUT = "opted_out"
    DECLINED = "declined"
    EXPIRED = "expired"
    SUPPRESSED = "suppressed"
    SUPPRESSION_LIFTED = "suppression_lifted"
    CORRECTED = "corrected"


class Source(StrEnum):
    """The road by which we learnt of an event."""

    WEB_FORM = "web_form"
    KEYWORD = "keyword"
    REPLY = "reply"
    PAPER_FORM = "paper_form"
    POINT_OF_SALE = "point_of_sale"
    PHONE_CALL = "phone_call"
    VOICEMAIL = "voicemail"
    EMAIL = "email"
    LETTER = "letter"
    STAFF = "staff"
    AMAZON = "amazon"
    REASSIGNED = "reassigned"
    OTHER = "other"
    SYSTEM = "system"


class LegalBasis(StrEnum):
    """On what ground an event lets us text, strongest first; NONE where it lets us not."""

    EXPRESS_WRITTEN = "express_written"
    EXPRESS = "express"
    IMPLIED = "implied"
    SOFT_OPT_IN = "soft_opt_in"
    NONE = "none"


class ImpliedBy(StrEnum):
    """What implies a consent that was never expressed; the road decides how long it lasts."""

    PURCHASE = "purchase"
    INQUIRY = "inquiry"
    NON_BUSINESS = "non_business"


class Standing(StrEnum):
    """What the ledger says of one contact and one topic at one moment."""

    UNKNOWN = "unknown"
    PENDING = "pending"
    OPTED_IN = "opted_in"
    OPTED_OUT = "opted_out"
    DECLINED = "declined"
    LAPSED = "lapsed"


class Place(StrEnum):
    """Where a disclosure is shown."""

    WEB_FORM = "web_form"
    KEYWORD = "keyword"
    PAPER_FORM = "paper_form"
    POINT_OF_SALE = "point_of_sale"
    PHONE_CALL = "phone_call"
    OTHER = "other"


class FrequencyUnit(StrEnum):
    """The period of a promised frequency."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class RowOutcome(StrEnum):
    """What becomes of one row of an imported list."""

    NEW = "new"
    PENDING = "pending"
    UPDATED = "updated"
    KNOWN = "known"
    DUPLICATE_IN_FILE = "duplicate_in_file"
    INVALID_NUMBER = "invalid_number"
    UNKNOWN_TOPIC = "unknown_topic"
    NO_PROOF = "no_proof"
    FUTURE_CONSENT = "future_consent"
    OPTED_OUT = "opted_out"
    SUPPRESSED = "suppressed"
    NOT_A_MOBILE = "not_a_mobile"


RECORDED = frozenset({RowOutcome.NEW, RowOutcome.PENDING})
"""Outcomes of rows that bring an event."""
ACTING = RECORDED | {RowOutcome.UPDATED}
"""Outcomes of rows that change anything."""


class ListKind(StrEnum):
    """What a list holds."""

    CONSENTS = "consents"
    OPT_OUTS = "opt_outs"
    SUPPRESSIONS = "suppressions"


class ImportState(StrEnum):
    """How far a contact import has come: uploaded -> previewed -> applying -> applied;
    discarded or failed instead. What was applied may be recalling -> recalled. Where a list can be
    read in several ways, it needs a mapping before it is previewed. It is unattested before it is
    uploaded where the same consent is to be attested for all rows."""

    UNATTESTED = "unattested"
    UPLOADED = "uploaded"
    NEEDS_MAPPING = "needs_mapping"
    PREVIEWED = "previewed"
    APPLYING = "applying"
    APPLIED = "applied"
    RECALLING = "recalling"
    RECALLED = "recalled"
    DISCARDED = "discarded"
    FAILED = "failed"


class ExportState(StrEnum):
    """How far an audit export has come: queued -> running -> ready, or failed."""

    QUEUED = "queued"
    RUNNING = "running"
    READY = "ready"
    FAILED = "failed"


class CheckState(StrEnum):
    """How far a check of reassigned numbers has come: queued -> asked -> partly -> answered; failed
    instead of asked."""

    QUEUED = "queued"
    ASKED = "asked"
    PARTLY = "partly"
    ANSWERED = "answered"
    FAILED = "failed"


class NumberAnswer(StrEnum):
    """What the Reassigned Numbers Database says: was it disconnected for good since the date?"""

    YES = "yes"
    NO = "no"
    NO_DATA = "no_data"


class AnswerOutcome(StrEnum):
    """What becomes of one row of an answers file."""

    RECORDED = "recorded"
    KNOWN = "known"
    REPEATED = "repeated"
    INVALID_NUMBER = "invalid_number"
    NO_ANSWER = "no_answer"
    NOT_ASKED = "not_asked"
    OTHER_DATE = "other_date"
    CONTRADICTS = "contradicts"
