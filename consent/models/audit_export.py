"""An audit export: which records were handed out, to whom, when and why."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from consent.choices import choices, one_of
from consent.models.brand import Brand
from consent.models.contact import Contact
from consent.models.topic import Topic
from consent.vocabulary import ExportState


class AuditExport(models.Model):
    """Keep one export: queued -> running -> ready, or failed. The record outlives the file."""

    contact = models.ForeignKey(
        Contact, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    topics = models.ManyToManyField(
        Topic, related_name="+", help_text="About any of these; none chosen: about every topic."
    )
    brands = models.ManyToManyField(
        Brand, related_name="+", help_text="Of any of these; none chosen: of every brand."
    )
    sent_from = models.JSONField(
        default=dict,
        help_text="Numbers of ours that texts went over, by id, as they were called when it was "
        "asked for; none chosen: over every number.",
    )
    carried = ArrayField(
        models.BigIntegerField(),
        null=True,
        help_text="The topics that these numbers carried until then, by id.",
    )
    several = models.BooleanField(default=False, help_text="About the people listed, if any.")
    people = models.ManyToManyField(Contact, related_name="+")
    unknown = models.PositiveIntegerField(
        default=0, help_text="Numbers asked for of which nothing was on record."
    )
    sample = models.PositiveIntegerField(null=True, help_text="So many opt-ins, drawn at random.")
    seed = models.CharField(max_length=32, blank=True, help_text="What the sample is drawn by.")
    sampled = ArrayField(
        models.BigIntegerField(), null=True, help_text="The opt-in events that were drawn."
    )
    masked = models.BooleanField(
        default=False, help_text="Asked for by somebody who may not see whole numbers."
    )
    with_workbook = models.BooleanField(default=True)
    since = models.DateTimeField(null=True, blank=True, help_text="From this moment on.")
    until = models.DateTimeField(null=True, blank=True, help_text="Up to, not including.")
    reason = models.CharField(
        max_length=300, help_text="Who asked, and for what: kept with the export for good."
    )
    state = models.CharField(max_length=8, choices=choices(ExportState), default=ExportState.QUEUED)
    fault = models.CharField(max_length=300, blank=True)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    asked_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)
    file = models.FileField(upload_to="exports/%Y/%m/", blank=True)
    digest = models.CharField("SHA-256", max_length=64, blank=True)
    counts = models.JSONField(default=dict, help_text="Rows by file.")

    class Meta:
        ordering = ("-pk",)
        default_permissions = ("view", "add")
        permissions = (
            ("download_auditexport", "Can download an audit export"),
            ("export_lists", "Can export lists as files"),
        )
        constraints = (
            one_of("state", ExportState, "export_state_is_known"),
            models.CheckConstraint(
                condition=~models.Q(state=ExportState.READY) | ~models.Q(digest=""),
                name="ready_export_has_a_digest",
            ),
            models.CheckConstraint(condition=~models.Q(reason=""), name="export_has_a_reason"),
            models.CheckConstraint(
                condition=models.Q(sent_from={}, carried=None)
                | ~models.Q(sent_from={}) & ~models.Q(carried=None),
                name="chosen_numbers_bring_their_topics",
            ),
            models.CheckConstraint(
                condition=models.Q(sample=None) | ~models.Q(seed=""),
                name="sample_can_be_drawn_again",
            ),
        )

    def __str__(self) -> str:
        return f"Audit export #{self.pk}"
