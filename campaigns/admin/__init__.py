"""The admin pages of campaigns, one file a model."""

from campaigns.admin.amazon_account import AccountCheckAdmin, OptOutComparisonAdmin
from campaigns.admin.audit_export import AuditExportByNumberAdmin
from campaigns.admin.campaign import CampaignAdmin
from campaigns.admin.clearance_review import ClearanceReviewAdmin
from campaigns.admin.contact import ContactFileAdmin
from campaigns.admin.dead_letter import DeadLetterAdmin
from campaigns.admin.message import MessageAdmin, SendAttemptAdmin
from campaigns.admin.origination_number import OriginationNumberAdmin
from campaigns.admin.reassigned_check import ReassignedAnswerAdmin, ReassignedCheckAdmin
from campaigns.admin.receipt import ReceiptAdmin
from campaigns.admin.reply import ReplyAdmin
from campaigns.admin.rulebook import RulebookAdmin
from campaigns.admin.saved_answer import SavedAnswerAdmin
from campaigns.admin.sending_account import PartPriceAdmin, SendingAccountAdmin
from campaigns.admin.sending_policy import SendingPolicyAdmin
from campaigns.admin.sending_stop import SendingStopAdmin
from campaigns.admin.topic import TopicWithPreviewsAdmin

__all__ = [
    "AccountCheckAdmin",
    "AuditExportByNumberAdmin",
    "CampaignAdmin",
    "ClearanceReviewAdmin",
    "ContactFileAdmin",
    "DeadLetterAdmin",
    "MessageAdmin",
    "OptOutComparisonAdmin",
    "OriginationNumberAdmin",
    "PartPriceAdmin",
    "ReassignedAnswerAdmin",
    "ReassignedCheckAdmin",
    "ReceiptAdmin",
    "ReplyAdmin",
    "RulebookAdmin",
    "SavedAnswerAdmin",
    "SendAttemptAdmin",
    "SendingAccountAdmin",
    "SendingPolicyAdmin",
    "SendingStopAdmin",
    "TopicWithPreviewsAdmin",
]
