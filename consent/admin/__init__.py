"""The admin pages of consent, one file a model."""

from consent.admin.audit_export import AuditExportAdmin
from consent.admin.brand import BrandAdmin
from consent.admin.contact import ContactAdmin
from consent.admin.contact_import import ContactImportAdmin
from consent.admin.disclosure import DisclosureAdmin
from consent.admin.ledger import (
    EvidenceAdmin,
    OptInEventAdmin,
    SubscriptionAdmin,
    SuppressionAdmin,
)
from consent.admin.list_mapping import ListMappingAdmin
from consent.admin.staff import RoleAdmin, StaffAdmin
from consent.admin.staff_log import StaffLogAdmin
from consent.admin.topic import TopicAdmin

__all__ = [
    "AuditExportAdmin",
    "BrandAdmin",
    "ContactAdmin",
    "ContactImportAdmin",
    "DisclosureAdmin",
    "EvidenceAdmin",
    "ListMappingAdmin",
    "OptInEventAdmin",
    "RoleAdmin",
    "StaffAdmin",
    "StaffLogAdmin",
    "SubscriptionAdmin",
    "SuppressionAdmin",
    "TopicAdmin",
]
