"""A topic: what people agree to be texted about, one at a time."""

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models

from consent.choices import choices, one_of
from consent.models.brand import Brand
from consent.models.history import HistoryOnOurClock, kept_history
from consent.vocabulary import FrequencyUnit, MessageClass

DEFAULT_HELP = "Leave it empty for the tested default."


class TopicQuerySet(models.QuerySet["Topic"]):
    """Questions that staff ask of topics."""

    def open(self) -> "TopicQuerySet":
        """Return the topics that people may join."""
        return self.filter(open=True)


class Topic(HistoryOnOurClock, models.Model):
    """Say what a programme sends, how often, and in which words it answers.

    Topics are independent: agreeing to one says nothing of another. The message class is fixed
    once people have joined, since their consent was given for it.
    """

    brand = models.ForeignKey(Brand, on_delete=models.PROTECT, related_name="topics")
    slug = models.SlugField(
        unique=True, help_text="Names the topic in addresses and lists, e.g. example-alerts."
    )
    name = models.CharField(
        max_length=40,
        help_text="Follows the brand in texts: with alerts, texts say Example Corp. alerts.",
    )
    message_class = models.CharField(
        max_length=16,
        choices=choices(MessageClass),
        help_text="Promotional if anything in it advertises. The two never mix on one number.",
    )
    description = models.CharField(
        max_length=300, help_text="What people get, in their words. Shown where they join."
    )
    frequency_count = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(1000)],
        help_text="The promised most, e.g. 2. Empty with the period: frequency varies, a promise "
        "that protects nobody.",
    )
    frequency_unit = models.CharField(
        "frequency period", max_length=5, blank=True, choices=choices(FrequencyUnit)
    )
    opt_in_keywords = ArrayField(
        models.CharField(
            max_length=20,
            validators=[RegexValidator(r"^[A-Z0-9]+$", "Capital letters and digits only.")],
        ),
        default=list,
        blank=True,
        help_text="Texted to the topic's number to join, separated by commas, e.g. JOIN.",
    )
    double_opt_in = models.BooleanField(
        "ask for confirmation",
        default=True,
        help_text="A text asks for YES before anything else is sent. Promotional topics must.",
    )
    confirmation_request_text = models.TextField(
        "confirmation request", blank=True, max_length=1600, help_text=DEFAULT_HELP
    )
    welcome_text = models.TextField("welcome", blank=True, max_length=1600, help_text=DEFAULT_HELP)
    help_text = models.TextField("HELP reply", blank=True, max_length=1600, help_text=DEFAULT_HELP)
    stop_text = models.TextField("STOP reply", blank=True, max_length=1600, help_text=DEFAULT_HELP)
    reminder_text = models.TextField(
        "list audit text",
        blank=True,
        max_length=1600,
        help_text="Tells people that they are still subscribed and how to leave. " + DEFAULT_HELP,
    )
    reminder_months = models.PositiveSmallIntegerField(
        "months between list audits",
        null=True,
        blank=True,
        default=6,
        validators=[MinValueValidator(1), MaxValueValidator(24)],
        help_text="Everyone opted in is reminded this often. Empty: never, which audits nobody.",
    )
    template_id = models.CharField(
        "template ID",
        max_length=50,
        blank=True,
        validators=[RegexValidator(r"^\S+$", "No spaces.")],
        help_text="India only: the registered template that the texts above follow. Campaigns have "
        "their own.",
    )
    open = models.BooleanField(
        "open to join", default=True, help_text="Closed topics take nobody in and send nothing."
    )

    history = kept_history()
    objects = TopicQuerySet.as_manager()

    class Meta:
        ordering = ("brand__name", "name")
        constraints = (
            models.UniqueConstraint(fields=("brand", "name"), name="brand_names_a_topic_once"),
            one_of("message_class", MessageClass, "topic_class_is_known"),
            models.CheckConstraint(
                condition=models.Q(message_class=MessageClass.TRANSACTIONAL, double_opt_in=False)
                | models.Q(double_opt_in=True),
                name="promotional_topic_asks_twice",
                violation_error_message="A promotional topic must ask for confirmation.",
            ),
            models.CheckConstraint(
                condition=models.Q(frequency_count__isnull=True, frequency_unit="")
                | models.Q(
                    frequency_count__gte=1,
                    frequency_unit__in=[unit.value for unit in FrequencyUnit],
                ),
                name="topic_frequency_is_whole_or_varies",
                violation_error_message="Give both a count and a period, or neither (varies).",
            ),
        )

    def __str__(self) -> str:
        return f"{self.brand.name} {self.name}"

    @property
    def is_promotional(self) -> bool:
        """Say whether the topic may advertise."""
        return self.message_class == MessageClass.PROMOTIONAL
