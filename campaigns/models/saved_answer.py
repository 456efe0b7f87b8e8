"""A saved answer: words that staff need again and again."""

from django.db import models

from consent.models import Brand
from consent.models.history import HistoryOnOurClock, kept_history


class SavedAnswer(HistoryOnOurClock, models.Model):
    """Keep the words of an answer, of one brand or of all; it is switched off, never deleted."""

    title = models.CharField(
        max_length=80, unique=True, help_text="What you look for it by. Nobody is sent this."
    )
    brand = models.ForeignKey(
        Brand,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="saved_answers",
        help_text="Offered on this brand's numbers only. Empty: on every brand's.",
    )
    text = models.TextField(
        max_length=1600,
        help_text="No marketing: it answers a question. {brand}, {program}, {email}, {phone}, "
        "{contact}, {frequency} and {keyword} are filled in from the records.",
    )
    live = models.BooleanField("in use", default=True, help_text="Off: it is offered no more.")

    history = kept_history()

    class Meta:
        ordering = ("title",)
        default_permissions = ("add", "change", "view")
        constraints = (
            models.CheckConstraint(
                condition=~models.Q(title="") & ~models.Q(text=""),
                name="saved_answer_has_title_and_text",
            ),
        )

    def __str__(self) -> str:
        return self.title
