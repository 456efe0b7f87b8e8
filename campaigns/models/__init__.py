from campaigns.models.campaign import Campaign
from campaigns.models.clearance_review import ClearanceReview
from campaigns.models.dead_letter import DeadLetter
from campaigns.models.limit_alert import LimitAlert
from campaigns.models.message import Message
from campaigns.models.origination_number import OriginationNumber
from campaigns.models.reply import Reply
from campaigns.models.rule_sign_off import RuleSignOff
from campaigns.models.saved_answer import SavedAnswer
from campaigns.models.send_attempt import SendAttempt
from campaigns.models.sending_policy import SendingPolicy

__all__ = [
    "Campaign",
    "ClearanceReview",
    "DeadLetter",
    "LimitAlert",
    "Message",
    "OriginationNumber",
    "Reply",
    "RuleSignOff",
    "SavedAnswer",
    "SendAttempt",
    "SendingPolicy",
]
