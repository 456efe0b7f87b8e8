"""Which moves a message and a campaign may make; everything else is a fault."""

from campaigns.vocabulary import CampaignStatus as C
from campaigns.vocabulary import MessageStatus as M

MESSAGE_MOVES: dict[M, frozenset[M]] = {
    M.QUEUED: frozenset({M.SENDING, M.HELD, M.REFUSED, M.CANCELLED, M.EXPIRED}),
    M.HELD: frozenset({M.SENDING, M.HELD, M.REFUSED, M.CANCELLED, M.EXPIRED, M.QUEUED}),
    M.SENDING: frozenset({M.ACCEPTED, M.REJECTED, M.UNCONFIRMED, M.QUEUED}),
    M.UNCONFIRMED: frozenset({M.ACCEPTED, M.REJECTED}),
    M.REFUSED: frozenset(),
    M.ACCEPTED: frozenset(),
    M.REJECTED: frozenset(),
    M.CANCELLED: frozenset(),
    M.EXPIRED: frozenset(),
}

WAITING = frozenset({M.QUEUED, M.HELD})
HANDED_OVER = frozenset({M.SENDING, M.ACCEPTED, M.REJECTED, M.UNCONFIRMED})
OPEN = WAITING | {M.SENDING}
COUNTED_AS_SENT = frozenset({M.SENDING, M.ACCEPTED, M.UNCONFIRMED})

CAMPAIGN_MOVES: dict[C, frozenset[C]] = {
    C.DRAFT: frozenset({C.SUBMITTED, C.CANCELLED}),
    C.SUBMITTED: frozenset({C.APPROVED, C.DRAFT, C.CANCELLED}),
    C.APPROVED: frozenset({C.RUNNING, C.DRAFT, C.CANCELLED}),
    C.RUNNING: frozenset({C.PAUSED, C.FINISHED, C.CANCELLED}),
    C.PAUSED: frozenset({C.RUNNING, C.CANCELLED}),
    C.FINISHED: frozenset(),
    C.CANCELLED: frozenset(),
}

EDITABLE = frozenset({C.DRAFT})
APPROVED_OR_LATER = frozenset({C.APPROVED, C.RUNNING, C.PAUSED, C.FINISHED})


def may_move(old: C, new: C) -> bool:
    """Say whether a campaign may go from one status to another."""
    return new in CAMPAIGN_MOVES[old]
