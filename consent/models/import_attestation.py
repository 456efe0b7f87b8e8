"""An attestation: what somebody vouched for by name, once for every row of a list."""

from django.conf import settings
from django.db import models

from consent.choices import choices
from consent.models.contact_import import ContactImport
from consent.models.disclosure import Disclosure
from consent.vocabulary import LegalBasis, Source


class ImportAttestation(models.Model):
    """Keep what a person attested of a list, word for word. Rows are only ever added.

    It speaks for rows that do not speak for themselves; what is empty was not attested. The import
    names the one in force, which is the last.
    """

    contact_import = models.ForeignKey(
        ContactImport, on_delete=models.PROTECT, related_name="attestations"
    )
    source = models.CharField("how they agreed", max_length=16, choices=choices(Source), blank=True)
    legal_basis = models.CharField(
        "on what ground", max_length=16, choices=choices(LegalBasis), blank=True
    )
    agreed_on = models.DateField("when they agreed", null=True)
    time_zone = models.CharField(max_length=40, blank=True)
    agreed_at = models.DateTimeField(
        null=True, help_text="The first minute of that day in that time zone."
    )
    disclosure = models.ForeignKey(
        Disclosure, on_delete=models.PROTECT, null=True, related_name="+", verbose_name="wording"
    )
    words = models.TextField(help_text="Word for word what the person accepted.")
    name = models.CharField(max_length=200, help_text="As the person typed it to accept.")
    attested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    attested_at = models.DateTimeField()

    class Meta:
        ordering = ("pk",)
        default_permissions = ("view",)
        constraints = (
            models.CheckConstraint(
                condition=models.Q(source="")
                | models.Q(source__in=[each.value for each in Source]),
                name="attested_source_is_known",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    legal_basis__in=["", LegalBasis.EXPRESS_WRITTEN, LegalBasis.EXPRESS]
                ),
                name="only_express_consent_is_attested",
            ),
            models.CheckConstraint(
                condition=models.Q(agreed_on=None, agreed_at=None, time_zone="")
                | models.Q(agreed_on__isnull=False, agreed_at__isnull=False)
                & ~models.Q(time_zone=""),
                name="attested_day_has_its_time_zone",
            ),
            models.CheckConstraint(
                condition=~models.Q(words="") & ~models.Q(name=""),
                name="attestation_has_words_and_name",
            ),
        )

    def __str__(self) -> str:
        return f"Attestation #{self.pk}"


class ImportProof(models.Model):
    """Keep a file that proves what was attested: a scan, a screenshot.

    It goes with a list that is discarded.
    """

    attestation = models.ForeignKey(
        ImportAttestation, on_delete=models.PROTECT, related_name="proofs"
    )
    file = models.FileField(upload_to="evidence/%Y/%m/")
    file_digest = models.CharField("SHA-256", max_length=64)
    size = models.PositiveIntegerField()

    class Meta:
        ordering = ("pk",)
        default_permissions = ()
        constraints = (
            models.UniqueConstraint(
                fields=("attestation", "file_digest"), name="proof_is_attached_once"
            ),
        )

    def __str__(self) -> str:
        return f"Proof #{self.pk}"
