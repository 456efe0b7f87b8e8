"""A suppression: a bar that no consent overcomes."""

from django.db import models

from consent.models.contact import Contact
from consent.models.opt_in_event import OptInEvent
from consent.models.topic import Topic


class Suppression(models.Model):
    """Keep which contacts must not be texted, on one topic or on any.

    Written only by `consent.ledger`, in the transaction of the event that set or lifted it.
    """

    contact = models.ForeignKey(
        Contact, on_delete=models.PROTECT, related_name="suppressions", db_index=False
    )
    topic = models.ForeignKey(
        Topic, on_delete=models.PROTECT, null=True, related_name="suppressions", db_index=False
    )
    event = models.OneToOneField(OptInEvent, on_delete=models.PROTECT, related_name="suppression")
    reason = models.CharField(max_length=500)
    since = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ("view",)
        constraints = (
            models.UniqueConstraint(
                fields=("contact", "topic"),
                name="contact_is_suppressed_once_per_topic",
                nulls_distinct=False,
            ),
        )

    def __str__(self) -> str:
        return f"Suppression #{self.pk}"
