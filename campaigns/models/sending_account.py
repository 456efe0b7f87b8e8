"""What Amazon allows the whole account: how fast, and for how much money a month."""

from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models

from consent.models.history import HistoryOnOurClock, kept_history
from consent.vocabulary import MessageClass

RATE = (MinValueValidator(0.1), MaxValueValidator(10_000))
PRICE = (MinValueValidator(Decimal("0.00001")),)
THE_ONE = 1


class SendingAccount(HistoryOnOurClock, models.Model):
    """Keep the limits of the one account that all numbers share.

    Without a row there is no limit but each number's own. Slots are written by pacing alone.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=THE_ONE, editable=False)
    transactional_per_second = models.FloatField(
        default=20,
        validators=RATE,
        help_text="Transactional texts a second, all numbers together. Amazon begins with 20.",
    )
    promotional_per_second = models.FloatField(
        default=20,
        validators=RATE,
        help_text="Promotional texts a second, all numbers together. Amazon begins with 20.",
    )
    monthly_limit = models.DecimalField(
        max_digits=10,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal("0.01"))],
        help_text="US dollars a calendar month (UTC), as Amazon granted: new accounts have 1.00. "
        "We stop a little before it; past it Amazon takes texts and drops them. Empty: no watch.",
    )
    price_per_part = models.DecimalField(
        max_digits=8,
        decimal_places=5,
        default=Decimal("0.01"),
        validators=PRICE,
        help_text="US dollars, carrier fees included, for countries without a price of their own. "
        "An estimate: too high stops us early, too low lets Amazon stop us.",
    )
    transactional_slot_at = models.DateTimeField(null=True, editable=False)
    promotional_slot_at = models.DateTimeField(null=True, editable=False)

    history = kept_history(excluded_fields=["transactional_slot_at", "promotional_slot_at"])

    class Meta:
        verbose_name = "sending account"
        permissions = (("retry_sending", "Can have a stopped sender try again"),)
        constraints = (
            models.CheckConstraint(
                condition=models.Q(pk=THE_ONE), name="there_is_one_sending_account"
            ),
            models.CheckConstraint(
                condition=models.Q(transactional_per_second__gt=0, promotional_per_second__gt=0),
                name="account_sends_at_some_rate",
            ),
        )

    def __str__(self) -> str:
        return "The account at Amazon"

    def rate(self, message_class: str) -> float:
        """Return how many texts of a class may leave in a second."""
        promotional = message_class == MessageClass.PROMOTIONAL
        return self.promotional_per_second if promotional else self.transactional_per_second


class PartPrice(HistoryOnOurClock, models.Model):
    """Estimate what one part to a country costs, carrier fees included."""

    country = models.CharField(
        max_length=2,
        unique=True,
        validators=[RegexValidator(r"^[A-Z]{2}$", "Two capital letters, e.g. US.")],
        help_text="Two letters, e.g. US.",
    )
    price = models.DecimalField(
        max_digits=8, decimal_places=5, validators=PRICE, help_text="US dollars for each part."
    )

    history = kept_history()

    class Meta:
        ordering = ("country",)
        verbose_name = "price of a part"
        verbose_name_plural = "prices of parts"

    def __str__(self) -> str:
        return f"{self.country}: {self.price} US dollars"
