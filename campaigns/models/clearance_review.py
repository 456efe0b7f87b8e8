"""A clearance review: what another rulebook would have said, or would say."""

from django.conf import settings
from django.db import models

from campaigns.models.campaign import Campaign
from campaigns.vocabulary import ReviewKind, ReviewState
from consent.choices import choices, one_of
from consent.models import Brand, Topic


class ClearanceReview(models.Model):
    """Keep one question and its answer: queued -> running -> ready, or failed.

    A look-back asks which accepted texts would fail now; a what-if, which decisions a changed
    rulebook would turn. Nothing else is changed by either. The record outlives the file.
    """

    kind = models.CharField(max_length=10, choices=choices(ReviewKind))
    since = models.DateTimeField(null=True, blank=True, help_text="Texts from this moment on.")
    until = models.DateTimeField(null=True, blank=True, help_text="Up to, not including.")
    topic = models.ForeignKey(
        Topic, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    brand = models.ForeignKey(
        Brand, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    campaign = models.ForeignKey(
        Campaign, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    rules_on = models.DateField(
        null=True,
        blank=True,
        help_text="The rows in force on this day count for every text, whenever it was sent.",
    )
    changes = models.JSONField(default=list, blank=True, help_text="Rows that are to differ.")
    reason = models.CharField(max_length=300, help_text="Who asked, and for what.")
    state = models.CharField(max_length=8, choices=choices(ReviewState), default=ReviewState.QUEUED)
    fault = models.CharField(max_length=300, blank=True)
    rulebook = models.CharField(
        max_length=25, blank=True, help_text="Version of the rulebook asked; before and after."
    )
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    asked_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)
    total = models.PositiveBigIntegerField(null=True, help_text="Texts or people to look at.")
    looked_at = models.PositiveBigIntegerField(default=0)
    found = models.PositiveBigIntegerField(default=0, help_text="Would fail, or be decided anew.")
    counts = models.JSONField(default=list, help_text="Found by turn and by rule, most first.")
    sample = models.JSONField(default=list, help_text="Up to 20 of those found, without numbers.")
    file = models.FileField(upload_to="reviews/%Y/%m/", blank=True)
    digest = models.CharField("SHA-256", max_length=64, blank=True)

    class Meta:
        ordering = ("-pk",)
        default_permissions = ("view", "add")
        permissions = (("download_clearancereview", "Can download a clearance review"),)
        constraints = (
            one_of("kind", ReviewKind, "review_kind_is_known"),
            one_of("state", ReviewState, "review_state_is_known"),
            models.CheckConstraint(
                condition=~models.Q(state=ReviewState.READY) | ~models.Q(digest=""),
                name="ready_review_has_a_digest",
            ),
            models.CheckConstraint(condition=~models.Q(reason=""), name="review_has_a_reason"),
            models.CheckConstraint(
                condition=~models.Q(kind=ReviewKind.WHAT_IF) | ~models.Q(changes=[]),
                name="what_if_names_its_changes",
            ),
        )

    def __str__(self) -> str:
        return f"{ReviewKind(self.kind).value.replace('_', '-').capitalize()} #{self.pk}"
