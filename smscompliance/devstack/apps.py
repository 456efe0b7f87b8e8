"""The dev stack as an app: only so that Django finds its commands."""

from django.apps import AppConfig


class DevstackConfig(AppConfig):
    """Bring `load_demo`; it keeps no records of its own."""

    name = "smscompliance.devstack"
