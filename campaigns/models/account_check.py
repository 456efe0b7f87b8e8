"""Checks of the account at Amazon, as they were found."""

from django.conf import settings
from django.db import models


class AccountCheck(models.Model):
    """Keep what Amazon said of our account at a moment, and the troubles that it means."""

    checked_at = models.DateTimeField()
    checked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    findings = models.JSONField(help_text="Each with its topic, whether it is well, and a remedy.")
    troubles = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ("-pk",)
        verbose_name = "Amazon account check"
        default_permissions = ("view",)
        permissions = (("check_account", "Can have the account at Amazon checked"),)

    def __str__(self) -> str:
        return f"Check #{self.pk}"
