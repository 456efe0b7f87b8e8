"""Receipts: what Amazon's delivery logs say became of a text."""

from django.db import models

from campaigns.models.message import Message
from campaigns.vocabulary import ReceiptOutcome
from consent.choices import choices, one_of
from consent.models import Contact


class ReceiptQuerySet(models.QuerySet["Receipt"]):
    """Questions that the software and staff ask of receipts."""

    def without_message(self) -> "ReceiptQuerySet":
        """Return those whose message is not known, or not yet."""
        return self.filter(message=None)


class Receipt(models.Model):
    """Keep one delivery event, once per Amazon's event id; rows are only ever added.

    The one change that the database allows is to fill in the message, once: a receipt may come
    before our own row knows Amazon's id. The destination is kept as the contact alone, and numbers
    are taken out of Amazon's words.
    """

    event_id = models.CharField(max_length=100, unique=True, help_text="CloudWatch's own.")
    amazon_message_id = models.CharField(max_length=100)
    message = models.ForeignKey(
        Message, on_delete=models.PROTECT, null=True, related_name="receipts", db_index=False
    )
    contact = models.ForeignKey(
        Contact,
        on_delete=models.PROTECT,
        null=True,
        related_name="receipts",
        db_index=False,
        help_text="Empty: a number of which we know nothing.",
    )
    success = models.BooleanField(help_text="As Amazon's status says.")
    outcome = models.CharField(max_length=20, choices=choices(ReceiptOutcome))
    provider_response = models.CharField(
        max_length=300, blank=True, help_text="Word for word, but for phone numbers."
    )
    published_at = models.DateTimeField(null=True, help_text="When Amazon took the text.")
    logged_at = models.DateTimeField(help_text="When the event was written.")
    received_at = models.DateTimeField(help_text="When we read it.")
    parts = models.PositiveSmallIntegerField(null=True)
    price = models.DecimalField(max_digits=9, decimal_places=5, null=True, help_text="In USD.")
    carrier = models.CharField(max_length=80, blank=True)
    dwell_ms = models.PositiveIntegerField(null=True)
    to_phone_ms = models.PositiveIntegerField(null=True)

    objects = ReceiptQuerySet.as_manager()

    class Meta:
        ordering = ("-pk",)
        default_permissions = ("view",)
        constraints = (one_of("outcome", ReceiptOutcome, "receipt_outcome_is_known"),)
        indexes = (
            # The page of a message, and the latest receipt of a message
            models.Index(
                fields=("message",),
                name="receipt_of_message",
                condition=models.Q(message__isnull=False),
            ),
            # The sweep for messages whose id came late
            models.Index(
                fields=("received_at",),
                name="receipt_without_message",
                condition=models.Q(message__isnull=True),
            ),
            # Evidence about one person near a moment
            models.Index(
                fields=("contact", "published_at"),
                name="receipt_by_contact_and_time",
                condition=models.Q(contact__isnull=False),
            ),
            # What texts cost since a day
            models.Index(
                fields=("published_at",),
                name="receipt_by_price",
                include=("price",),
                condition=models.Q(price__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return f"Receipt #{self.pk}"


class DeliveryLog(models.Model):
    """Remember how far one of Amazon's log groups was read: all before `read_until` is here.

    Each reading begins somewhat earlier, since events may appear late. Once a day days of it are
    read again for those that appear later still; `again_from` is how far that has come.
    """

    group = models.CharField(max_length=200, unique=True)
    read_until = models.DateTimeField(null=True)
    read_at = models.DateTimeField(null=True, help_text="The last reading that went through.")
    missing = models.BooleanField(default=False, help_text="Amazon has no such group, or not yet.")
    fault = models.CharField(max_length=100, blank=True)
    fault_since = models.DateTimeField(null=True)
    again_at = models.DateTimeField(
        null=True, help_text="When the last reading of past days began, which is where it ends."
    )
    again_from = models.DateTimeField(
        null=True, help_text="What of past days is still to be read again. Empty: nothing."
    )
    lease_until = models.DateTimeField(null=True)

    class Meta:
        ordering = ("group",)
        default_permissions = ()

    def __str__(self) -> str:
        return self.group
