"""Parts that were reserved for sending, counted by the hour, and what receipts say they cost."""

from django.db import models

from campaigns.models.origination_number import OriginationNumber


class PartsUsed(models.Model):
    """Count parts by number, country and hour, so that caps and money need no look at messages.

    Written as texts are claimed; what did not leave is taken off again.
    """

    origination_number = models.ForeignKey(
        OriginationNumber, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    country = models.CharField(max_length=2, blank=True)
    hour = models.DateTimeField(help_text="When it begins.")
    parts = models.PositiveIntegerField(default=0)

    class Meta:
        default_permissions = ()
        constraints = (
            # Also read for a number's daily cap
            models.UniqueConstraint(
                fields=("origination_number", "hour", "country"),
                name="parts_are_counted_once_an_hour",
            ),
        )
        indexes = (
            # What a month has cost
            models.Index(fields=("hour",), name="parts_used_by_hour"),
        )

    def __str__(self) -> str:
        return f"{self.parts} parts"


class PartsPriced(models.Model):
    """Count what receipts say texts cost, by country and the month (UTC) of their claim.

    A table of its own, so that a claim never waits for those who read receipts. Written together
    with the cost of each message, so a receipt that is read twice counts once.
    """

    country = models.CharField(max_length=2, blank=True)
    month = models.DateTimeField(help_text="When it begins, in UTC.")
    parts = models.PositiveIntegerField(
        default=0, help_text="As counted at the claim, of texts whose price a receipt told."
    )
    cost = models.DecimalField(max_digits=14, decimal_places=5, default=0, help_text="In USD.")

    class Meta:
        default_permissions = ()
        constraints = (
            models.UniqueConstraint(
                fields=("month", "country"), name="prices_are_counted_once_a_month"
            ),
        )

    def __str__(self) -> str:
        return f"{self.cost} US dollars"
