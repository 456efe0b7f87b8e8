"""A contact import: who brought which list, and what became of each row."""

import json
from datetime import UTC, datetime, time, timedelta

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from consent.choices import choices, one_of
from consent.importing.reading import DIVIDED_BY, ENCODINGS
from consent.models.disclosure import Disclosure
from consent.models.list_mapping import HOLDS, ListMapping
from consent.models.topic import Topic
from consent.vocabulary import (
    RECORDED,
    EventKind,
    ImportState,
    LegalBasis,
    ListKind,
    RowOutcome,
    Source,
)


class ContactImport(models.Model):
    """Keep one uploaded list: uploaded -> previewed -> applying -> applied.

    One whose consents are attested once for all rows begins as unattested -> uploaded. A list that
    can be read in several ways goes uploaded -> needs_mapping -> uploaded; so does a
    preview whose mapping is changed. A preview may also be discarded; a file that cannot be read
    at all fails. What was applied may be taken back: recalling -> recalled. `progress` counts the
    events recorded so far, or withdrawn; counts by outcome are final once applied.
    """

    file_name = models.CharField(max_length=200)
    file = models.FileField(upload_to="imports/%Y/%m/", blank=True)
    file_digest = models.CharField(max_length=64, help_text="SHA-256 of the file as uploaded.")
    default_topic = models.ForeignKey(
        Topic,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="For rows that name no topic.",
    )
    holds = models.CharField(
        "the list holds",
        max_length=12,
        choices=HOLDS,
        default=ListKind.CONSENTS,
    )
    list_name = models.CharField(
        "name of the list",
        max_length=80,
        blank=True,
        help_text="Of suppressions: whose list it is, e.g. National Do Not Call Registry. Each "
        "suppression names it.",
    )
    list_date = models.DateField(
        "date of the list",
        null=True,
        blank=True,
        help_text="Of suppressions: the day on which the list was drawn.",
    )
    expires_on = models.DateField(
        "until",
        null=True,
        blank=True,
        help_text="Of suppressions: the last day on which they bar texts. Empty: until lifted.",
    )
    ask_again = models.BooleanField(
        "ask for YES",
        default=False,
        help_text="Nobody is opted in by the list: everyone on it is texted once to confirm.",
    )
    encoding = models.CharField(
        "written in",
        max_length=10,
        blank=True,
        choices=[(name, words) for name, words in ENCODINGS.items() if "-16-" not in name],
        help_text="Only where a preview shows wrong letters; found out by itself otherwise.",
    )
    delimiter = models.CharField(
        "divided by",
        max_length=1,
        blank=True,
        choices=[(mark, words.capitalize()) for mark, words in DIVIDED_BY.items()],
        help_text="Only where a preview shows several columns as one.",
    )
    written = models.CharField(
        max_length=100, blank=True, editable=False, help_text="How the file was read."
    )
    mapping = models.JSONField(
        default=dict,
        editable=False,
        help_text="Which column holds what, what its words mean, and how its dates are written.",
    )
    mapped_as = models.CharField(
        max_length=120, blank=True, editable=False, help_text="How the columns were recognised."
    )
    saved_mapping = models.ForeignKey(
        ListMapping,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="mapping",
        help_text="Only where the columns go by a mapping that was saved; a list with the same "
        "header as before is recognised by itself.",
    )
    survey = models.JSONField(
        default=dict,
        editable=False,
        help_text="What is unclear, and samples of each column; gone once confirmed.",
    )
    attestation = models.ForeignKey(
        "consent.ImportAttestation",
        on_delete=models.PROTECT,
        null=True,
        editable=False,
        related_name="in_force_for",
        help_text="What somebody vouched for by name, for rows that do not say it themselves.",
    )
    state = models.CharField(
        max_length=14, choices=choices(ImportState), default=ImportState.UPLOADED
    )
    rows = models.PositiveIntegerField(default=0)
    counts = models.JSONField(default=dict, help_text="Rows by outcome.")
    figures = models.JSONField(
        default=dict,
        editable=False,
        help_text="Whence the people of the preview are, how old their consents, and whether "
        "none of them was known.",
    )
    progress = models.PositiveIntegerField(default=0)
    applied_lines = models.JSONField(
        default=list, editable=False, help_text="Stretches of lines that are in the ledger."
    )
    fault = models.CharField(max_length=500, blank=True)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    uploaded_at = models.DateTimeField()
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    applied_at = models.DateTimeField(null=True)
    recalled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    recalled_at = models.DateTimeField(null=True)
    recall_reason = models.CharField(max_length=300, blank=True)
    lease_until = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-pk",)
        default_permissions = ("view", "add")
        permissions = (
            ("apply_contactimport", "Can confirm a contact import"),
            ("recall_contactimport", "Can recall a contact import: withdraw what it brought"),
        )
        constraints = (
            one_of("state", ImportState, "import_state_is_known"),
            one_of("holds", ListKind, "list_kind_is_known"),
            models.CheckConstraint(
                condition=models.Q(holds=ListKind.SUPPRESSIONS, list_date__isnull=False)
                & ~models.Q(list_name="")
                | ~models.Q(holds=ListKind.SUPPRESSIONS)
                & models.Q(list_name="", list_date__isnull=True, expires_on__isnull=True),
                name="suppression_list_has_name_and_date",
            ),
            models.CheckConstraint(
                condition=models.Q(holds=ListKind.CONSENTS) | models.Q(ask_again=False),
                name="who_left_is_not_asked_again",
            ),
            models.CheckConstraint(
                condition=~models.Q(
                    state__in=[ImportState.APPLIED, ImportState.RECALLING, ImportState.RECALLED]
                )
                | models.Q(applied_at__isnull=False),
                name="applied_import_says_when",
            ),
        )

    def __str__(self) -> str:
        return f"{self.file_name} (#{self.pk})"

    @property
    def brings(self) -> EventKind:
        """Return of which kind the events are that its rows come to."""
        if self.holds == ListKind.CONSENTS:
            return EventKind.REQUESTED if self.ask_again else EventKind.OPTED_IN
        return EventKind.OPTED_OUT if self.holds == ListKind.OPT_OUTS else EventKind.SUPPRESSED

    @property
    def expires_at(self) -> datetime | None:
        """Return when its suppressions end: when their last day is over everywhere."""
        if self.expires_on is None:
            return None
        return datetime.combine(self.expires_on, time(12), UTC) + timedelta(days=1)


