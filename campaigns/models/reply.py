"""A reply: a text that a person sent us."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models.functions import Coalesce

from campaigns.models.origination_number import OriginationNumber
from campaigns.vocabulary import Meaning, ReplyState, Verdict
from consent.choices import choices, one_of
from consent.models import Contact


class ReplyQuerySet(models.QuerySet["Reply"]):
    """Questions that staff ask of replies."""

    def waiting(self) -> "ReplyQuerySet":
        """Return those that a person must read."""
        return self.filter(state=ReplyState.NEEDS_PERSON)

    def said_after(self, reply: "Reply", *, or_itself: bool = False) -> "ReplyQuerySet":
        """Return what the same person said after a reply, in order of their saying it.

        `or_itself`: and the row of the reply, where it was taken before.
        """
        after = models.Q(contact=reply.contact_id) & (
            models.Q(said_at__gt=reply.said_at)
            | models.Q(said_at=reply.said_at, inbound_message_id__gt=reply.inbound_message_id)
        )
        itself = models.Q(inbound_message_id=reply.inbound_message_id)
        found = self.alias(said_at=Coalesce("published_at", "received_at"))
        return found.filter(after | itself if or_itself else after).order_by(
            "said_at", "inbound_message_id"
        )


class Reply(models.Model):
    """Keep one inbound text, once per Amazon's inbound id, whatever becomes of it.

    acted: the software did what it asks; needs_person -> settled: staff read it.
    """

    inbound_message_id = models.CharField(max_length=100, unique=True)
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="replies")
    origination_number = models.ForeignKey(
        OriginationNumber, on_delete=models.PROTECT, null=True, related_name="replies"
    )
    destination = models.CharField(max_length=20, help_text="Our number, as Amazon named it.")
    body = models.TextField()
    previous_message_id = models.CharField(max_length=100, blank=True)
    meaning = models.CharField(max_length=13, choices=choices(Meaning))
    rule = models.CharField(max_length=100, help_text="Which rule of meaning fired.")
    state = models.CharField(max_length=12, choices=choices(ReplyState))
    published_at = models.DateTimeField(null=True, help_text="As Amazon stamped it.")
    received_at = models.DateTimeField(help_text="When we took it from the queue.")
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    settled_at = models.DateTimeField(null=True)
    settled_note = models.CharField(max_length=500, blank=True)
    verdict = models.CharField(
        max_length=9,
        blank=True,
        choices=[pair for pair in choices(Verdict) if pair[0]],
        help_text="Whether a person took it for a revocation. A new decision takes its place.",
    )

    objects = ReplyQuerySet.as_manager()

    class Meta:
        ordering = ("-pk",)
        verbose_name_plural = "replies"
        default_permissions = ("view",)
        permissions = (
            ("settle_reply", "Can settle a reply"),
            ("answer_reply", "Can answer a reply"),
            ("rehearse_replies", "Can rehearse what replies to a topic do"),
        )
        constraints = (
            one_of("meaning", Meaning, "reply_meaning_is_known"),
            one_of("state", ReplyState, "reply_state_is_known"),
            one_of("verdict", Verdict, "reply_verdict_is_known"),
            models.CheckConstraint(
                condition=models.Q(verdict="") | models.Q(state=ReplyState.SETTLED),
                name="judged_reply_is_settled",
            ),
            models.CheckConstraint(
                condition=~models.Q(state=ReplyState.SETTLED)
                | models.Q(settled_by__isnull=False, settled_at__isnull=False),
                name="settled_reply_says_by_whom",
            ),
        )
        indexes = (
            # The queue of replies that a person must read
            models.Index(
                fields=("received_at",),
                name="replies_waiting",
                condition=models.Q(state=ReplyState.NEEDS_PERSON),
            ),
        )

    def __str__(self) -> str:
        return f"Reply #{self.pk}"

    @property
    def said_at(self) -> datetime:
        """Return when it was said, as far as anybody knows: by Amazon's stamp."""
        return self.published_at or self.received_at
