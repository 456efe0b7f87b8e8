"""An origination number: from where texts come and where replies go."""

from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models

from campaigns.vocabulary import NumberKind
from consent.choices import choices, one_of
from consent.models import Brand, Topic
from consent.models.history import HistoryOnOurClock, kept_history
from consent.vocabulary import MessageClass


class OriginationNumberQuerySet(models.QuerySet["OriginationNumber"]):
    """Questions that staff ask of numbers."""

    def for_topic(self, topic: Topic) -> "OriginationNumber | None":
        """Return the live number that a topic is sent from, or None."""
        return self.filter(topics=topic, live=True).order_by("pk").first()


class OriginationNumber(HistoryOnOurClock, models.Model):
    """Bind a number to one brand and one class of message, and say how fast it may send."""

    number = models.CharField(
        max_length=16,
        unique=True,
        validators=[
            RegexValidator(
                r"^(\+[1-9][0-9]{6,14}|[0-9]{5,6})$",
                "A short code has 5 or 6 digits; other numbers are written +12025550100.",
            )
        ],
        help_text="As Amazon lists it: 12345 or +12025550100.",
    )
    kind = models.CharField(max_length=12, choices=choices(NumberKind))
    country = models.CharField(max_length=2, default="US", help_text="Two letters, e.g. US.")
    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="numbers")
    message_class = models.CharField(
        max_length=16,
        choices=choices(MessageClass),
        help_text="One number carries one class: carriers filter numbers that mix.",
    )
    topics = models.ManyToManyField(
        Topic,
        blank=True,
        related_name="numbers",
        help_text="Topics of this brand and this class that are sent from here.",
    )
    parts_per_second = models.FloatField(
        default=1,
        validators=[MinValueValidator(0.1), MaxValueValidator(1000)],
        help_text="What the carrier allows: short code 100, toll-free 3, long code 1.",
    )
    live = models.BooleanField(
        default=True, help_text="Off: nothing is sent from it, HELP and STOP replies included."
    )
    # Written by pacing alone, past history: the moment from which the next part may leave
    next_slot_at = models.DateTimeField(null=True, editable=False)

    history = kept_history(excluded_fields=["next_slot_at"], m2m_fields=[topics])
    objects = OriginationNumberQuerySet.as_manager()

    class Meta:
        ordering = ("number",)
        constraints = (
            one_of("kind", NumberKind, "number_kind_is_known"),
            one_of("message_class", MessageClass, "number_class_is_known"),
            models.CheckConstraint(
                condition=models.Q(parts_per_second__gt=0), name="number_sends_at_some_rate"
            ),
        )

    def __str__(self) -> str:
        return self.number