class ContactImportRow(models.Model):
    """Keep one row of a list, as it came, what it proves, and what became of it.

    The table is not logged, since a million rows come by COPY: a crash of the database empties it,
    and lists under way are then read anew from their files. So nothing refers to it.
    """

    pk = models.CompositePrimaryKey("contact_import", "line")
    contact_import = models.ForeignKey(
        ContactImport,
        on_delete=models.CASCADE,
        related_name="import_rows",
        db_index=False,
        db_constraint=False,
    )
    line = models.PositiveIntegerField(help_text="Line in the file, the header being line 1.")
    told = models.TextField(help_text="The row as it came: JSON of header to text, sorted.")
    outcome = models.CharField(max_length=20, choices=choices(RowOutcome))
    reason = models.CharField(max_length=300, blank=True)
    number = models.CharField(max_length=16, blank=True)
    country = models.CharField(max_length=2, blank=True)
    state = models.CharField(max_length=3, blank=True)
    time_zones = ArrayField(models.CharField(max_length=40), default=list)
    topic = models.ForeignKey(
        Topic,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    kind = models.CharField(max_length=20, choices=choices(EventKind), blank=True)
    source = models.CharField(max_length=16, choices=choices(Source), blank=True)
    legal_basis = models.CharField(max_length=16, choices=choices(LegalBasis), blank=True)
    occurred_at = models.DateTimeField(null=True)
    disclosure = models.ForeignKey(
        Disclosure,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    postal_code = models.CharField(max_length=12, blank=True)
    home = models.CharField(max_length=6, blank=True, help_text="The place that the row states.")
    language = models.CharField(max_length=5, blank=True)
    external_id = models.CharField(max_length=80, blank=True)
    ground = models.JSONField(
        null=True, help_text="What an implied consent or a soft opt-in rests on; mostly empty."
    )

    class Meta:
        ordering = ("line",)
        default_permissions = ("view",)
        indexes = (
            # Samples and pages of one outcome; new ones are found by the primary key
            models.Index(
                fields=("contact_import", "outcome", "line"),
                name="row_by_outcome",
                condition=~models.Q(outcome__in=sorted(RECORDED)),
            ),
        )

    def __str__(self) -> str:
        return f"Line {self.line}: {self.outcome.replace('_', ' ')}"

    @property
    def cells(self) -> dict[str, str]:
        """Return the row as it came, by header."""
        cells: dict[str, str] = json.loads(self.told)
        return cells
