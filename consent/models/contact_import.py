"""A contact import: who brought which list, and what became of each row."""

from django.conf import settings
from django.db import models

from consent.choices import choices, one_of
from consent.models.contact import Contact
from consent.models.topic import Topic
from consent.vocabulary import ImportState, RowOutcome


class ContactImport(models.Model):
    """Keep one uploaded list: uploaded -> previewed -> applying -> applied.

    A preview may also be discarded; a file that cannot be read at all fails. `progress` counts the
    rows applied so far; counts by outcome are final once applied.
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
    state = models.CharField(
        max_length=10, choices=choices(ImportState), default=ImportState.UPLOADED
    )
    rows = models.PositiveIntegerField(default=0)
    counts = models.JSONField(default=dict, help_text="Rows by outcome.")
    progress = models.PositiveIntegerField(default=0)
    fault = models.CharField(max_length=500, blank=True)
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    uploaded_at = models.DateTimeField()
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    applied_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-pk",)
        default_permissions = ("view", "add")
        permissions = (("apply_contactimport", "Can confirm a contact import"),)
        constraints = (
            one_of("state", ImportState, "import_state_is_known"),
            models.CheckConstraint(
                condition=~models.Q(state=ImportState.APPLIED) | models.Q(applied_at__isnull=False),
                name="applied_import_says_when",
            ),
        )

    def __str__(self) -> str:
        return f"{self.file_name} (#{self.pk})"


class ContactImportRow(models.Model):
    """Keep one row of a list, as it came, and what became of it."""

    contact_import = models.ForeignKey(
        ContactImport, on_delete=models.CASCADE, related_name="import_rows", db_index=False
    )
    line = models.PositiveIntegerField(help_text="Line in the file, the header being line 1.")
    cells = models.JSONField(help_text="The row as it came: header to text.")
    outcome = models.CharField(max_length=20, choices=choices(RowOutcome))
    reason = models.CharField(max_length=300, blank=True)
    number = models.CharField(max_length=16, blank=True)
    topic = models.ForeignKey(
        Topic, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    contact = models.ForeignKey(
        Contact, on_delete=models.PROTECT, null=True, related_name="import_rows"
    )

    class Meta:
        ordering = ("line",)
        default_permissions = ("view",)
        constraints = (
            # Also the order in which an import is shown and applied
            models.UniqueConstraint(
                fields=("contact_import", "line"), name="import_tells_each_line_once"
            ),
            one_of("outcome", RowOutcome, "row_outcome_is_known"),
        )

    def __str__(self) -> str:
        return f"Line {self.line}: {self.outcome.replace('_', ' ')}"
