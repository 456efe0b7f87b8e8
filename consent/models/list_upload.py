"""A list on its way in: the parts of a file that came so far."""

from pathlib import Path
from uuid import uuid4

from django.conf import settings
from django.db import models

from consent.models.contact_import import ContactImport


class ListUpload(models.Model):
    """Keep how much of a file has come: receiving -> whole (digest checked) -> a contact import.

    The parts lie in one file under MEDIA_ROOT whose name is ours. Rows and parts are swept once
    `expires_at` is over; each part that comes puts it off.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    file_name = models.CharField(max_length=200)
    size = models.BigIntegerField(help_text="Bytes that the whole file has.")
    beginning = models.CharField(
        max_length=64, help_text="SHA-256 of the first MiB, by which the same file is known again."
    )
    received = models.BigIntegerField(default=0, help_text="Bytes that have come.")
    digest = models.CharField(
        max_length=64, blank=True, help_text="SHA-256 of the whole file, once it is checked."
    )
    contact_import = models.OneToOneField(
        ContactImport, on_delete=models.CASCADE, null=True, related_name="+"
    )
    begun_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)  # read by the hourly sweep

    class Meta:
        ordering = ("begun_at",)
        default_permissions = ()
        constraints = (
            models.CheckConstraint(
                condition=models.Q(received__gte=0, received__lte=models.F("size")),
                name="upload_never_exceeds_its_size",
            ),
            models.CheckConstraint(
                condition=models.Q(digest="") | models.Q(received=models.F("size")),
                name="only_a_whole_upload_has_a_digest",
            ),
            models.UniqueConstraint(
                fields=("owner", "file_name", "size", "beginning"),
                condition=models.Q(contact_import=None),
                name="one_upload_per_person_and_file",
            ),
        )

    def __str__(self) -> str:
        return f"Upload of {self.file_name}"

    @property
    def path(self) -> Path:
        """Return where its parts are put together."""
        return folder() / f"{self.pk.hex}.part"


def folder() -> Path:
    """Return where unfinished uploads lie, which no address leads to."""
    return Path(settings.MEDIA_ROOT) / "uploads"
