"""Who agreed to what, when, and how we know."""

from django.apps import AppConfig


class ConsentConfig(AppConfig):
    """Hold brands, topics, disclosures, contacts and the ledger."""

    name = "consent"
    verbose_name = "Consent"
