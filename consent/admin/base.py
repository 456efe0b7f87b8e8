"""What our admin pages have in common: reasons, masks, tools, read-only lists."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.utils import flatten_fieldsets
from django.contrib.admin.widgets import AdminTextareaWidget, AdminURLFieldWidget
from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from simple_history.admin import SimpleHistoryAdmin

from consent.admin.links import WithinReach, link_to
from consent.admin.lists import SEES_WHOLE, ListPages
from consent.forms import MomentInput, ReasonedForm
from consent.models import Contact, Topic
from consent.phone_numbers import display, mask

__all__ = [
    *("SEES_WHOLE", "ReadOnlyAdmin", "ReasonedAdmin", "RecordPages", "ShowsNumbers", "Tool"),
    *("linked_number", "shown_number"),
]
WHY_FIELDSET = ("Why", {"fields": ("change_reason",), "classes": ("why",)})


def shown_number(request: HttpRequest, contact: Contact) -> str:
    """Show a contact's number, whole only to those who may see it."""
    whole = request.user.has_perm(SEES_WHOLE)
    return display(contact.number) if whole else mask(contact.number)


def linked_number(request: HttpRequest, contact: Contact) -> str:
    """Show a contact's number so, leading to the contact's file those who may open it."""
    return link_to(request, contact, shown_number(request, contact))


@dataclass(frozen=True, slots=True)
class Tool:
    """A button at the head of a record's page."""

    label: str
    url: str
    tone: str = ""


class RecordPages(ListPages):
    """Add pages of a record's own below it, and buttons that lead there.

    `pages` maps the last part of the address to the name of the method that answers it, with the
    record already fetched and seen to be visible.
    """

    pages: dict[str, str] = {}
    show_facets = admin.ShowFacets.NEVER  # each would count a whole table

    def get_urls(self) -> list[URLPattern]:
        """Put our pages before Django's."""
        return [
            path(
                f"<int:object_id>/{page}/",
                self.admin_site.admin_view(self._answered_by(method)),
                name=self.page_name(page),
            )
            for page, method in self.pages.items()
        ] + super().get_urls()

    def page_url(self, page: str, record: Model) -> str:
        """Return the address of a record's page; "change" is the record itself."""
        return reverse(f"admin:{self.page_name(page)}", args=[record.pk])

    def _answered_by(self, method: str) -> Callable[..., HttpResponse]:
        def view(request: HttpRequest, object_id: int) -> HttpResponse:
            record = self.get_object(request, str(object_id))
            if record is None:
                raise Http404
            if not self.has_view_permission(request, record):
                raise PermissionDenied
            answer: HttpResponse = getattr(self, method)(request, record)
            return answer

        return view

    def tools(self, request: HttpRequest, record: Any) -> Sequence[Tool]:
        """Return the buttons that this person may press on this record now."""
        return ()

    def shown_with(self, request: HttpRequest, record: Any) -> dict[str, Any]:
        """Return what the record's page shows beside its form, by name in the template."""
        return {}

    def render_change_form(
        self,
        request: HttpRequest,
        context: Any,
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Any = None,
    ) -> Any:
        """Hand the tools, and what else is shown, to the template."""
        if obj is not None:
            context |= self.shown_with(request, obj) | {"tools": self.tools(request, obj)}
        return super().render_change_form(request, context, add, change, form_url, obj)


class ReasonedAdmin(RecordPages, SimpleHistoryAdmin):
    """Edit a record with history: a change must say why. Nothing is deleted, only closed."""

    form = ReasonedForm
    formfield_overrides = {
        models.TextField: {"widget": AdminTextareaWidget(attrs={"rows": 4})},
        models.DateTimeField: {"form_class": forms.DateTimeField, "widget": MomentInput},
        # An address typed without its scheme is a safe one
        models.URLField: {
            "form_class": partial(forms.URLField, assume_scheme="https"),
            "widget": AdminURLFieldWidget,
        },
    }

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: records that proof rests on stay."""
        return False

    def parts(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """Return the fieldsets but for the reason; admins whose fields vary override this."""
        return list(super().get_fieldsets(request, obj))

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Ask for the reason last, from those who may change the record."""
        new = obj is None and getattr(self.form, "new_needs_reason", False)
        asked = new or (obj is not None and self._edits(request, obj))
        return [*self.parts(request, obj), *([WHY_FIELDSET] if asked else [])]

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Name the brands of topics without a query each."""
        if db_field.related_model is Topic:
            kwargs["queryset"] = Topic.objects.select_related("brand")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Show an earlier state as text: the past is not a form."""
        shown = list(super().get_readonly_fields(request, obj))
        if getattr(request, "reads_the_past", False):
            shown += set(flatten_fieldsets(self.get_fieldsets(request, obj))) - set(shown)
        return shown

    def history_form_view(
        self, request: HttpRequest, object_id: str, version_id: str, extra_context: Any = None
    ) -> Any:
        """Show an earlier state; refuse to write it back, since that would go unexplained."""
        if request.method != "GET":
            raise PermissionDenied
        request.reads_the_past = True  # type: ignore[attr-defined]
        return super().history_form_view(request, object_id, version_id, extra_context)

    def render_history_view(
        self, request: HttpRequest, template: str, context: Any, **kwargs: Any
    ) -> HttpResponse:
        """Link from an earlier state, too, only where the reader may follow."""
        if "adminform" in context:
            context["adminform"] = WithinReach(context["adminform"], request)
        answer: HttpResponse = super().render_history_view(request, template, context, **kwargs)
        return answer

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Keep the reason with the history row."""
        obj._change_reason = form.cleaned_data.get("change_reason") or "Created"
        super().save_model(request, obj, form, change)

    def _edits(self, request: HttpRequest, obj: Any) -> bool:
        past = getattr(request, "reads_the_past", False)
        return not past and self.has_change_permission(request, obj)


class ReadOnlyAdmin(RecordPages):
    """Show rows that only the software writes."""

    actions = None
    list_per_page = 50
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Refuse: the software writes these."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: the software writes these."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse: proof stays."""
        return False


class ShowsNumbers(admin.ModelAdmin):
    """Show the number of a row's contact in lists, whole or masked by permission.

    Name the column `masked_number` in `list_display`, never `number`: Django would take the
    model's own field and show it whole. Rows without `contact` override `contact_of`.
    """

    def contact_of(self, row: Any) -> Contact:
        """Return the contact that a row is about."""
        contact: Contact = row.contact
        return contact

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        """Show whole numbers to those who may see them."""
        columns = list(super().get_list_display(request))
        if request.user.has_perm(SEES_WHOLE):
            columns = ["whole_number" if name == "masked_number" else name for name in columns]
        return columns

    @admin.display(description="number")
    def whole_number(self, row: Any) -> str:
        """Show the number in full."""
        return display(self.contact_of(row).number)

    @admin.display(description="number")
    def masked_number(self, row: Any) -> str:
        """Show country code and last digits."""
        return mask(self.contact_of(row).number)
