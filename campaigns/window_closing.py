"""When the hours that a text may arrive in are over: it expires then, or Amazon drops it."""

from datetime import datetime

from campaigns.clearance import Facts
from campaigns.clearance_facts import Decisions
from campaigns.clearance_timing import Case, closing
from campaigns.models import Message, OriginationNumber
from campaigns.vocabulary import GatewayName, WhenWindowCloses

EXPIRED = "window.closed"


def may_expire(message: Message) -> bool:
    """Say whether a message is of a campaign that lets texts go rather than send them late."""
    campaign = message.campaign
    return campaign is not None and campaign.when_window_closes == WhenWindowCloses.EXPIRE


def own_end(message: Message, facts: Facts, decisions: Decisions) -> datetime | None:
    """Return the end of the hours that a message was to go out in; None where nothing ends it.

    Those are the hours at its due moment, or the ones noted when it was first claimed.
    """
    if not may_expire(message):
        return None
    return message.expires_at or closing(Case(facts, decisions.rulebook, message.due_at))


def present_end(number: OriginationNumber, facts: Facts, decisions: Decisions) -> datetime | None:
    """Return when the present hours end, where the number's gateway can tell Amazon so."""
    if number.gateway != GatewayName.EUM:
        return None
    return closing(Case(facts, decisions.rulebook, decisions.moment))
