"""A brand: in whose name texts are sent."""

from django.core.validators import RegexValidator
from django.db import models

from consent.choices import choices, one_of
from consent.models.history import HistoryOnOurClock, kept_history
from consent.vocabulary import StopScope


class Brand(HistoryOnOurClock, models.Model):
    """Say who sends, in the words that people know them by."""

    name = models.CharField(
        max_length=60,
        unique=True,
        help_text="As people know it and as texts show it, e.g. Example Corp. Wordings that people "
        "agreed to must name it: after a change, consents to promotional topics under the old name "
        "no longer count.",
    )
    support_email = models.EmailField(
        blank=True, help_text="Given in every HELP and STOP reply. An e-mail or a phone is a must."
    )
    support_phone = models.CharField(
        max_length=20,
        blank=True,
        validators=[
            RegexValidator(
                r"^\+?[0-9A-Z() .-]{7,20}$", "Write it as people would dial it: 202-555-0199."
            )
        ],
        help_text="As people would dial it, e.g. 202-555-0199. Given in HELP and STOP replies.",
    )
    website = models.URLField(blank=True, help_text="Where people see that the brand is real.")
    terms_url = models.URLField(
        "terms address", help_text="Carriers want it on every call to action."
    )
    privacy_url = models.URLField(
        "privacy address", help_text="Carriers want it on every call to action."
    )
    postal_address = models.CharField(
        max_length=250, blank=True, help_text="Canada and Japan want it named to the recipient."
    )

    stop_scope = models.CharField(
        "a STOP ends",
        max_length=15,
        choices=choices(StopScope),
        default=StopScope.ALL_PROMOTIONAL,
        help_text="All promotional: whoever answers STOP to an offer leaves all of the brand's "
        "promotional topics on that number. One topic: only the one that they were last texted "
        "about; where that is not known, all. STOP ALL always ends everything.",
    )
    stop_asks_which = models.BooleanField(
        "STOP reply asks which to keep",
        default=False,
        help_text="Where a STOP ended several topics, its one acknowledgement names them and says "
        "how to keep one. Without an answer all of them stay ended.",
    )

    history = kept_history()

    class Meta:
        ordering = ("name",)
        constraints = (
            models.CheckConstraint(
                condition=~models.Q(support_email="", support_phone=""),
                name="brand_can_be_reached",
                violation_error_message="Give a support e-mail or phone: HELP replies must name "
                "one.",
            ),
            one_of("stop_scope", StopScope, "brand_stop_scope_is_known"),
        )

    def __str__(self) -> str:
        return self.name
