"""Links from one record to another, shown only to those who may follow them."""

from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any

from django.contrib import admin
from django.contrib.admin import helpers
from django.contrib.admin.exceptions import NotRegistered
from django.contrib.admin.utils import quote
from django.db.models import Model
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString


def may_open(request: HttpRequest, model: type[Model], record: Model | None = None) -> bool:
    """Say whether the reader may open the pages of a model's records, or of this one."""
    try:
        target = admin.site.get_model_admin(model)
    except NotRegistered:
        return False
    return target.has_view_or_change_permission(request, record)


def link_to(request: HttpRequest, record: Model, words: str = "") -> SafeString | str:
    """Name a record, as a link where the reader may open its page."""
    meta, said = record._meta, words or str(record)
    if not may_open(request, type(record), record):
        return said
    try:
        address = reverse(
            f"admin:{meta.app_label}_{meta.model_name}_change", args=[quote(record.pk)]
        )
    except NoReverseMatch:  # listed, but without a page for each
        return said
    return format_html('<a href="{}">{}</a>', address, said)


def for_reader(column: Callable[..., Any]) -> Callable[..., Any]:
    """Mark a column or line `(self, request, record)` whose words depend on who reads."""
    column.reads_request = True  # type: ignore[attr-defined]
    return column


def bound_to_reader(shown: Any, request: HttpRequest, name: Any) -> Any:
    """Return a column or line as Django calls it, with the request of who reads, if it asks so."""
    method = getattr(shown, name, None) if isinstance(name, str) else None
    if not getattr(method, "reads_request", False):
        return name
    assert method is not None

    @wraps(method)  # its title, its order, and the name that becomes a class of the page
    def column(record: Any) -> Any:
        return method(request, record)

    return column


class WithinReach(helpers.AdminForm):
    """Show a page's form as Django does, but link to other records for those who may open them."""

    def __init__(self, shown: helpers.AdminForm, request: HttpRequest) -> None:
        vars(self).update(vars(shown))
        self.request = request

    def __iter__(self) -> Iterator[helpers.Fieldset]:
        """Walk the parts of the page."""
        given: Any  # what a fieldset may say is known to Django alone
        for name, given in self.fieldsets:
            part = _Part(
                self.form,
                name,
                readonly_fields=self.readonly_fields,
                model_admin=self.model_admin,
                **given,
            )
            part.request = self.request
            yield part


class _Part(helpers.Fieldset):
    request: HttpRequest
    fields: Any

    def __iter__(self) -> Iterator[helpers.Fieldline]:
        for field in self.fields:
            line = _Line(self.form, field, self.readonly_fields, model_admin=self.model_admin)
            line.request = self.request
            yield line


class _Line(helpers.Fieldline):
    request: HttpRequest

    def __iter__(self) -> Iterator[Any]:
        for field in super().__iter__():
            if isinstance(field, helpers.AdminReadonlyField):
                field.get_admin_url = self._linked  # type: ignore[method-assign]
            yield field

    def _linked(self, remote_field: Any, remote_obj: Model) -> str:
        return link_to(self.request, remote_obj)
