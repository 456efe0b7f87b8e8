"""An inbound text: what came in from a phone and has not been read yet."""

from datetime import timedelta

from django.db import models
from django.db.models import Exists, OuterRef, Q

from campaigns.vocabulary import InboundRoad
from consent import clock
from consent.choices import choices, one_of

LONG = timedelta(minutes=1)


class InboundTextQuerySet(models.QuerySet["InboundText"]):
    """Questions of readers, and of whoever is about to text somebody."""

    def to_read(self) -> "InboundTextQuerySet":
        """Return what may be read now, in order: of each person only the text that came first."""
        earlier = InboundText.objects.filter(sender=OuterRef("sender"), pk__lt=OuterRef("pk"))
        due = Q(put_off_until=None) | Q(put_off_until__lte=clock.now())
        return self.filter(due, ~Exists(earlier)).order_by("pk")

    def left_alone(self) -> "InboundTextQuerySet":
        """Return those that lie unread for so long that nobody seems to read."""
        return self.filter(arrived_at__lt=clock.now() - LONG)


class InboundText(models.Model):
    """Keep what a road brought from the moment that it is acknowledged until it has been read.

    The row ends in the transaction that reads it; what matters of it is then a `Reply`, or a dead
    letter. While it lies here, nothing is handed over to the number that it came from (P5).
    """

    inbound_message_id = models.CharField(max_length=100, unique=True)
    sender = models.CharField(max_length=20, help_text="The phone's number, personal.")
    payload = models.TextField(help_text="The notification as it came, personal.")
    road = models.CharField(max_length=8, choices=choices(InboundRoad))
    reference = models.CharField(max_length=100, help_text="Amazon's own id of the delivery.")
    arrived_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0, help_text="How often our software failed.")
    put_off_until = models.DateTimeField(null=True)

    objects = InboundTextQuerySet.as_manager()

    class Meta:
        default_permissions = ()
        constraints = (one_of("road", InboundRoad, "inbound_text_road_is_known"),)
        indexes = (
            # Asked before each hand-over, and by readers for the first text of each person
            models.Index(fields=("sender", "id"), name="inbound_texts_by_sender"),
        )

    def __str__(self) -> str:
        return f"Inbound text #{self.pk}"
