"""A stop of the sender: Amazon takes nothing from us until somebody mends the account."""

from django.conf import settings
from django.db import models

from campaigns.models.origination_number import OriginationNumber
from campaigns.vocabulary import AccountFault
from consent.choices import choices, one_of


class SendingStop(models.Model):
    """Keep why and since when the sender stands still, and how it went on.

    One at a time holds for the whole account, and one for each number. From `retry_at` on one text
    is tried; when Amazon takes it, the stop is over. Rows are never deleted.
    """

    fault = models.CharField(max_length=16, choices=choices(AccountFault))
    origination_number = models.ForeignKey(
        OriginationNumber,
        on_delete=models.PROTECT,
        null=True,
        related_name="stops",
        help_text="Empty: every number stands still.",
    )
    code = models.CharField(max_length=80, blank=True, help_text="As Amazon said it.")
    began_at = models.DateTimeField()
    seen_at = models.DateTimeField(help_text="When Amazon last said so.")
    retry_at = models.DateTimeField(
        null=True, help_text="When one text is tried. Empty: when somebody says so."
    )
    tried_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-pk",)
        default_permissions = ("view",)
        constraints = (
            one_of("fault", AccountFault, "stop_fault_is_known"),
            # Also read by every claim
            models.UniqueConstraint(
                fields=("origination_number",),
                name="one_stop_holds_at_a_time",
                condition=models.Q(ended_at__isnull=True),
                nulls_distinct=False,
            ),
        )

    def __str__(self) -> str:
        return f"Stop #{self.pk}"

    def stops(self, number: OriginationNumber) -> bool:
        """Say whether it keeps a number from sending, as long as it holds."""
        return self.origination_number_id in {None, number.pk}
