"""A send attempt: one hand-over to Amazon, written before it and after it."""

from django.db import models

from campaigns.models.message import Message
from campaigns.vocabulary import AttemptOutcome
from consent.choices import choices, one_of


class SendAttempt(models.Model):
    """Keep each step of handing a message over; rows are only ever added.

    `begun` is committed before anything leaves; at most one further row with the same ordinal says
    how it ended. A `begun` without an end is what makes a message unconfirmed.
    """

    message = models.ForeignKey(
        Message, on_delete=models.PROTECT, related_name="attempts", db_index=False
    )
    ordinal = models.PositiveSmallIntegerField(help_text="1 for the first try.")
    outcome = models.CharField(max_length=14, choices=choices(AttemptOutcome))
    at = models.DateTimeField()
    worker = models.CharField(max_length=80)
    code = models.CharField(max_length=80, blank=True, help_text="Amazon's error code, as sent.")
    amazon_message_id = models.CharField(max_length=100, blank=True)

    class Meta:
        ordering = ("pk",)
        default_permissions = ("view",)
        constraints = (
            one_of("outcome", AttemptOutcome, "attempt_outcome_is_known"),
            # Also read to show a message's attempts
            models.UniqueConstraint(
                fields=("message", "ordinal"),
                name="attempt_begins_once",
                condition=models.Q(outcome=AttemptOutcome.BEGUN),
            ),
            models.UniqueConstraint(
                fields=("message", "ordinal"),
                name="attempt_ends_once",
                condition=~models.Q(outcome=AttemptOutcome.BEGUN),
            ),
        )

    def __str__(self) -> str:
        return f"Attempt {self.ordinal}: {self.outcome.replace('_', ' ')}"
