"""A contact: one phone number and what its owner told us of themselves."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Func, Value
from django.db.models.functions import Length
from django.db.models.lookups import Exact, GreaterThanOrEqual, LessThanOrEqual

from consent.models.history import HistoryOnOurClock, kept_history
from consent.whereabouts import is_place


def known_place(code: str) -> None:
    """Refuse a place where nobody is: its hours would be unknown, and nothing ever sent."""
    if not is_place(code):
        raise ValidationError(
            f"{code} is no country or state. The United Kingdom is GB, Florida US-FL."
        )


class Contact(HistoryOnOurClock, models.Model):
    """Stand for one E.164 number.

    Country, state and time zones are derived from the number when the contact is written; what the
    person stated lies beside them and never overwrites them.
    """

    number = models.CharField(max_length=16, editable=False, help_text="E.164, e.g. +12025550147.")
    public_id = models.UUIDField(default=uuid.uuid4, editable=False)
    country = models.CharField(max_length=2, blank=True, editable=False)
    state = models.CharField(
        max_length=3, blank=True, editable=False, help_text="By area code; people move."
    )
    time_zones = ArrayField(
        models.CharField(max_length=40),
        default=list,
        blank=True,
        editable=False,
        help_text="Every zone that the number may be in. Texts wait until all are in hours.",
    )
    stated_place = models.CharField(
        max_length=6,
        blank=True,
        validators=[known_place],
        help_text="Where the person said they live: a country such as FR, or a state such as "
        "US-NY. Its hours and rules then count beside those of the number.",
    )
    stated_postal_code = models.CharField(
        max_length=12, blank=True, help_text="As the person gave it."
    )
    stated_time_zone = models.CharField(
        max_length=40, blank=True, help_text="As the person gave it, e.g. America/Chicago."
    )
    language = models.CharField(max_length=5, blank=True, help_text="As the person chose, e.g. es.")
    external_id = models.CharField(
        max_length=80, blank=True, help_text="Your own system's name for this person."
    )
    created_at = models.DateTimeField(editable=False)

    history = kept_history()

    class Meta:
        ordering = ("-pk",)
        permissions = (
            ("look_up_contact", "Can look a number up"),
            ("see_whole_numbers", "Can see whole phone numbers"),
            ("record_consent", "Can record a consent that came on paper or is implied"),
            ("record_opt_out", "Can record a revocation that came by phone, e-mail or letter"),
            ("suppress_contact", "Can suppress a contact and lift a suppression"),
        )
        constraints = (
            # A constraint, not unique=True: that brings an index for LIKE that nobody reads, and
            # two in the history; and public_id has no index until something looks it up. All of
            # them together doubled the cost of a new contact.
            models.UniqueConstraint(fields=("number",), name="number_is_one_contact"),
            # As ^\+[1-9][0-9]{6,14}$ has it, in half of the time
            models.CheckConstraint(
                condition=models.Q(
                    Exact(Func("number", Value("0123456789"), function="rtrim"), "+"),
                    GreaterThanOrEqual(Length("number"), 8),
                    LessThanOrEqual(Length("number"), 16),
                    ~models.Q(number__startswith="+0"),
                ),
                name="contact_number_is_e164",
            ),
        )
        indexes = (
            # The contacts' list by country, and which countries there are to choose from
            models.Index(fields=("country", "id"), name="contact_by_country"),
            # The contact file's search by the customer's own id
            models.Index(
                fields=("external_id",),
                name="contact_external_id",
                condition=~models.Q(external_id=""),
            ),
        )

    def __str__(self) -> str:
        # Masked: this lands in titles, logs and history
        return f"\u2022\u2022\u2022 {self.number[-4:]}"
