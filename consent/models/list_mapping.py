"""A mapping of lists: which column holds what, kept under a name to be used again."""

from django.db import models

from consent.choices import one_of
from consent.importing.dates import IN_WORDS, NOBODY_KNOWS, DateForm
from consent.models.history import HistoryOnOurClock, kept_history
from consent.vocabulary import ListKind

HOLDS = [
    (ListKind.CONSENTS, "People who agreed"),
    (ListKind.OPT_OUTS, "People who left: each of them is opted out"),
    (
        ListKind.SUPPRESSIONS,
        "Numbers not to be texted (do-not-call, litigators, deactivated): suppressed",
    ),
]


class ListMapping(HistoryOnOurClock, models.Model):
    """Keep how lists of one make are read; imports copy it, so a change touches none of them."""

    name = models.CharField(
        max_length=80, unique=True, help_text="E.g. the program or vendor that the lists come from."
    )
    holds = models.CharField("the lists hold", max_length=12, choices=HOLDS)
    header = models.JSONField(default=list, editable=False, help_text="The columns, in order.")
    header_digest = models.CharField(
        max_length=64, editable=False, help_text="SHA-256 of the columns' names, in any order."
    )
    headed = models.BooleanField(
        "first line is a header", default=True, help_text="Otherwise its first line is a row."
    )
    columns = models.JSONField(default=dict, editable=False)
    words = models.JSONField(default=dict, editable=False)
    date_form = models.CharField(
        "dates are written",
        max_length=8,
        blank=True,
        choices=[
            *((form.value, words) for form, words in IN_WORDS.items()),
            (NOBODY_KNOWS, "Nobody knows: leave such rows out"),
        ],
        help_text="Of dates that do not begin with four digits of the year. Empty: asked for each "
        "list that has them.",
    )
    time_zone = models.CharField(
        max_length=40,
        blank=True,
        help_text="Where times without a zone were kept. Empty: asked for each list that has "
        "such times.",
    )
    recognise = models.BooleanField(
        "use by itself",
        default=True,
        help_text="Lists with these same columns are read by this mapping without being asked for.",
    )

    history = kept_history()

    class Meta:
        ordering = ("name",)
        default_permissions = ("view", "add", "change")
        verbose_name = "list mapping"
        constraints = (
            one_of("holds", ListKind, "mapped_list_kind_is_known"),
            models.CheckConstraint(
                condition=models.Q(
                    date_form__in=["", NOBODY_KNOWS, *[form.value for form in DateForm]]
                ),
                name="date_form_is_known",
            ),
        )
        indexes = (
            # A list just uploaded, to be recognised
            models.Index(fields=("header_digest",), name="mapping_by_header"),
        )

    def __str__(self) -> str:
        return self.name
