"""Evidence: the personal part of an opt-in event; it can be erased, the proof stays."""

import json

from django.db import models

from consent.models.opt_in_event import OptInEvent


class Evidence(models.Model):
    """Keep what was seen, said and sent when an event happened.

    The event holds the SHA-256 over salt and contents, so that the evidence can be erased (P8)
    while what remains still proves that it was not altered. Updates are refused by the database.
    """

    event = models.OneToOneField(
        OptInEvent,
        on_delete=models.PROTECT,
        primary_key=True,
        related_name="evidence",
        db_constraint=False,  # consent.references refuses evidence of no event
    )
    salt = models.BinaryField(max_length=16)
    ip_address = models.GenericIPAddressField("internet address", null=True)
    user_agent = models.CharField("browser", max_length=400, blank=True)
    page = models.CharField(max_length=400, blank=True)
    form_fields = models.JSONField(default=dict)
    words_shown = models.TextField(
        blank=True,
        help_text="Word for word what the person saw. A row of a list names a disclosure instead, "
        "whose words never change.",
    )
    words_received = models.TextField(blank=True, help_text="Word for word what the person sent.")
    file = models.FileField(upload_to="evidence/%Y/%m/", blank=True)
    file_digest = models.CharField(max_length=64, blank=True)
    list_row = models.TextField(
        "row of a list", blank=True, help_text="The row as it came: JSON of header to text."
    )
    recorded_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "evidence"
        default_permissions = ("view",)
        indexes = (
            # The rate limit of the public page counts recent requests from one address
            models.Index(
                fields=("ip_address", "recorded_at"),
                name="evidence_by_address",
                condition=models.Q(ip_address__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return f"Evidence of event #{self.pk}"

    @property
    def words(self) -> str:
        """Return word for word what the person saw, wherever it is kept."""
        if self.list_row and self.event.disclosure:
            return self.event.disclosure.wording
        return self.words_shown

    @property
    def cells(self) -> dict[str, str]:
        """Return the row of a list by header; nothing where it came by no list."""
        cells: dict[str, str] = json.loads(self.list_row or "{}")
        return cells
