"""Brands, as officers keep them."""

from django.contrib import admin

from consent.admin.record_import import ImportsRecords
from consent.models import Brand


@admin.register(Brand)
class BrandAdmin(ImportsRecords):
    """Edit in whose name texts are sent."""

    list_display = ("name", "support_email", "support_phone", "website")
    search_fields = ("name",)
    imports = (
        *("name", "website", "postal_address", "support_email", "support_phone"),
        *("stop_ends_one_topic", "stop_asks_which", "terms_url", "privacy_url"),
    )
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
            {"fields": ("stop_ends_one_topic", "stop_asks_which")},
        ),
        ("What they agree to", {"fields": ("terms_url", "privacy_url")}),
    )
