from campaigns.models.account_check import AccountCheck
from campaigns.models.amazon_block import AmazonBlock, OptOutComparison
from campaigns.models.campaign import Campaign
from campaigns.models.clearance_review import ClearanceReview
from campaigns.models.dead_letter import DeadLetter
from campaigns.models.inbound_text import InboundText
from campaigns.models.limit_alert import LimitAlert
from campaigns.models.message import Message
from campaigns.models.origination_number import OriginationNumber
from campaigns.models.parts_used import PartsPriced, PartsUsed
from campaigns.models.receipt import DeliveryLog, Receipt
from campaigns.models.reply import Reply
from campaigns.models.rule_sign_off import RuleSignOff
from campaigns.models.saved_answer import SavedAnswer
from campaigns.models.send_attempt import SendAttempt
from campaigns.models.sending_account import PartPrice, SendingAccount
from campaigns.models.sending_policy import SendingPolicy
from campaigns.models.sending_stop import SendingStop

__all__ = [
    "AccountCheck",
    "AmazonBlock",
    "Campaign",
    "ClearanceReview",
    "DeadLetter",
    "DeliveryLog",
    "InboundText",
    "LimitAlert",
    "Message",
    "OptOutComparison",
    "OriginationNumber",
    "PartPrice",
    "PartsPriced",
    "PartsUsed",
    "Receipt",
    "Reply",
    "RuleSignOff",
    "SavedAnswer",
    "SendAttempt",
    "SendingAccount",
    "SendingPolicy",
    "SendingStop",
]
