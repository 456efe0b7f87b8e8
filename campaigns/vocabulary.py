"""The closed sets of sending: what a text is, how far it has come, and what people answer."""

from enum import StrEnum


class MessageKind(StrEnum):
    """Why a text is written. The kind decides which rules of clearance apply."""

    CAMPAIGN = "campaign"
    LIST_AUDIT = "list_audit"
    CONFIRMATION_REQUEST = "confirmation_request"
    WELCOME = "welcome"
    STOP_CONFIRMATION = "stop_confirmation"
    HELP_REPLY = "help_reply"
    ANSWER = "answer"


class MessageStatus(StrEnum):
    """How far a message has come; see `campaigns.lifecycle` for the moves allowed."""

    QUEUED = "queued"
    HELD = "held"
    REFUSED = "refused"
    SENDING = "sending"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    UNCONFIRMED = "unconfirmed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class AttemptOutcome(StrEnum):
    """What a send attempt's row says: BEGUN is written before the hand-over, one other after."""

    BEGUN = "begun"
    ACCEPTED = "accepted"
    THROTTLED = "throttled"
    REJECTED = "rejected"
    ACCOUNT_FAULT = "account_fault"
    NEVER_LEFT = "never_left"
    UNCONFIRMED = "unconfirmed"
    WITHDRAWN = "withdrawn"


class AccountFault(StrEnum):
    """Why Amazon takes nothing at all from us; `campaigns.remedies` says what to do about each."""

    CREDENTIALS = "credentials"
    PERMISSION = "permission"
    SPEND = "spend"
    SANDBOX = "sandbox"
    NO_ORIGINATION = "no_origination"
    REPUTATION = "reputation"


class Exemption(StrEnum):
    """Why a text may go without an opt-in event (P1)."""

    NONE = ""
    OPT_OUT_CONFIRMATION = "opt_out_confirmation"
    HELP = "help"
    OPT_IN_REQUEST = "opt_in_request"
    ANSWER = "answer"


class CampaignStatus(StrEnum):
    """How far a campaign has come; see `campaigns.lifecycle` for the moves allowed."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    RUNNING = "running"
    PAUSED = "paused"
    FINISHED = "finished"
    CANCELLED = "cancelled"


class NumberKind(StrEnum):
    """What sort of origination number it is."""

    SHORT_CODE = "short_code"
    TEN_DLC = "ten_dlc"
    TOLL_FREE = "toll_free"
    LONG_CODE = "long_code"
    SENDER_ID = "sender_id"


class GatewayName(StrEnum):
    """By which of Amazon's interfaces an origination number sends."""

    SNS = "sns"
    EUM = "eum"


class WhenWindowCloses(StrEnum):
    """What becomes of a campaign's message whose hours end before it was sent."""

    HOLD = "hold"
    EXPIRE = "expire"


class Meaning(StrEnum):
    """What a reply means."""

    STOP = "stop"
    HELP = "help"
    YES = "yes"
    KEYWORD = "keyword"
    START = "start"
    PROBABLY_STOP = "probably_stop"
    OTHER = "other"


class ReplyState(StrEnum):
    """Whether a reply was acted on or waits for a person."""

    ACTED = "acted"
    NEEDS_PERSON = "needs_person"
    SETTLED = "settled"


class Verdict(StrEnum):
    """What a person decided of a reply that reads like a revocation, or may be one."""

    NONE = ""
    CONFIRMED = "confirmed"
    LIFTED = "lifted"


class ReviewKind(StrEnum):
    """What a clearance review asks: would we still send what we sent, or what would change."""

    LOOK_BACK = "look_back"
    WHAT_IF = "what_if"


class ReviewState(StrEnum):
    """How far a clearance review has come: queued -> running -> ready, or failed."""

    QUEUED = "queued"
    RUNNING = "running"
    READY = "ready"
    FAILED = "failed"


class PolicyKind(StrEnum):
    """What a house rule limits: when texts arrive, how many, on how old a consent, unanswered."""

    HOURS = "hours"
    CAP = "cap"
    STALENESS = "staleness"
    ENGAGEMENT = "engagement"


class ReceiptOutcome(StrEnum):
    """What a receipt says became of a text; `campaigns.delivery_report` sorts Amazon's words."""

    DELIVERED = "delivered"
    CARRIER_TOOK_IT = "carrier_took_it"
    OPTED_OUT = "opted_out"
    PHONE_BLOCKED = "phone_blocked"
    INVALID_NUMBER = "invalid_number"
    BLOCK_LIST = "block_list"
    SPAM = "spam"
    CARRIER_BLOCKED = "carrier_blocked"
    INVALID_TEXT = "invalid_text"
    CARRIER_UNREACHABLE = "carrier_unreachable"
    PHONE_UNREACHABLE = "phone_unreachable"
    MAX_PRICE = "max_price"
    NO_QUOTA = "no_quota"
    SANDBOX = "sandbox"
    NO_ORIGINATION = "no_origination"
    COUNTRY_BLOCKED = "country_blocked"
    EXPIRED = "expired"
    UNKNOWN_ERROR = "unknown_error"
    OTHER = "other"


class ComparisonState(StrEnum):
    """How far a comparison with Amazon's opt-out list has come: running -> done, or failed."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class InboundRoad(StrEnum):
    """By which road of Amazon's something came in."""

    SQS = "sqs"
    HTTPS = "https"


class DeadLetterState(StrEnum):
    """What became of a dead letter: waiting -> taken, by a retry; or dismissed by a person."""

    WAITING = "waiting"
    TAKEN = "taken"
    DISMISSED = "dismissed"
