"""The contacts whose numbers are due for the Reassigned Numbers Database."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from campaigns.reassigned import BESIDE
from consent import reassigned_due
from consent.models import Contact


class DueFilter(admin.SimpleListFilter):
    """Show the contacts whose numbers are to be asked about."""

    title = "reassigned number check"
    parameter_name = "reassigned"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Offer those that are due."""
        return [("due", "due")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Contact]) -> QuerySet[Contact]:
        """Keep those that are due."""
        due = self.value() == "due"
        return queryset.filter(reassigned_due.is_due(BESIDE)) if due else queryset
