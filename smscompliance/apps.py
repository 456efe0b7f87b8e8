"""Wiring: which admin site, which checks."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig as DjangoAdminConfig


class SmscomplianceConfig(AppConfig):
    """Register the checks that refuse nonsense settings."""

    name = "smscompliance"

    def ready(self) -> None:
        """Load the system checks."""
        from smscompliance import checks  # noqa: F401


class AdminConfig(DjangoAdminConfig):
    """Put our admin site in the place of Django's."""

    default_site = "smscompliance.admin_site.ComplianceAdminSite"
