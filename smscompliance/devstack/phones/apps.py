"""The phones page as an app."""

from django.apps import AppConfig


class PhonesConfig(AppConfig):
    """Show handsets as people see them; dev stack only."""

    name = "smscompliance.devstack.phones"
