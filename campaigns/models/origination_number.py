"""An origination number: from where texts come and where replies go."""

from decimal import Decimal

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models

from campaigns.vocabulary import GatewayName, NumberKind
from consent.choices import choices, one_of
from consent.models import Brand, Topic
from consent.models.history import HistoryOnOurClock, kept_history
from consent.vocabulary import MessageClass

PHONE = r"^(\+[1-9][0-9]{6,14}|[0-9]{5,6})$"
SENDER_ID = r"^(?=.*[A-Za-z])[A-Za-z0-9-]{3,11}$"


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
                f"{PHONE}|{SENDER_ID}",
                "A short code has 5 or 6 digits, other numbers are written +12025550100, a sender "
                "ID has 3 to 11 letters, digits or hyphens.",
            )
        ],
        help_text="As Amazon lists it: 12345 or +12025550100; a sender ID: EXAMPLE. Nobody can "
        "answer a sender ID, so STOP does not reach us from there.",
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
    parts_per_day = models.PositiveIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text="A carrier's daily cap, such as T-Mobile's for a 10DLC campaign. Counted over "
        "any 24 hours; what is beyond waits. Empty: no cap.",
    )
    gateway = models.CharField(
        max_length=3,
        choices=[
            (GatewayName.SNS.value, "Amazon SNS"),
            (GatewayName.EUM.value, "AWS End User Messaging"),
        ],
        default=GatewayName.SNS,
        help_text="End User Messaging says at once why it refuses a text, and drops one whose "
        "hours are over. It needs its own permission at Amazon: sms-voice:SendTextMessage.",
    )
    configuration_set = models.CharField(
        max_length=64,
        blank=True,
        validators=[RegexValidator(r"^[A-Za-z0-9_-]+$", "Letters, digits, _ and - only.")],
        help_text="End User Messaging only: the configuration set that logs what became of texts.",
    )
    max_price = models.DecimalField(
        "most per text",
        max_digits=7,
        decimal_places=5,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal("0.00001"))],
        help_text="US dollars. Amazon does not send a text that would cost more. Empty: any price.",
    )
    entity_id = models.CharField(
        "principal entity ID",
        max_length=50,
        blank=True,
        validators=[RegexValidator(r"^\S+$", "No spaces.")],
        help_text="India only: as registered with the TRAI, sent along with every text.",
    )
    live = models.BooleanField(
        default=True, help_text="Off: nothing is sent from it, HELP and STOP replies included."
    )
    # Written by pacing alone, past history: the moment from which the next part may leave
    next_slot_at = models.DateTimeField(null=True, editable=False)
    # Claims in a row that were filled whole, while others may have waited; see `campaigns.turns`
    turn = models.PositiveSmallIntegerField(default=0, editable=False)

    history = kept_history(excluded_fields=["next_slot_at", "turn"], m2m_fields=[topics])
    objects = OriginationNumberQuerySet.as_manager()

    class Meta:
        ordering = ("number",)
        permissions = (("try_without_sending", "Can have Amazon check a text without sending it"),)
        constraints = (
            one_of("kind", NumberKind, "number_kind_is_known"),
            one_of("message_class", MessageClass, "number_class_is_known"),
            models.CheckConstraint(
                condition=models.Q(parts_per_second__gt=0), name="number_sends_at_some_rate"
            ),
            one_of("gateway", GatewayName, "number_gateway_is_known"),
            models.CheckConstraint(
                condition=models.Q(kind=NumberKind.SENDER_ID, number__regex="[A-Za-z]")
                | ~models.Q(kind=NumberKind.SENDER_ID) & ~models.Q(number__regex="[A-Za-z]"),
                name="sender_id_alone_has_letters",
            ),
            models.CheckConstraint(
                condition=models.Q(entity_id="") | models.Q(country="IN"),
                name="entity_id_is_for_india",
            ),
            models.CheckConstraint(
                condition=models.Q(configuration_set="") | models.Q(gateway=GatewayName.EUM),
                name="configuration_set_is_for_end_user_messaging",
            ),
        )

    def __str__(self) -> str:
        return self.number

    @property
    def is_sender_id(self) -> bool:
        """Say whether it is a name rather than a number."""
        return self.kind == NumberKind.SENDER_ID

    def clean(self) -> None:
        """Refuse what Amazon would refuse text by text."""
        faults: dict[str, str] = {}
        if self.is_sender_id != any(letter.isalpha() for letter in self.number):
            faults["number"] = "A sender ID has letters; a phone number has none."
        if self.entity_id and self.country != "IN":
            faults["entity_id"] = "Only for numbers of India (IN)."
        if self.configuration_set and self.gateway != GatewayName.EUM:
            faults["configuration_set"] = "Only End User Messaging knows configuration sets."
        if faults:
            raise ValidationError(faults)
