"""What our lists share: pages that cost the same at any size, and a file of what is shown."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.contrib import admin
from django.contrib.admin.models import ADDITION, CHANGE, LogEntry
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseRedirect, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.text import capfirst

from consent import clock
from consent.admin.links import WithinReach, bound_to_reader
from consent.admin.writing_down import entry, write_down
from consent.forms import ReasonForm
from consent.list_export import ListExport, columns_of
from consent.list_pages import BoundedPaginator

EXPORTS = "consent.export_lists"
SEES_WHOLE = "consent.see_whole_numbers"


class ListPages(admin.ModelAdmin):
    """List many rows, and export what a list shows, filtered as it is.

    `exportable` is whether it may be taken away at all; `export_leaves_out` are fields that no
    list shows to everybody who may see it. `nothing` is said where the list is empty, and
    `add_words` stand on the button that adds to it.
    """

    paginator = BoundedPaginator
    exportable = True
    export_leaves_out: Sequence[str] = ()
    nothing = ""
    add_words = ""

    def get_urls(self) -> list[URLPattern]:
        """Add the file of the list."""
        view = self.admin_site.admin_view(self.export_list)
        return [path("export/", view, name=self.page_name("export")), *super().get_urls()]

    def page_name(self, page: str) -> str:
        """Name a page as addresses do."""
        meta = self.model._meta
        return f"{meta.app_label}_{meta.model_name}_{page.replace('-', '_')}"

    def require(self, request: HttpRequest, *permissions: str) -> None:
        """Refuse whoever lacks a permission."""
        if not request.user.has_perms(permissions):
            raise PermissionDenied

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        """Tell the columns that ask for it who reads."""
        return [bound_to_reader(self, request, name) for name in super().get_list_display(request)]

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Tell the lines that ask for it who reads."""
        return [bound_to_reader(self, request, name) for name in super().get_fields(request, obj)]

    def render_change_form(
        self,
        request: HttpRequest,
        context: Any,
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Any = None,
    ) -> Any:
        """Link to other records only where the reader may open them."""
        context["adminform"] = WithinReach(context["adminform"], request)
        return super().render_change_form(request, context, add, change, form_url, obj)

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> LogEntry:
        """Write down what was added by our clock, as all else in the staff log."""
        return entry(request, obj, ADDITION, message)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> LogEntry:
        """Write down what was changed by our clock."""
        return entry(request, obj, CHANGE, message)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """Call the list by what it holds, and offer its file below it."""
        asked = request.GET.urlencode()
        title = capfirst(self.model._meta.verbose_name_plural)
        offered = {"title": title, "nothing_here": self.nothing, "add_words": self.add_words}
        if self.exportable and request.user.has_perm(EXPORTS):
            page = reverse(f"admin:{self.page_name('export')}")
            offered["export_url"] = page + (f"?{asked}" if asked else "")
        return super().changelist_view(request, {**offered, **(extra_context or {})})

    def export_list(self, request: HttpRequest) -> HttpResponseBase:
        """Ask why, then stream what the list shows; both ends of it are written down."""
        if not self.exportable:
            raise Http404
        self.require(request, EXPORTS)
        if not self.has_view_permission(request):
            raise PermissionDenied
        meta = self.model._meta
        back = reverse(f"admin:{self.page_name('changelist')}")
        try:
            shown = self.get_changelist_instance(request)
        except IncorrectLookupParameters:
            return HttpResponseRedirect(back)
        whole = request.user.has_perm(SEES_WHOLE)
        filters = _in_words(shown)
        columns = columns_of(self.model, self.export_leaves_out)
        form = ReasonForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            export = ListExport(shown.queryset, columns, whole=whole)
            self._log(
                request, f"Exports the list ({filters}). Reason: {form.cleaned_data['reason']}"
            )
            answer = StreamingHttpResponse(
                self._written_down(request, export), content_type="text/csv; charset=utf-8"
            )
            name = f"{str(meta.verbose_name_plural).replace(' ', '-')}-{clock.now():%Y-%m-%d}.csv"
            answer["Content-Disposition"] = f'attachment; filename="{name}"'
            return answer
        asked = request.GET.urlencode()
        return TemplateResponse(
            request,
            "admin/list_export.html",
            {
                **self.admin_site.each_context(request),
                "title": f"Export {meta.verbose_name_plural}",
                "opts": meta,
                "form": form,
                "rows": f"{shown.result_count:,}",
                "about": shown.paginator.estimated,
                "filters": filters,
                "columns": list(columns),
                "masked": "number" in columns and not whole,
                "back": back + (f"?{asked}" if asked else ""),
            },
        )

    def _written_down(self, request: HttpRequest, export: ListExport) -> Iterator[bytes]:
        """Stream, and say at the end how much left, whole or broken off."""
        how = "broken off"
        try:
            yield from export
            how = "whole"
        finally:
            self._log(
                request,
                f"The file left, {how}: {export.rows:,} rows, SHA-256 {export.digest}.",
            )

    def _log(self, request: HttpRequest, said: str) -> None:
        write_down(request, self.model(), said, called=str(self.model._meta.verbose_name_plural))


def person(field: str) -> Any:
    """Return a column of a list, or a line of a page, that names a member of staff in full.

    Any, as the stubs of Django take no callable where a page's fields stand.
    """

    @admin.display(description=field.replace("_", " "), ordering=field)
    def named(record: Any) -> str | None:
        user = getattr(record, field)
        return (user.get_full_name() or user.get_username()) if user else None

    named.__name__ = field  # Django makes the column's class of it
    return named


def _in_words(shown: Any) -> str:
    """Say what filters a list; what was searched for may be personal and is left out (P10)."""
    said = [
        f"{_in_plain(name)} {', '.join(map(str, value)) if isinstance(value, list) else value}"
        for name, value in sorted(shown.get_filters_params().items())
    ]
    if shown.query:
        said.append("a search")
    return "; ".join(said) or "not filtered"


def _in_plain(lookup: str) -> str:
    """Return a filter of an address as people call it: status for status__exact."""
    words = {"exact": "", "in": "", "gte": "from", "lt": "before", "isnull": "missing"}
    return " ".join(words.get(part, part) for part in lookup.split("__")).replace("_", " ").strip()
