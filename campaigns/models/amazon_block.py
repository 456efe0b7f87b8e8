"""Amazon's own opt-out list as we last saw it, and the comparisons with our ledger."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models

from campaigns.vocabulary import ComparisonState
from consent.choices import choices, one_of
from consent.models import Contact

# Amazon takes a number off its list once in so many days
BETWEEN_OPT_INS = timedelta(days=30)
# Where it does not answer at all it is left alone for so long; by hand it may be asked meanwhile
AFTER_SILENCE = timedelta(days=1)


class OptOutComparison(models.Model):
    """Compare Amazon's opt-out list with the ledger, page by page; docs/opt-outs.md tells how.

    running -> done or failed. The page token is kept, so that whoever takes over goes on there.
    """

    state = models.CharField(
        max_length=8, choices=choices(ComparisonState), default=ComparisonState.RUNNING
    )
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    next_token = models.TextField(blank=True)
    pages = models.PositiveIntegerField(default=0)
    listed = models.PositiveIntegerField(default=0, help_text="Numbers on Amazon's list.")
    strangers = models.PositiveIntegerField(
        default=0, help_text="Numbers on it that we never heard of; they are not kept."
    )
    opted_out_here = models.PositiveIntegerField(
        default=0, help_text="People whom we had not recorded as opted out; now they are."
    )
    left_the_list = models.PositiveIntegerField(default=0)
    fault = models.CharField(max_length=200, blank=True)
    lease_until = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-pk",)
        verbose_name = "comparison with Amazon's opt-out list"
        verbose_name_plural = "comparisons with Amazon's opt-out list"
        default_permissions = ("view",)
        permissions = (("compare_opt_outs", "Can compare with Amazon's opt-out list"),)
        constraints = (
            one_of("state", ComparisonState, "comparison_state_is_known"),
            models.UniqueConstraint(
                fields=("state",),
                name="one_comparison_runs_at_a_time",
                condition=models.Q(state=ComparisonState.RUNNING),
            ),
        )

    def __str__(self) -> str:
        return f"Comparison #{self.pk}"


class AmazonBlockQuerySet(models.QuerySet["AmazonBlock"]):
    """Questions that staff ask of Amazon's list."""

    def in_force(self) -> "AmazonBlockQuerySet":
        """Return the numbers that are on the list as far as we know."""
        return self.filter(left_at=None)


class AmazonBlock(models.Model):
    """Remember that Amazon's opt-out list holds a contact's number, and what we did about it.

    Amazon says neither since when nor why; `seen_at` is when we first saw it.
    """

    contact = models.OneToOneField(
        Contact, on_delete=models.PROTECT, related_name="amazon_block", primary_key=True
    )
    seen_at = models.DateTimeField()
    confirmed_by = models.ForeignKey(
        OptOutComparison,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        help_text="The last comparison that found it on the list. Empty: a receipt said so.",
    )
    found_by = models.ForeignKey(
        OptOutComparison, on_delete=models.PROTECT, null=True, related_name="found"
    )
    was_news = models.BooleanField(
        default=False, help_text="The ledger had them as free to text until then."
    )
    left_at = models.DateTimeField(null=True)
    opted_in_at = models.DateTimeField(
        null=True, help_text="When we last had Amazon take the number off its list."
    )
    refused_at = models.DateTimeField(
        null=True, help_text="When Amazon last refused to take it off."
    )
    ask_at = models.DateTimeField(
        null=True,
        help_text="When Amazon is asked to take it off, since they agreed anew and a text waits. "
        "Empty: nothing waits.",
    )
    asking_since = models.DateTimeField(
        null=True, help_text="Since when it is asked about; after a day without answer it is not."
    )
    unanswered_at = models.DateTimeField(
        null=True, help_text="When we last gave up asking, since Amazon did not answer."
    )

    objects = AmazonBlockQuerySet.as_manager()

    class Meta:
        ordering = ("-seen_at",)
        default_permissions = ("view",)
        permissions = (("unblock_at_amazon", "Can have Amazon take a number off its list"),)
        indexes = (
            # The sweep for numbers that Amazon is to be asked about; nearly always empty
            models.Index(
                fields=("ask_at",),
                name="amazon_block_to_ask_about",
                condition=models.Q(ask_at__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return f"Amazon's block of contact #{self.pk}"

    @property
    def until(self) -> datetime | None:
        """Return from when Amazon may take the number off, where that is known to be restricted."""
        return asked_again_from(self.opted_in_at, self.refused_at)


def asked_again_from(
    opted_in_at: datetime | None,
    refused_at: datetime | None,
    unanswered_at: datetime | None = None,
) -> datetime | None:
    """Return from when Amazon is asked again about a number, or None where it may be at once."""
    known = [moment + BETWEEN_OPT_INS for moment in (opted_in_at, refused_at) if moment]
    if unanswered_at:
        known.append(unanswered_at + AFTER_SILENCE)
    return max(known, default=None)
