"""What Amazon allows the account, and what parts cost, as officers keep it."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse

from campaigns.models import PartPrice, SendingAccount
from campaigns.spending import known_and_guessed, spending
from consent import clock
from consent.admin.base import ReasonedAdmin


@admin.register(SendingAccount)
class SendingAccountAdmin(ReasonedAdmin):
    """Edit the one record of the account."""

    list_display = ("__str__", "monthly_limit", "spent")
    readonly_fields = ("spent",)
    fieldsets = (
        ("How fast", {"fields": ("transactional_per_second", "promotional_per_second")}),
        (
            "How much money",
            {
                "fields": ("monthly_limit", "price_per_part", "spent"),
                "description": "Warnings come at 50, 80 and 95 %. At 98 % campaigns wait; STOP and "
                "HELP replies go on to the limit. Countries with a price of their own are listed "
                "under Prices of parts.",
            },
        ),
    )

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> Any:
        """Lead to the one that there is: there is no second account."""
        if SendingAccount.objects.exists():
            return HttpResponseRedirect(reverse("admin:campaigns_sendingaccount_change", args=[1]))
        return super().add_view(request, form_url, extra_context)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """Offer to add one only where there is none."""
        may = self.has_add_permission(request) and not SendingAccount.objects.exists()
        shown = {"has_add_permission": may, **(extra_context or {})}
        return super().changelist_view(request, shown)

    @admin.display(description="spent this month")
    def spent(self, account: SendingAccount) -> str:
        """Say how the month stands, as far as we know it."""
        if account._state.adding:
            return "Nothing is counted yet."
        money = spending(clock.now())
        assert money is not None
        share = "" if money.percent is None else f", {money.percent} % of the limit"
        if not money.spent:
            return f"0.00 US dollars{share}"
        return f"{money.spent:,.2f} US dollars{share}: {known_and_guessed(money)}"


@admin.register(PartPrice)
class PartPriceAdmin(ReasonedAdmin):
    """Edit what a part to a country costs."""

    list_display = ("country", "price")
    fieldsets = ((None, {"fields": ("country", "price")}),)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Keep the country: another one is another record."""
        fixed = super().get_readonly_fields(request, obj)
        return [*fixed, "country"] if obj is not None and "country" not in fixed else fixed
