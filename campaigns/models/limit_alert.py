"""An alert: something that waits came near its limit, and people were told so once."""

from django.db import models

from campaigns.models.message import Message
from campaigns.models.reply import Reply


class LimitAlert(models.Model):
    """Remember that people were told of a reply or a text that waits, so that they hear it once."""

    reply = models.ForeignKey(Reply, on_delete=models.PROTECT, null=True, related_name="+")
    message = models.ForeignKey(Message, on_delete=models.PROTECT, null=True, related_name="+")
    told_at = models.DateTimeField()

    class Meta:
        default_permissions = ()
        constraints = (
            models.UniqueConstraint(fields=("reply",), name="reply_is_told_of_once"),
            models.UniqueConstraint(fields=("message",), name="message_is_told_of_once"),
            models.CheckConstraint(
                condition=models.Q(reply__isnull=False, message__isnull=True)
                | models.Q(reply__isnull=True, message__isnull=False),
                name="alert_is_about_one_thing",
            ),
        )

    def __str__(self) -> str:
        return f"Alert #{self.pk}"
