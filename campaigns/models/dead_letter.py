"""A dead letter: something that came in as a reply and could not be read."""

from django.conf import settings
from django.db import models

from campaigns.vocabulary import DeadLetterState, InboundRoad
from consent.choices import choices, one_of


class DeadLetterQuerySet(models.QuerySet["DeadLetter"]):
    """Questions that staff ask of dead letters."""

    def waiting(self) -> "DeadLetterQuerySet":
        """Return those that nobody has dealt with."""
        return self.filter(state=DeadLetterState.WAITING)


class DeadLetter(models.Model):
    """Keep what could not be taken, so that it can be tried again: somebody's STOP may be in it.

    waiting -> taken, when a retry succeeds; waiting -> dismissed, by a person. The payload is
    personal; it goes when the letter is settled, the record of it stays.
    """

    road = models.CharField(max_length=8, choices=choices(InboundRoad))
    reference = models.CharField(max_length=100, help_text="Amazon's own id of the delivery.")
    payload = models.TextField(blank=True, help_text="As it came; emptied once settled.")
    reason = models.CharField(max_length=200, help_text="Why it could not be taken.")
    arrived_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=1)
    tried_at = models.DateTimeField()
    state = models.CharField(
        max_length=10, choices=choices(DeadLetterState), default=DeadLetterState.WAITING
    )
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    settled_at = models.DateTimeField(null=True)

    objects = DeadLetterQuerySet.as_manager()

    class Meta:
        ordering = ("-pk",)
        default_permissions = ("view",)
        permissions = (
            ("read_deadletter", "Can read what a dead letter holds"),
            ("settle_deadletter", "Can retry and dismiss dead letters"),
        )
        constraints = (
            one_of("road", InboundRoad, "dead_letter_road_is_known"),
            one_of("state", DeadLetterState, "dead_letter_state_is_known"),
            # A delivery that comes again is the same letter
            models.UniqueConstraint(fields=("road", "reference"), name="dead_letter_is_kept_once"),
            models.CheckConstraint(
                condition=models.Q(state=DeadLetterState.WAITING)
                | models.Q(settled_by__isnull=False, settled_at__isnull=False, payload=""),
                name="settled_dead_letter_says_by_whom_and_holds_nothing",
            ),
        )
        indexes = (
            # What waits for a person, and its count on the dashboard
            models.Index(
                fields=("arrived_at",),
                name="dead_letters_waiting",
                condition=models.Q(state=DeadLetterState.WAITING),
            ),
        )

    def __str__(self) -> str:
        return f"Dead letter #{self.pk}"
