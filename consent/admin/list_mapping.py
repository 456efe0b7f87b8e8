"""Mappings of lists, kept under names: what is read by itself when such a list comes again."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from consent.admin.base import ReasonedAdmin
from consent.admin.mapping_forms import MEANINGS, column_choices, zone_choices
from consent.forms import ReasonedForm
from consent.importing.contact_list import ListFault
from consent.importing.header_names import LABELS
from consent.importing.mapping import columns
from consent.models import ListMapping
from consent.vocabulary import ListKind
from consent.zone_names import zone_name


class MappingForm(ReasonedForm):
    """Hold the columns of a mapping to what its lists need; they are added for each mapping."""

    time_zone = forms.ChoiceField(
        required=False,
        choices=zone_choices,
        help_text=ListMapping._meta.get_field("time_zone").help_text,
    )

    def clean(self) -> dict[str, Any]:
        """Put columns and words together, and refuse what no list could be read by."""
        given: dict[str, Any] = super().clean() or self.cleaned_data
        mapping: ListMapping = self.instance
        chosen: dict[str, str] = {}
        for at, name in enumerate(mapping.header):
            field = given.get(f"column_{at}")
            if field in chosen:
                self.add_error(f"column_{at}", f"{LABELS[field]}: chosen for two columns.")
            elif field:
                chosen[field] = name
        try:
            columns(mapping.header, topic_given=True, holds=ListKind(mapping.holds), chosen=chosen)
        except ListFault as fault:
            self.add_error(None, fault.reason)
        if not chosen:
            self.add_error(None, "Say at least which column holds the phone number.")
        mapping.columns = chosen
        mapping.words = {
            word: given[f"word_{at}"]
            for at, word in enumerate(mapping.words)
            if given.get(f"word_{at}")
        }
        return given


@admin.register(ListMapping)
class ListMappingAdmin(ReasonedAdmin):
    """Show and change the mappings that were kept while lists were mapped."""

    nothing = "No mapping is kept yet. One is kept under a name while a list is mapped."
    form = MappingForm
    list_display = ("name", "holds", "reads", "date_form", "kept_in", "recognise")
    list_filter = ("holds", "recognise")
    search_fields = ("name",)
    readonly_fields = ("holds", "headed")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Refuse: a mapping is kept while a list is mapped, with its columns before one's eyes."""
        return False

    @admin.display(description="times were kept in", ordering="time_zone")
    def kept_in(self, mapping: ListMapping) -> str:
        """Name the time zone of its lists."""
        return zone_name(mapping.time_zone)

    @admin.display(description="reads")
    def reads(self, mapping: ListMapping) -> str:
        """Name what its lists hold."""
        return ", ".join(LABELS[field] for field in LABELS if field in mapping.columns)

    def parts(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """Show each column and each word of this mapping."""
        assert obj is not None  # none is added here
        names = [f"column_{at}" for at in range(len(obj.header))]
        words = [f"word_{at}" for at in range(len(obj.words))]
        how = ("date_form", "time_zone")
        found: list[Any] = [
            (None, {"fields": ("name", "holds", "headed", "recognise")}),
            ("How its lists are written", {"fields": how}),
        ]
        if self._edits(request, obj):
            found.append(("Its columns", {"fields": names}))
            found += [("Its words for consent", {"fields": words})] if words else []
        return found

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        """Add a field for each column and each word."""
        if obj is not None and self._edits(request, obj):
            kwargs["form"] = type("MappingForm", (MappingForm,), _fields(obj))
        return super().get_form(request, obj, change, **kwargs)


def _fields(mapping: ListMapping) -> dict[str, Any]:
    field_of = {name: field for field, name in mapping.columns.items()}
    found: dict[str, Any] = {
        f"column_{at}": forms.ChoiceField(
            label=name,
            required=False,
            choices=column_choices(mapping.holds),
            initial=field_of.get(name, ""),
        )
        for at, name in enumerate(mapping.header)
    }
    return found | {
        f"word_{at}": forms.ChoiceField(label=word or "(empty)", choices=MEANINGS, initial=meaning)
        for at, (word, meaning) in enumerate(mapping.words.items())
    }
