"""Parts that were reserved for sending, counted by the hour."""

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
