"""What we say, to whom, and whether we may."""

from django.apps import AppConfig


class CampaignsConfig(AppConfig):
    """Hold origination numbers, campaigns, messages and replies."""

    name = "campaigns"
    verbose_name = "Campaigns"
