"""Saved answers, as officers keep them; no text of theirs goes out without clearance."""

from typing import Any

from django import forms
from django.contrib import admin
from django.utils.text import Truncator

from campaigns import wording
from campaigns.models import SavedAnswer
from campaigns.outbox import values_of
from consent.admin.pills import pill
from consent.admin.record_import import ImportsRecords
from consent.forms import ReasonedForm
from consent.models import Brand
from consent.vocabulary import MessageClass


class SavedAnswerForm(ReasonedForm):
    """Refuse words that could never be sent."""

    def clean(self) -> dict[str, Any]:
        """Check the words as they will be filled in: by its brand, or by any where it has none."""
        given: dict[str, Any] = super().clean() or self.cleaned_data
        if given.get("text"):
            brand = given.get("brand") or Brand(name="The brand")
            values = values_of(None, brand, MessageClass.TRANSACTIONAL)
            for finding in wording.lint(given["text"], values):
                if finding.stops:
                    self.add_error("text", finding.sentence)
        return given


@admin.register(SavedAnswer)
class SavedAnswerAdmin(ImportsRecords):
    """Write answers once and use them again; the inbox offers those in use."""

    nothing = "No answer is saved yet. Those saved here are offered in the inbox."
    form = SavedAnswerForm
    list_display = ("title", "words", "for_brand", "state")
    list_filter = ("live", "brand")
    list_select_related = ("brand",)
    search_fields = ("title",)
    fields = ("title", "brand", "text", "live")
    imports = fields

    def get_form(self, request: Any, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """Give the words room."""
        kwargs["widgets"] = {"text": forms.Textarea(attrs={"rows": 4, "class": "vLargeTextField"})}
        return super().get_form(request, obj, change, **kwargs)

    @admin.display(description="text")
    def words(self, answer: SavedAnswer) -> str:
        """Show how it begins."""
        return Truncator(answer.text).chars(80)

    @admin.display(description="brand", ordering="brand")
    def for_brand(self, answer: SavedAnswer) -> str:
        """Name the brand."""
        return str(answer.brand) if answer.brand else "every brand"

    @admin.display(description="state", ordering="live")
    def state(self, answer: SavedAnswer) -> str:
        """Say whether it is offered."""
        return pill("ready", "In use") if answer.live else pill("cancelled", "Not in use")
