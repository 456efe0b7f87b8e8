"""A sign-off: counsel stands behind one row of the rulebook, as it read then."""

from django.conf import settings
from django.db import models

from consent.models.history import HistoryOnOurClock, kept_history


class RuleSignOff(HistoryOnOurClock, models.Model):
    """Keep who signed a row of the rulebook, when, and until when that is good.

    It holds for the row as signed: once the row's digest differs, the row counts as unsigned again.
    One row for each rule; earlier sign-offs are its history.
    """

    rule = models.CharField(max_length=80, unique=True, help_text="The row's id.")
    row_digest = models.CharField(max_length=64, help_text="SHA-256 of the row as signed.")
    row_as_signed = models.TextField(help_text="What the row said, with its citation.")
    signed_by = models.CharField(max_length=100, help_text="Counsel's name.")
    signed_on = models.DateField()
    review_by = models.DateField(help_text="On the day after it waits for review again.")
    note = models.TextField(blank=True, max_length=1000)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )

    history = kept_history()

    class Meta:
        verbose_name = "sign-off"
        verbose_name_plural = "rulebook"
        ordering = ("rule",)
        default_permissions = ("view",)
        permissions = (("sign_rule", "Can record counsel's sign-off of the rulebook"),)
        constraints = (
            models.CheckConstraint(
                condition=~models.Q(signed_by="") & ~models.Q(row_digest=""),
                name="sign_off_names_counsel_and_the_row_as_signed",
            ),
            models.CheckConstraint(
                condition=models.Q(review_by__gt=models.F("signed_on")),
                name="review_comes_after_signing",
            ),
        )

    def __str__(self) -> str:
        return self.rule
