"""What we say, to whom, and whether we may."""

from django.apps import AppConfig


class CampaignsConfig(AppConfig):
    """Hold origination numbers, campaigns, messages and replies."""

    name = "campaigns"
    verbose_name = "Campaigns"

    def ready(self) -> None:
        """Read the words of replies, so that a broken file is found at the start, by name."""
        from campaigns.meanings import loader

        loader.load()
