"""Bring a small file of records that staff edit: shown first, then saved one by one with history.

Each row is checked by the form that staff fill in, so that no door lets in what another refuses.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import tablib
from django import forms
from django.contrib import messages
from django.core import signing
from django.core.exceptions import NON_FIELD_ERRORS, PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from import_export.results import Result, RowResult

from consent.admin.base import ReasonedAdmin
from consent.admin.record_resource import resource_for
from consent.admin.writing_down import write_down
from consent.csv_safety import unarmed
from consent.forms import ReasonForm
from consent.importing.contact_list import ListFault
from consent.importing.mapping import plain
from consent.importing.reading import read
from consent.list_export import columns_of

MOST_ROWS = 500
MOST_BYTES = 1_000_000
SHOWN_FOR = 3600  # seconds between a preview and its confirmation
DONE = {
    RowResult.IMPORT_TYPE_NEW: ("accepted", "New"),
    RowResult.IMPORT_TYPE_UPDATE: ("accepted", "Changed"),
    RowResult.IMPORT_TYPE_SKIP: ("skipped", "Same"),
}


@dataclass(frozen=True, slots=True)
class ShownRow:
    """What becomes of one row: its line, what it is called, and what changes or is wrong."""

    line: int
    tone: str
    words: str
    called: str
    details: Sequence[str]


class FileForm(forms.Form):
    """Take the file."""

    file = forms.FileField(
        help_text="CSV or Excel whose first line names the columns, as the exported list has it.",
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.tsv,.txt,.xlsx,text/csv"}),
    )


class ImportsRecords(ReasonedAdmin):
    """Let staff bring many records at once, a known one by its first column."""

    imports: Sequence[str] = ()  # fields; the first tells which record it is
    imports_template = "admin/record_import.html"

    def get_urls(self) -> list[URLPattern]:
        """Add the page of the import."""
        view = self.admin_site.admin_view(self.import_records)
        return [path("import/", view, name=self.page_name("import")), *super().get_urls()]

    def may_import(self, request: HttpRequest) -> bool:
        """Say whether somebody may both add and change these records."""
        return self.has_add_permission(request) and self.has_change_permission(request)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """Offer the import above the list."""
        offered = {"import_url": reverse(f"admin:{self.page_name('import')}")}
        shown = {**(offered if self.may_import(request) else {}), **(extra_context or {})}
        return super().changelist_view(request, shown)

    def import_records(self, request: HttpRequest) -> HttpResponse:
        """Take a file, show what would become of each row, and save it once that is confirmed."""
        if not self.may_import(request):
            raise PermissionDenied
        if "rows" in request.POST:
            return self._confirmed(request)
        form = FileForm(request.POST or None, request.FILES or None)
        if request.method == "POST" and form.is_valid():
            try:
                given = self._read(form.cleaned_data["file"])
            except ListFault as fault:
                form.add_error("file", fault.reason)
            else:
                return self._preview(request, given, ReasonForm())
        return self._page(request, {"form": form})

    def _confirmed(self, request: HttpRequest) -> HttpResponse:
        try:
            given = signing.loads(request.POST["rows"], salt=self._salt(request), max_age=SHOWN_FOR)
        except signing.BadSignature:
            messages.error(request, "The preview is too old: choose the file again.")
            return HttpResponseRedirect(request.path)
        form = ReasonForm(request.POST)
        if not form.is_valid():
            return self._preview(request, given, form)
        result = self._run(request, given, form.cleaned_data["reason"])
        if result.has_errors() or result.has_validation_errors():
            return self._preview(request, given, form)
        told = _told(result)
        reason = form.cleaned_data["reason"]
        called = str(self.model._meta.verbose_name_plural)
        write_down(request, self.model(), f"Imported: {told}. Reason: {reason}", called=called)
        messages.success(request, f"Imported: {told}.")
        return HttpResponseRedirect(reverse(f"admin:{self.page_name('changelist')}"))

    def _preview(
        self, request: HttpRequest, given: Mapping[str, Any], form: forms.Form
    ) -> HttpResponse:
        result = self._run(request, given, "")
        wrong = result.has_errors() or result.has_validation_errors()
        nothing = not any(row.is_new() or row.is_update() for row in result.rows)
        return self._page(
            request,
            {
                "form": form,
                "rows": list(self._shown(given, result)),
                "told": _told(result),
                "wrong": wrong,
                "nothing": nothing,
                "payload": signing.dumps(given, salt=self._salt(request), compress=True),
            },
        )

    def _page(self, request: HttpRequest, shown: Mapping[str, Any]) -> HttpResponse:
        meta = self.model._meta
        named = [self._called(name) for name in self.imports]
        return TemplateResponse(
            request,
            self.imports_template,
            {
                **self.admin_site.each_context(request),
                "title": f"Import {meta.verbose_name_plural}",
                "opts": meta,
                "columns": named,
                "key": named[0],
                "most": MOST_ROWS,
                **shown,
            },
        )

    def _read(self, file: Any) -> dict[str, Any]:
        """Return the header as our fields, the rows and their lines; raise `ListFault`."""
        found = read(file.file, max_bytes=MOST_BYTES)
        fields_of = [self._field_of(name) for name in found.header]
        if self.imports[0] not in fields_of:
            raise ListFault(f'The column "{self._called(self.imports[0])}" is missing.')
        kept = [at for at, name in enumerate(fields_of) if name]
        header = [fields_of[at] for at in kept]
        if len(header) != len(set(header)):
            raise ListFault("Two columns have the same name: leave one.")
        rows: list[list[str]] = []
        lines: list[int] = []
        for row in found.rows:
            if len(rows) == MOST_ROWS:
                raise ListFault(f"This file has more than {MOST_ROWS} rows: split it.")
            rows.append([unarmed(row.values[at].strip()) for at in kept])
            lines.append(row.line)
        return {"header": header, "rows": rows, "lines": lines}

    def _field_of(self, heading: str) -> str:
        """Return the field of a column; "" for one that only our own export has."""
        said = plain(heading)
        for name in self.imports:
            if said in {plain(name), plain(self._called(name))}:
                return name
        if heading in columns_of(self.model):
            return ""
        raise ListFault(f'The column "{heading[:40]}" is none of these: {", ".join(self.imports)}.')

    def _run(self, request: HttpRequest, given: Mapping[str, Any], reason: str) -> Result:
        resource = resource_for(self.model, self.imports)()
        resource.reason = reason
        resource.form_for = partial(self.get_form, request)
        return resource.import_data(
            tablib.Dataset(*given["rows"], headers=given["header"]),
            dry_run=not reason,
            rollback_on_validation_errors=True,
        )

    def _shown(self, given: Mapping[str, Any], result: Result) -> Iterator[ShownRow]:
        key = given["header"].index(self.imports[0])
        for line, cells, row in zip(given["lines"], given["rows"], result.rows, strict=True):
            if _is_refused(row):
                faults = [*self._faults(row), *(str(each.error) for each in row.errors)]
                yield ShownRow(line, "needs_person", "Refused", cells[key], faults)
                continue
            changed = list(self._changes(row, given["header"])) if row.is_update() else ()
            yield ShownRow(line, *DONE[row.import_type], cells[key], changed)

    def _faults(self, row: RowResult) -> Iterator[str]:
        if row.validation_error:
            for name, said in row.validation_error.message_dict.items():
                where = "" if name == NON_FIELD_ERRORS else f"{self._called(name)}: "
                yield from (f"{where}{sentence}" for sentence in said)

    def _changes(self, row: RowResult, header: Sequence[str]) -> Iterator[str]:
        for name in header:
            before, after = getattr(row.original, name), getattr(row.instance, name)
            if before != after:
                yield f"{self._called(name)}: {_as_text(before)} → {_as_text(after)}"

    def _called(self, name: str) -> str:
        return str(self.model._meta.get_field(name).verbose_name)

    def _salt(self, request: HttpRequest) -> str:
        # Nobody confirms what another person, or another list, was shown
        return f"{self.model._meta.label_lower}:{request.user.pk}"


def _is_refused(row: RowResult) -> bool:
    return bool(row.errors or row.validation_error)


def _as_text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value) if value not in {None, ""} else "nothing"


def _told(result: Result) -> str:
    """Say in numbers what a file does."""
    counts = Counter(row.import_type for row in result.rows if not _is_refused(row))
    told = [f"{counts[kind]:,} {words.lower()}" for kind, (_, words) in DONE.items()]
    refused = sum(map(_is_refused, result.rows))
    return ", ".join([*told, f"{refused:,} refused"] if refused else told)
