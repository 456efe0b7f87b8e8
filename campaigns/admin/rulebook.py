"""The rulebook as it stands, and counsel's sign-off of it."""

from datetime import date
from typing import Any

from django.contrib import admin
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone

from campaigns.admin.rulebook_rows import RowsFilter, Shown, write_csv
from campaigns.admin.rulebook_signing import SIGNS, signing_of
from campaigns.house_policy import rulebook_in_force
from campaigns.models import RuleSignOff
from campaigns.rulebook.loader import Rulebook
from campaigns.sign_off import Standing, standings
from consent import clock
from consent.admin.base import ReadOnlyAdmin
from consent.admin.serious import ask

PER_PAGE = 50
NAME = "campaigns_rulesignoff"
VIEWS = "campaigns.view_rulesignoff"


@admin.register(RuleSignOff)
class RulebookAdmin(ReadOnlyAdmin):
    """Show every row of the rulebook in force; a sign-off is recorded, never edited."""

    exportable = False  # it is no list of records, and has an export of its own

    def get_urls(self) -> list[URLPattern]:
        """Answer by a row's own id, before Django's pages."""
        view = self.admin_site.admin_view
        return [
            path("export/", view(self.export), name=f"{NAME}_export"),
            path("sign/", view(self.sign_shown), name=f"{NAME}_sign"),
            path("row/<str:rule_id>/", view(self.row), name=f"{NAME}_row"),
            path("row/<str:rule_id>/sign/", view(self.sign_row), name=f"{NAME}_sign_row"),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Show the rows that were asked for."""
        self.require(request, VIEWS)
        rulebook, form, rows = self._asked(request)
        page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
        asked = request.GET.copy()
        asked.pop("page", None)
        return TemplateResponse(
            request,
            "admin/campaigns/rulesignoff/rulebook.html",
            {
                **self.admin_site.each_context(request),
                "title": "Rulebook",
                "opts": self.model._meta,
                "form": form,
                "page": page,
                "shown": [Shown(each) for each in page],
                "in_all": len(rulebook.rules),
                "version": rulebook.version,
                "asked": asked.urlencode(),
                "may_sign": request.user.has_perm(SIGNS),
                **(extra_context or {}),
            },
        )

    def row(self, request: HttpRequest, rule_id: str) -> HttpResponse:
        """Show one row with all its sign-offs; one that is gone keeps its page."""
        self.require(request, VIEWS)
        rule = rulebook_in_force(clock.now()).rule(rule_id)
        past = list(
            RuleSignOff.history.filter(rule=rule_id).select_related("history_user", "recorded_by")
        )
        if rule is None and not past:
            raise Http404
        return TemplateResponse(
            request,
            "admin/campaigns/rulesignoff/row.html",
            {
                **self.admin_site.each_context(request),
                "title": "Rulebook",
                "subtitle": rule_id,
                "opts": self.model._meta,
                "rule_id": rule_id,
                "row": Shown(standings([rule], _today())[0]) if rule else None,
                "past": past,
                "may_sign": rule is not None and request.user.has_perm(SIGNS),
            },
        )

    def sign_row(self, request: HttpRequest, rule_id: str) -> HttpResponse:
        """Record the sign-off of one row."""
        self.require(request, VIEWS, SIGNS)
        rule = rulebook_in_force(clock.now()).rule(rule_id)
        if rule is None:
            raise Http404
        record, today = RuleSignOff(rule=rule_id), _today()
        action = signing_of(request, standings([rule], today), record, today)
        return ask(request, self, record, action)

    def sign_shown(self, request: HttpRequest) -> HttpResponse:
        """Record the sign-off of all rows that the filter shows."""
        self.require(request, VIEWS, SIGNS)
        _, _, rows = self._asked(request)
        record = RuleSignOff(rule=f"{len(rows):,} rows")
        back = reverse(f"admin:{NAME}_changelist")
        back += f"?{request.GET.urlencode()}" if request.GET else ""
        return ask(request, self, record, signing_of(request, rows, record, _today()), back)

    def export(self, request: HttpRequest) -> HttpResponse:
        """Hand out all rows that the filter shows, as CSV."""
        self.require(request, VIEWS)
        rulebook, _, rows = self._asked(request)
        answer = HttpResponse(content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = f'attachment; filename="rulebook-{rulebook.version}.csv"'
        write_csv(answer, rows, rulebook.version)
        return answer

    def page_url(self, page: str, record: RuleSignOff) -> str:  # type: ignore[override]
        """Lead from a sign-off to the row that it is of."""
        return reverse(f"admin:{NAME}_row", args=[record.rule])

    def change_view(self, request: HttpRequest, object_id: str, *_: Any, **__: Any) -> Any:
        """Lead from a sign-off to the row that it is of."""
        self.require(request, VIEWS)
        record = self.get_object(request, object_id)
        if record is None:
            raise Http404
        return HttpResponseRedirect(self.page_url("change", record))

    def history_view(self, request: HttpRequest, object_id: str, *_: Any, **__: Any) -> Any:
        """Show the same page: a row's history is on it."""
        return self.change_view(request, object_id)

    def _asked(self, request: HttpRequest) -> tuple[Rulebook, RowsFilter, list[Standing]]:
        rulebook = rulebook_in_force(clock.now())
        form = RowsFilter(request.GET if request.GET else None, rulebook=rulebook)
        form.is_valid()  # what is not valid filters nothing, and says so
        rows = form.of_sign_off(standings(form.rules(rulebook), _today()))
        return rulebook, form, rows


def _today() -> date:
    return timezone.localtime(clock.now()).date()
