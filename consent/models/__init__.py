from consent.models.audit_export import AuditExport
from consent.models.brand import Brand
from consent.models.contact import Contact
from consent.models.contact_import import ContactImport, ContactImportRow
from consent.models.disclosure import Disclosure
from consent.models.evidence import Evidence
from consent.models.import_attestation import ImportAttestation, ImportProof
from consent.models.list_mapping import ListMapping
from consent.models.list_upload import ListUpload
from consent.models.opt_in_event import OptInEvent
from consent.models.reassigned_check import (
    ReassignedAnswer,
    ReassignedAnswerFile,
    ReassignedCheck,
    ReassignedQuestion,
)
from consent.models.subscription import Subscription
from consent.models.suppression import Suppression
from consent.models.topic import Topic
from consent.models.unsubscribe_code import UnsubscribeCode

__all__ = [
    "AuditExport",
    "Brand",
    "Contact",
    "ContactImport",
    "ContactImportRow",
    "Disclosure",
    "Evidence",
    "ImportAttestation",
    "ImportProof",
    "ListMapping",
    "ListUpload",
    "OptInEvent",
    "ReassignedAnswer",
    "ReassignedAnswerFile",
    "ReassignedCheck",
    "ReassignedQuestion",
    "Subscription",
    "Suppression",
    "Topic",
    "UnsubscribeCode",
]
