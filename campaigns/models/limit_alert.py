"""An alert: something that waits came near its limit, and people were told so once."""

from django.db import models

from campaigns.models.dead_letter import DeadLetter
from campaigns.models.message import Message
from campaigns.models.reply import Reply


class LimitAlert(models.Model):
    """Remember that people were told of something that waits, so that they hear of it once."""

    reply = models.ForeignKey(Reply, on_delete=models.PROTECT, null=True, related_name="+")
    message = models.ForeignKey(Message, on_delete=models.PROTECT, null=True, related_name="+")
    letter = models.ForeignKey(DeadLetter, on_delete=models.PROTECT, null=True, related_name="+")
    told_at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        constraints = (
            models.UniqueConstraint(fields=("reply",), name="reply_is_told_of_once"),
            models.UniqueConstraint(fields=("message",), name="message_is_told_of_once"),
            models.UniqueConstraint(fields=("letter",), name="dead_letter_is_told_of_once"),
            models.CheckConstraint(
                condition=models.Q(reply__isnull=False, message=None, letter=None)
                | models.Q(reply=None, message__isnull=False, letter=None)
                | models.Q(reply=None, message=None, letter__isnull=False),
                name="alert_is_about_one_thing",
            ),
        )

    def __str__(self) -> str:
        return f"Alert #{self.pk}"
