"""The account at Amazon: its checks, and the comparisons of its opt-out list with the ledger."""

from collections.abc import Sequence
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import F
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template.loader import render_to_string
from django.urls import URLPattern, path, reverse

from campaigns import account, opt_out_sync
from campaigns.models import AccountCheck, AmazonBlock, OptOutComparison
from campaigns.tasks import wake_comparison
from campaigns.vocabulary import ComparisonState
from consent.admin.base import ReadOnlyAdmin, shown_number
from consent.admin.lists import person
from consent.admin.pills import pill
from consent.admin.staff_log import write_down

COMPARES = "campaigns.compare_opt_outs"
CHECKS = "campaigns.check_account"
SHOWN = 100


class AskedForAtOnce(ReadOnlyAdmin):
    """A list whose rows come by themselves, and at once at the press of its button."""

    change_list_template = "admin/campaigns/at_once.html"
    right = ""
    button = ""

    def get_urls(self) -> list[URLPattern]:
        """Add what the button does."""
        name = self.page_name("now")
        return [
            path("now/", self.admin_site.admin_view(self.now), name=name),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """Offer the button to who may press it."""
        may = request.user.has_perm(self.right)
        shown = {
            "button": self.button if may else "",
            "now_url": reverse(f"admin:{self.page_name('now')}"),
        }
        return super().changelist_view(request, {**shown, **(extra_context or {})})

    def now(self, request: HttpRequest) -> HttpResponse:
        """Do it, and show what came of it. By POST alone."""
        if request.method != "POST":
            return HttpResponseRedirect(
                reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")
            )
        if not request.user.has_perm(self.right):
            raise PermissionDenied
        return HttpResponseRedirect(self.page_url("change", self.made(request)))

    def made(self, request: HttpRequest) -> Any:
        """Make the row; subclasses say how."""
        raise NotImplementedError


@admin.register(AccountCheck)
class AccountCheckAdmin(AskedForAtOnce):
    """Show what Amazon says of our account, the newest check first."""

    right, button = CHECKS, "Check now"
    list_display = ("checked_at", "state", person("checked_by"))
    list_select_related = ("checked_by",)
    change_form_template = "admin/campaigns/accountcheck/check.html"
    fields = ("checked_at", "checked_by")

    def made(self, request: HttpRequest) -> AccountCheck:
        """Ask Amazon."""
        found = account.check(by=request.user.pk)
        write_down(request, found, "Checked the account at Amazon.")
        return found

    def shown_with(self, request: HttpRequest, record: AccountCheck) -> dict[str, Any]:
        """Show what is wrong first."""
        weight = {"trouble": 0, "warning": 1, "unknown": 2}
        return {
            "check": record,
            "findings": sorted(record.findings, key=lambda each: weight.get(each["state"], 3)),
        }

    @admin.display(description="found")
    def state(self, check: AccountCheck) -> str:
        """Say how many troubles there are."""
        if not check.troubles:
            return pill("ready", "No trouble")
        return pill("trouble", f"{check.troubles} trouble{'' if check.troubles == 1 else 's'}")


@admin.register(OptOutComparison)
class OptOutComparisonAdmin(AskedForAtOnce):
    """Show where Amazon's opt-out list and the ledger differed."""

    right, button = COMPARES, "Compare now"
    pages = {"progress": "progress"}
    list_display = (
        "began_at",
        "how_far",
        "listed",
        "opted_out_here",
        "left_the_list",
        person("asked_by"),
    )
    list_select_related = ("asked_by",)
    change_form_template = "admin/campaigns/optoutcomparison/comparison.html"
    fields = ("began_at", "ended_at")

    def made(self, request: HttpRequest) -> OptOutComparison:
        """Begin a comparison, or lead to the one that runs."""
        with transaction.atomic():
            found = opt_out_sync.begin(by=request.user.pk)
            write_down(request, found, "Asked for the comparison.")
            wake_comparison(found.pk)
        messages.info(request, "Amazon's list is read ten pages a second, 100 numbers a page.")
        return found

    def shown_with(self, request: HttpRequest, record: OptOutComparison) -> dict[str, Any]:
        """Show counts and differences."""
        return {
            **self._panel(request, record),
            "moving": record.state == ComparisonState.RUNNING,
            "progress_url": self.page_url("progress", record),
        }

    def progress(self, request: HttpRequest, comparison: OptOutComparison) -> HttpResponse:
        """Tell how far it is, to the page that asks."""
        panel = render_to_string(
            "admin/campaigns/optoutcomparison/panel.html",
            self._panel(request, comparison),
            request,
        )
        return JsonResponse({"status": comparison.state, "panel": panel})

    def _panel(self, request: HttpRequest, comparison: OptOutComparison) -> dict[str, Any]:
        blocks = AmazonBlock.objects.select_related("contact")
        news = blocks.filter(found_by=comparison, was_news=True).order_by("pk")
        return {
            "comparison": comparison,
            "found": comparison.listed - comparison.strangers,
            "news": self._people(request, news),
            "back": self._people(
                request,
                blocks.in_force()
                .filter(
                    contact__subscriptions__standing="opted_in",
                    contact__subscriptions__since__gt=F("seen_at"),
                )
                .distinct()
                .order_by("pk"),
            ),
            "most": SHOWN,
        }

    def _people(self, request: HttpRequest, blocks: Any) -> Sequence[tuple[AmazonBlock, str, str]]:
        return [
            (
                block,
                shown_number(request, block.contact),
                reverse("admin:consent_contact_change", args=[block.pk]),
            )
            for block in blocks[:SHOWN]
        ]

    @admin.display(description="state", ordering="state")
    def how_far(self, comparison: OptOutComparison) -> str:
        """Show the state."""
        return pill(comparison.state)
