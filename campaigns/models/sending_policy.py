"""A sending policy: what the house asks beyond the law."""

from collections.abc import Iterator
from datetime import time

from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q

from campaigns.rulebook.values import Per
from campaigns.vocabulary import PolicyKind
from consent.choices import choices, one_of
from consent.models.history import HistoryOnOurClock, kept_history
from consent.vocabulary import MessageClass

LONGEST_HOURS = 31 * 24
"""How far back a cap may count: clearance reads no older texts."""

DAYS = (("weekday", "Mon-Fri", range(5)), ("saturday", "Sat", (5,)), ("sunday", "Sun", (6,)))


def _of(kind: PolicyKind) -> Q:
    return Q(kind=kind.value)


def _nothing(*names: str) -> Q:
    return Q(**{f"{name}__isnull": True for name in names})


def _at_least_one(*names: str) -> Q:
    """Ask for numbers; a check that compares nothing with a number would let an empty one pass."""
    given = Q(**{f"{name}__isnull": False for name in names})
    return given & Q(**{f"{name}__gte": 1 for name in names})


def _opens_before_it_closes(day: str) -> Q:
    """Closing at midnight is the end of the day; a day without hours is closed."""
    opens, closes = f"{day}_from", f"{day}_until"
    return _nothing(opens, closes) | (
        Q(**{f"{opens}__isnull": False, f"{closes}__isnull": False})
        & (Q(**{f"{closes}__gt": models.F(opens)}) | Q(**{closes: time()}))
    )


