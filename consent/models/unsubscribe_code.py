"""An unsubscribe code: what leads a person to their own page, in a text we sent them."""

from django.db import models

from consent.models.contact import Contact


class UnsubscribeCode(models.Model):
    """Stand for one contact in an address that holds no number (P10).

    Made when a text with the link is about to leave. Whoever has the code can end texts to this
    contact and see its topics, and nothing else; it is random and cannot be guessed.
    """

    code = models.CharField(max_length=16, primary_key=True)
    contact = models.OneToOneField(
        Contact, on_delete=models.PROTECT, related_name="unsubscribe_code"
    )
    made_at = models.DateTimeField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        # Never the code: this lands in titles, logs and history
        return f"Unsubscribe code of {self.contact}"
