"""A campaign: one text to everyone who agreed to one topic."""

import hashlib
import json
from datetime import UTC

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models

from campaigns.lifecycle import APPROVED_OR_LATER, EDITABLE
from campaigns.models.origination_number import OriginationNumber
from campaigns.vocabulary import CampaignStatus, WhenWindowCloses
from consent.choices import choices, one_of
from consent.models import Topic
from consent.models.history import HistoryOnOurClock, kept_history


class CampaignQuerySet(models.QuerySet["Campaign"]):
    """Questions that staff and beat ask of campaigns."""

    def due(self, moment: object) -> "CampaignQuerySet":
        """Return approved campaigns whose time has come."""
        return self.filter(status=CampaignStatus.APPROVED, scheduled_at__lte=moment)


class Campaign(HistoryOnOurClock, models.Model):
    """Keep what is said to whom, who wrote it and who else approved it.

    draft -> submitted -> approved -> running -> finished; running <-> paused; anything but a
    finished one may be cancelled; a submitted or approved one may go back to draft. Text, topic,
    number and time can only change in draft: the approval holds their digest.
    """

    name = models.CharField(max_length=100, help_text="For staff only; people never see it.")
    topic = models.ForeignKey(
        Topic,
        on_delete=models.PROTECT,
        related_name="campaigns",
        help_text="Goes to everyone who agreed to this topic, and to nobody else.",
    )
    origination_number = models.ForeignKey(
        OriginationNumber,
        on_delete=models.PROTECT,
        related_name="campaigns",
        help_text="Must carry the topic.",
    )
    text = models.TextField(
        max_length=1600,
        help_text="What people read. Name the brand: carriers expect it. {unsubscribe_link} "
        "becomes each person's own link to leave by.",
    )
    scheduled_at = models.DateTimeField(
        help_text="Not before this moment. Each person is texted in their own business hours."
    )
    when_window_closes = models.CharField(
        "if the hours end first",
        max_length=6,
        choices=[
            (WhenWindowCloses.HOLD.value, "Wait for the person's next hours"),
            (WhenWindowCloses.EXPIRE.value, "Do not send it any more"),
        ],
        default=WhenWindowCloses.HOLD,
        help_text="What becomes of a text that was not sent while its reader's hours were open. "
        "Choose not to send if it would be stale the next day.",
    )
    template_id = models.CharField(
        "template ID",
        max_length=50,
        blank=True,
        validators=[RegexValidator(r"^\S+$", "No spaces.")],
        help_text="India only: the registered template that the text follows.",
    )
    status = models.CharField(
        max_length=10,
        choices=choices(CampaignStatus),
        default=CampaignStatus.DRAFT,
        editable=False,
    )
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", editable=False
    )
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        editable=False,
    )
    approved_at = models.DateTimeField(null=True, editable=False)
    approved_digest = models.CharField(
        max_length=64, blank=True, editable=False, help_text="SHA-256 of what was approved."
    )
    started_at = models.DateTimeField(null=True, editable=False)
    frozen_at = models.DateTimeField(
        null=True, editable=False, help_text="When the audience was written down."
    )
    finished_at = models.DateTimeField(null=True, editable=False)

    history = kept_history()
    objects = CampaignQuerySet.as_manager()

    class Meta:
        ordering = ("-pk",)
        permissions = (
            ("submit_campaign", "Can submit a campaign for approval"),
            ("approve_campaign", "Can approve a campaign"),
            ("stop_campaign", "Can pause, resume and cancel a campaign"),
        )
        constraints = (
            one_of("status", CampaignStatus, "campaign_status_is_known"),
            one_of("when_window_closes", WhenWindowCloses, "end_of_hours_is_known"),
            models.CheckConstraint(
                condition=~models.Q(status__in=sorted(APPROVED_OR_LATER))
                | (
                    models.Q(approved_by__isnull=False, approved_at__isnull=False)
                    & ~models.Q(approved_digest="")
                ),
                name="approved_campaign_names_its_approver",
            ),
            models.CheckConstraint(
                condition=models.Q(approved_by__isnull=True)
                | ~models.Q(approved_by=models.F("author")),
                name="nobody_approves_their_own_campaign",
            ),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def is_editable(self) -> bool:
        """Say whether its words may still change."""
        return self.status in EDITABLE

    @property
    def is_approved(self) -> bool:
        """Say whether somebody approved exactly what it says now."""
        return self.status in APPROVED_OR_LATER and self.approved_digest == self.content_digest()

    def content_digest(self) -> str:
        """Return SHA-256, in hex, over what an approval covers: all that an author chooses."""
        content = [
            self.text,
            self.topic_id,
            self.origination_number_id,
            self.scheduled_at.astimezone(UTC).isoformat(),
            self.when_window_closes,
            self.template_id,
        ]
        return hashlib.sha256(json.dumps(content, ensure_ascii=False).encode()).hexdigest()
