"""A disclosure: the wording of a call to action, as people saw it."""

from django.db import models

from consent.choices import choices, one_of
from consent.models.history import HistoryOnOurClock, kept_history
from consent.models.topic import Topic
from consent.vocabulary import Place

LANGUAGES = (("en", "English"), ("es", "Spanish"), ("fr", "French"))


class DisclosureQuerySet(models.QuerySet["Disclosure"]):
    """Questions that staff ask of disclosures."""

    def published(self) -> "DisclosureQuerySet":
        """Return those that people may have seen."""
        return self.filter(published_at__isnull=False)

    def shown(self, topic: Topic, place: Place, language: str = "en") -> "Disclosure | None":
        """Return the newest published wording of a topic at a place."""
        return (
            self.published()
            .filter(topic=topic, place=place, language=language)
            .order_by("-version")
            .first()
        )


class Disclosure(HistoryOnOurClock, models.Model):
    """Keep one version of what a person reads before agreeing.

    Once published it never changes: the database refuses it, since consents rest on the words.
    New wording is a new version.
    """

    topic = models.ForeignKey(Topic, on_delete=models.PROTECT, related_name="disclosures")
    language = models.CharField(max_length=5, default="en", choices=LANGUAGES)
    place = models.CharField(max_length=16, choices=choices(Place), default=Place.WEB_FORM)
    version = models.PositiveIntegerField(
        help_text="Counts up per topic, language and place.", editable=False
    )
    wording = models.TextField(
        max_length=4000,
        help_text="The whole call to action, word for word. It cannot change once published.",
    )
    published_at = models.DateTimeField(null=True, blank=True, editable=False)

    history = kept_history()
    objects = DisclosureQuerySet.as_manager()

    class Meta:
        ordering = ("topic", "place", "language", "-version")
        permissions = (("publish_disclosure", "Can publish a disclosure"),)
        constraints = (
            models.UniqueConstraint(
                fields=("topic", "language", "place", "version"),
                name="disclosure_version_is_given_once",
            ),
            one_of("place", Place, "disclosure_place_is_known"),
        )

    def __str__(self) -> str:
        return f"{self.topic.slug} {self.place} {self.language} v{self.version}"

    @property
    def is_published(self) -> bool:
        """Say whether people may have seen it."""
        return self.published_at is not None
