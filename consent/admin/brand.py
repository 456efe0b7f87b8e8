"""Brands, as officers keep them."""

from django.contrib import admin

from consent.admin.base import ReasonedAdmin
from consent.models import Brand


@admin.register(Brand)
class BrandAdmin(ReasonedAdmin):
    """Edit in whose name texts are sent."""

    list_display = ("name", "support_email", "support_phone", "website")
    search_fields = ("name",)
    fieldsets = (
        ("Name", {"fields": ("name", "website", "postal_address")}),
        (
            "Where people get help",
            {
                "fields": ("support_email", "support_phone"),
                "description": "Named in every HELP and STOP reply.",
            },
        ),
        (
            "What STOP ends",
            {"fields": ("stop_scope", "stop_asks_which")},
        ),
        ("What they agree to", {"fields": ("terms_url", "privacy_url")}),
    )