class SendingPolicy(HistoryOnOurClock, models.Model):
    """Limit one thing for one class of texts at one place; every version stays in the history.

    All that is switched on holds beside the law, so a row can only tighten. Hours for everywhere
    take the place of the hours that the rulebook comes with. Rows are switched off, never deleted.
    """

    kind = models.CharField(max_length=10, choices=choices(PolicyKind))
    message_class = models.CharField(
        "texts",
        max_length=16,
        blank=True,
        choices=[("", "All texts"), *choices(MessageClass)],
        help_text="Which texts it limits. STOP, HELP and requests to confirm are never limited.",
    )
    place = models.CharField(
        max_length=6,
        blank=True,
        validators=[
            RegexValidator(r"^[A-Z]{2}(-[A-Z0-9]{1,3})?$", "Two letters such as US, or US-FL.")
        ],
        help_text="A country such as US, or a state such as US-FL. Empty: everywhere.",
    )
    live = models.BooleanField(
        "in force", default=True, help_text="Off: it limits nothing any more; its history stays."
    )
    note = models.TextField(
        blank=True, max_length=1000, help_text="Why the house wants it. Shown in the rulebook."
    )
    weekday_from = models.TimeField("Monday to Friday, from", null=True, blank=True)
    weekday_until = models.TimeField(
        "Monday to Friday, until",
        null=True,
        blank=True,
        help_text="By the clock where the person is. 00:00 is the end of the day.",
    )
    saturday_from = models.TimeField("Saturday, from", null=True, blank=True)
    saturday_until = models.TimeField(
        "Saturday, until",
        null=True,
        blank=True,
        help_text="Both empty: nothing arrives on a Saturday.",
    )
    sunday_from = models.TimeField("Sunday, from", null=True, blank=True)
    sunday_until = models.TimeField(
        "Sunday, until", null=True, blank=True, help_text="Both empty: nothing arrives on a Sunday."
    )
    count = models.PositiveSmallIntegerField(
        "at most", null=True, blank=True, validators=[MinValueValidator(1)], help_text="Texts."
    )
    per_hours = models.PositiveSmallIntegerField(
        "in any stretch of",
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(LONGEST_HOURS)],
        help_text="Hours: 24 is a day, 168 a week, 744 a month of 31 days, which is the longest.",
    )
    counts = models.CharField(
        "counting",
        max_length=8,
        blank=True,
        choices=[
            (Per.ANY.value, "All texts to the person, of any topic and brand"),
            (Per.BRAND.value, "Texts of the same brand, on any of its topics"),
            (Per.SUBJECT.value, "Texts on the same topic"),
        ],
    )
    months = models.PositiveSmallIntegerField(
        "consent ends after",
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(240)],
        help_text="Months after the person agreed. Older consent counts as none until renewed.",
    )

    unanswered = models.PositiveSmallIntegerField(
        "after",
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text=(
            "Promotional texts in a row, of any topic, that Amazon took and after which the person "
            "neither replied nor joined or confirmed anything."
        ),
    )

    history = kept_history()

    class Meta:
        verbose_name = "house rule"
        verbose_name_plural = "house rules"
        ordering = ("kind", "place", "message_class", "pk")
        constraints = (
            one_of("kind", PolicyKind, "policy_kind_is_known"),
            models.CheckConstraint(
                condition=Q(message_class__in=["", *(each.value for each in MessageClass)]),
                name="policy_is_for_a_known_class_or_all",
            ),
            models.CheckConstraint(
                condition=_of(PolicyKind.HOURS)
                & (
                    Q(weekday_from__isnull=False)
                    | Q(saturday_from__isnull=False)
                    | Q(sunday_from__isnull=False)
                )
                | ~_of(PolicyKind.HOURS)
                & _nothing(*(f"{day}_{end}" for day, _, _ in DAYS for end in ("from", "until"))),
                name="hours_policy_alone_opens_some_day",
            ),
            *(
                models.CheckConstraint(
                    condition=_opens_before_it_closes(day), name=f"{day}_opens_before_it_closes"
                )
                for day, _, _ in DAYS
            ),
            models.CheckConstraint(
                condition=_of(PolicyKind.CAP)
                & _at_least_one("count", "per_hours")
                & Q(per_hours__lte=LONGEST_HOURS, counts__in=[each.value for each in Per])
                | _of(PolicyKind.ENGAGEMENT) & Q(counts="")
                | ~_of(PolicyKind.CAP) & _nothing("count", "per_hours") & Q(counts=""),
                name="cap_policy_alone_counts_texts",
            ),
            models.CheckConstraint(
                condition=_of(PolicyKind.ENGAGEMENT)
                & _at_least_one("unanswered")
                & (
                    _nothing("count", "per_hours")
                    | _at_least_one("count", "per_hours") & Q(per_hours__lte=LONGEST_HOURS)
                )
                | ~_of(PolicyKind.ENGAGEMENT) & _nothing("unanswered"),
                name="engagement_policy_alone_counts_unanswered_texts",
            ),
            models.CheckConstraint(
                condition=_of(PolicyKind.STALENESS) & _at_least_one("months")
                | ~_of(PolicyKind.STALENESS) & _nothing("months"),
                name="staleness_policy_alone_counts_months",
            ),
            models.UniqueConstraint(
                fields=("kind", "message_class", "place"),
                condition=Q(live=True)
                & Q(kind__in=[PolicyKind.HOURS.value, PolicyKind.STALENESS.value]),
                name="one_live_policy_of_a_kind_per_class_and_place",
                violation_error_message="There is one for these texts and this place: change that.",
            ),
            models.UniqueConstraint(
                fields=("message_class", "place", "counts", "per_hours"),
                condition=Q(live=True) & _of(PolicyKind.CAP),
                name="one_live_cap_per_class_place_and_stretch",
                violation_error_message="There is a cap over this stretch already: change that.",
            ),
            models.UniqueConstraint(
                fields=("message_class", "place", "unanswered"),
                condition=Q(live=True) & _of(PolicyKind.ENGAGEMENT),
                name="one_live_limit_per_class_place_and_unanswered_texts",
                violation_error_message="There is one after as many texts: change that.",
            ),
        )

    def __str__(self) -> str:
        return f"House rule {self.pk}: {self.get_kind_display().lower()}"

    def open_days(self) -> Iterator[tuple[tuple[int, ...], time, time]]:
        """Yield weekdays (Monday is 0) with when they open and close."""
        for day, _, weekdays in DAYS:
            opens, closes = getattr(self, f"{day}_from"), getattr(self, f"{day}_until")
            if opens is not None and closes is not None:
                yield tuple(weekdays), opens, closes
