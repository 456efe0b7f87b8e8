"""A message: one text to one person, the reasons for it and what became of it."""

from django.contrib.postgres.indexes import BrinIndex
from django.db import models

from campaigns.models.campaign import Campaign
from campaigns.models.origination_number import OriginationNumber
from campaigns.models.reply import Reply
from campaigns.vocabulary import Exemption, MessageKind, MessageStatus, ReceiptOutcome
from consent.choices import choices, one_of
from consent.models import Contact, OptInEvent, Topic

S = MessageStatus
RARE = [S.REFUSED, S.CANCELLED, S.REJECTED, S.UNCONFIRMED, S.EXPIRED]
CLEARED = [S.SENDING, S.ACCEPTED, S.REJECTED, S.UNCONFIRMED]


class Message(models.Model):
    """Carry one text from the wish to send it to what Amazon said.

    queued or held -> sending -> accepted, rejected or unconfirmed; queued or held -> refused,
    cancelled or expired. A hold ends by itself at `due_at`. What Amazon throttled, or what never
    left, goes back to queued. Unconfirmed: we asked and do not know; it is never sent again by
    itself (P4).
    """

    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="messages")
    topic = models.ForeignKey(
        Topic, on_delete=models.PROTECT, null=True, related_name="messages", db_index=False
    )
    campaign = models.ForeignKey(
        Campaign, on_delete=models.PROTECT, null=True, related_name="messages", db_index=False
    )
    origination_number = models.ForeignKey(
        OriginationNumber, on_delete=models.PROTECT, related_name="messages", db_index=False
    )
    kind = models.CharField(max_length=20, choices=choices(MessageKind))
    body = models.TextField(blank=True, help_text="Empty: the campaign's text, word for word.")
    parts = models.PositiveSmallIntegerField(default=1)
    priority = models.PositiveSmallIntegerField(
        default=5, help_text="1 STOP and HELP replies, 3 confirmations, 5 campaigns."
    )
    about_event = models.ForeignKey(
        OptInEvent,
        on_delete=models.PROTECT,
        null=True,
        related_name="messages",
        db_index=False,
        help_text="The event that this text asks about, welcomes or acknowledges.",
    )
    answers = models.ForeignKey(
        Reply, on_delete=models.PROTECT, null=True, related_name="answers", db_index=False
    )
    status = models.CharField(max_length=12, choices=choices(MessageStatus), default=S.QUEUED)
    due_at = models.DateTimeField(help_text="Not before this moment.")
    expires_at = models.DateTimeField(
        null=True, help_text="The end of the hours that it was to be sent in, where that ends it."
    )
    created_at = models.DateTimeField()
    clearance = models.JSONField(
        null=True, help_text="Every rule's verdict at the last asking, packed."
    )
    reason_code = models.CharField(max_length=40, blank=True)
    authorised_by = models.ForeignKey(
        OptInEvent, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    exemption = models.CharField(max_length=24, blank=True, choices=choices(Exemption))
    claimed_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)
    worker = models.CharField(max_length=80, blank=True)
    amazon_message_id = models.CharField(max_length=100, blank=True)
    settled_at = models.DateTimeField(null=True)
    # Written by campaigns.receipts alone, from the latest receipt, so that a page counts one table
    delivery = models.CharField(
        max_length=20, choices=choices(ReceiptOutcome), blank=True, default="", db_default=""
    )
    cost = models.DecimalField(max_digits=9, decimal_places=5, null=True, help_text="In USD.")

    class Meta:
        ordering = ("-pk",)
        default_permissions = ("view",)
        permissions = (("settle_message", "Can settle an unconfirmed message"),)
        constraints = (
            one_of("kind", MessageKind, "message_kind_is_known"),
            one_of("status", MessageStatus, "message_status_is_known"),
            # Also read to show a campaign's messages and to freeze its audience
            models.UniqueConstraint(
                fields=("campaign", "contact"),
                name="contact_gets_a_campaign_once",
                condition=models.Q(campaign__isnull=False),
            ),
            models.UniqueConstraint(
                fields=("about_event", "kind"),
                name="event_is_answered_once_per_kind",
                condition=models.Q(about_event__isnull=False),
            ),
            models.UniqueConstraint(
                fields=("answers", "kind"),
                name="reply_is_answered_once_per_kind",
                condition=models.Q(answers__isnull=False),
            ),
            models.CheckConstraint(
                condition=models.Q(campaign__isnull=False) | ~models.Q(body=""),
                name="message_has_words",
            ),
            models.CheckConstraint(
                condition=models.Q(kind=MessageKind.CAMPAIGN, campaign__isnull=False)
                | (~models.Q(kind=MessageKind.CAMPAIGN) & models.Q(campaign__isnull=True)),
                name="campaign_message_names_its_campaign",
            ),
            models.CheckConstraint(
                condition=~models.Q(status__in=CLEARED)
                | models.Q(authorised_by__isnull=False)
                | ~models.Q(exemption=""),
                name="nothing_is_sent_without_a_ground",
            ),
            models.CheckConstraint(
                condition=~models.Q(status__in=[*CLEARED, S.REFUSED, S.HELD])
                | models.Q(clearance__isnull=False),
                name="decided_message_keeps_its_clearance",
            ),
            models.CheckConstraint(
                condition=~models.Q(status=S.ACCEPTED) | ~models.Q(amazon_message_id=""),
                name="accepted_message_has_amazon_id",
            ),
            models.CheckConstraint(
                condition=~models.Q(status=S.SENDING) | models.Q(lease_until__isnull=False),
                name="sending_message_has_a_lease",
            ),
        )
        indexes = (
            # The claim: due rows of one number and campaign, or of none, most urgent first
            models.Index(
                fields=("origination_number", "campaign", "priority", "due_at", "id"),
                name="message_to_claim",
                condition=models.Q(status__in=[S.QUEUED, S.HELD]),
            ),
            # The sweep for rows whose worker died
            models.Index(
                fields=("lease_until",),
                name="message_in_flight",
                condition=models.Q(status=S.SENDING),
            ),
            # Whom receipts may settle, and the dashboard's count; nearly always empty
            models.Index(
                fields=("contact",),
                name="message_unconfirmed",
                condition=models.Q(status=S.UNCONFIRMED),
            ),
            # The clock of STOP and HELP: what was owed and is not out yet
            models.Index(
                fields=("created_at",),
                name="message_owed_to_a_reply",
                condition=models.Q(
                    kind__in=[MessageKind.STOP_CONFIRMATION, MessageKind.HELP_REPLY],
                    status__in=[S.QUEUED, S.HELD, S.SENDING, S.UNCONFIRMED],
                ),
            ),
            # The list of messages by a status or kind that few have: else a page of them reads all
            models.Index(
                fields=("status", "id"),
                name="message_of_rare_status",
                condition=models.Q(status__in=RARE),
            ),
            models.Index(
                fields=("kind", "id"),
                name="message_of_rare_kind",
                condition=~models.Q(kind=MessageKind.CAMPAIGN),
            ),
            # Audit exports by short code or brand. By the number alone, it packs and costs little
            models.Index(fields=("origination_number",), name="message_by_number"),
            # The list of messages of some days, and audit exports of them; rows come in this order
            BrinIndex(fields=("created_at",), name="message_by_day"),
            # Receipts, matched by Amazon's id
            models.Index(
                fields=("amazon_message_id",),
                name="message_by_amazon_id",
                condition=~models.Q(amazon_message_id=""),
            ),
        )

    def __str__(self) -> str:
        return f"Message #{self.pk}"

    @property
    def text(self) -> str:
        """Return the words as sent."""
        return self.body or (self.campaign.text if self.campaign else "")
